//! O que só se faz falando com o núcleo sem intermediário: o único lugar do projeto
//! com `unsafe`. Cada função é pequena, e o que a torna segura está escrito nela.

#![allow(unsafe_code)]

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd};

use rustix::thread::UnshareFlags;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// Separa a thread que chama do resto do sistema, no que `espacos` diz
/// (`unshare(2)`).
///
/// # Errors
/// O que o núcleo respondeu: `EPERM` onde o administrador proíbe, `EINVAL` quando se
/// pede um espaço de usuários com outras threads vivas.
///
/// # Panics
/// Se `espacos` traz `FILES`.
pub fn separar(espacos: UnshareFlags) -> io::Result<()> {
    // SAFETY: o `unshare` só é perigoso com `FILES`, que faria descritores de uma
    // thread não valerem em outra; `espacos` nunca o traz.
    assert!(!espacos.contains(UnshareFlags::FILES));
    Ok(unsafe { rustix::thread::unshare_unsafe(espacos) }?)
}

/// Os quadros de qualquer protocolo (`ETH_P_ALL`, que a libc dá em outro tamanho).
const TODOS: u16 = 3;

/// A família `AF_PACKET`, no tamanho que ela tem em um endereço.
const FAMILIA: libc::sa_family_t = 17;

/// Um socket que recebe e manda quadros inteiros pela interface de índice `interface`
/// (`packet(7)`), sem ouvir os que ele mesmo manda, e com o `virtio_net_hdr` na frente
/// de cada quadro: é onde o núcleo diz que a soma de verificação ainda não foi feita.
///
/// # Errors
/// O que o núcleo respondeu à primeira chamada que ele recusou.
pub fn socket_de_quadros(interface: u32) -> io::Result<Socket> {
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
            ll.sll_family = FAMILIA;
            ll.sll_protocol = TODOS.to_be();
            ll.sll_ifindex = interface.cast_signed();
            endereco.write(ll);
            *tamanho = tamanho_de::<libc::sockaddr_ll>();
            Ok(())
        })?
    };
    socket.bind(&endereco)?;
    Ok(socket)
}

/// O que o núcleo diz da conexão de `socket` (`TCP_INFO`, em `tcp(7)`): os bytes de um
/// `struct tcp_info`, tantos quantos este núcleo conhece.
///
/// # Errors
/// O que o núcleo respondeu.
pub fn tcp_info(socket: &impl AsFd) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0_u8; MAIOR_TCP_INFO as usize];
    let mut tamanho = MAIOR_TCP_INFO;
    // SAFETY: o ponteiro é de um vetor vivo do tamanho que se diz, e o núcleo escreve no
    // máximo esse tanto.
    let resultado = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            bytes.as_mut_ptr().cast(),
            &raw mut tamanho,
        )
    };
    if resultado != 0 {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(tamanho as usize);
    Ok(bytes)
}

/// Mais do que qualquer núcleo de hoje escreve (248 bytes no 6.18).
const MAIOR_TCP_INFO: libc::socklen_t = 512;

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
            tamanho_de::<libc::c_int>(),
        )
    };
    if resultado == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// O tamanho de um tipo, como as chamadas de sistema o querem.
fn tamanho_de<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).expect("são tipos pequenos")
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn os_numeros_sao_os_da_libc() {
        assert_eq!(i32::from(TODOS), libc::ETH_P_ALL);
        assert_eq!(i32::from(FAMILIA), libc::AF_PACKET);
    }
}
