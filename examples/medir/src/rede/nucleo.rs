//! O que só se faz falando com o núcleo sem intermediário: o único lugar do projeto
//! com `unsafe`. Cada função é pequena, e o que a torna segura está escrito nela.

#![allow(unsafe_code)]

use std::io;
use std::mem::{size_of, zeroed};
use std::net::TcpStream;
use std::os::fd::AsRawFd;

use rustix::thread::UnshareFlags;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// Separa a thread que chama do resto do sistema, no que `espacos` diz
/// (`unshare(2)`).
///
/// # Errors
/// O que o núcleo respondeu: `EPERM` onde o administrador proíbe, `EINVAL` quando se
/// pede um espaço de usuários com outras threads vivas.
pub fn separar(espacos: UnshareFlags) -> io::Result<()> {
    // SAFETY: o `unshare` só é perigoso com `FILES`, que faria descritores de uma
    // thread não valerem em outra; `espacos` nunca o traz.
    assert!(!espacos.contains(UnshareFlags::FILES));
    Ok(unsafe { rustix::thread::unshare_unsafe(espacos) }?)
}

/// Um socket que recebe e manda quadros inteiros pela interface de índice `interface`
/// (`packet(7)`), sem ouvir os que ele mesmo manda, e com o `virtio_net_hdr` na frente
/// de cada quadro: é onde o núcleo diz que a soma de verificação ainda não foi feita.
///
/// # Errors
/// O que o núcleo respondeu à primeira chamada que ele recusou.
pub fn socket_de_quadros(interface: u32) -> io::Result<Socket> {
    let todos = libc::ETH_P_ALL as u16;
    // O protocolo 0 não recebe nada até o `bind`: nenhum quadro de outra interface entra.
    let socket = Socket::new(
        Domain::PACKET,
        Type::RAW.nonblocking().cloexec(),
        Some(Protocol::from(0)),
    )?;
    ligar(&socket, libc::PACKET_VNET_HDR)?;
    ligar(&socket, libc::PACKET_IGNORE_OUTGOING)?;
    // SAFETY: todo campo de `sockaddr_ll` é um inteiro, e zero vale para todos; o
    // armazém do `SockAddr` é grande o bastante para qualquer endereço, e o tamanho
    // dito é o do tipo que se escreveu.
    let ((), endereco) = unsafe {
        SockAddr::try_init(|armazem, tamanho| {
            let endereco = armazem.cast::<libc::sockaddr_ll>();
            let mut ll: libc::sockaddr_ll = zeroed();
            ll.sll_family = libc::AF_PACKET as u16;
            ll.sll_protocol = todos.to_be();
            ll.sll_ifindex = interface.cast_signed();
            endereco.write(ll);
            *tamanho = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
            Ok(())
        })?
    };
    socket.bind(&endereco)?;
    Ok(socket)
}

/// O que o núcleo sabe de uma conexão (`TCP_INFO`, em `tcp(7)`). Um núcleo mais velho
/// que a estrutura deixa em zero os campos que não conhece.
///
/// # Errors
/// O que o núcleo respondeu.
pub fn informacoes_do_tcp(conexao: &TcpStream) -> io::Result<libc::tcp_info> {
    // SAFETY: todo campo de `tcp_info` é um inteiro, e zero vale para todos.
    let mut informacoes: libc::tcp_info = unsafe { zeroed() };
    let mut tamanho = size_of::<libc::tcp_info>() as libc::socklen_t;
    // SAFETY: os ponteiros são de variáveis vivas, e `tamanho` é o da estrutura: o
    // núcleo escreve nela, no máximo, isso.
    let resultado = unsafe {
        libc::getsockopt(
            conexao.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut informacoes).cast(),
            &raw mut tamanho,
        )
    };
    if resultado == 0 {
        Ok(informacoes)
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Liga uma opção do nível `SOL_PACKET`.
fn ligar(socket: &Socket, opcao: libc::c_int) -> io::Result<()> {
    let um: libc::c_int = 1;
    // SAFETY: o ponteiro é de um `c_int` vivo, e o tamanho é o dele.
    let resultado = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            opcao,
            (&raw const um).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    if resultado == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
