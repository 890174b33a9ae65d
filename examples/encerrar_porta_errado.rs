//! A porta “em uso” que ninguém usa.
//!
//! Um servidor atende um cliente, despede-se primeiro e acaba; outro tenta a
//! mesma porta, na hora. Falta `SO_REUSEADDR` nos dois sockets, ou em um deles:
//!
//! `cargo run --example encerrar_porta_errado`
//!
//! A std ativa a opção sozinha fora do Windows: para errar é preciso `socket2`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

use anyhow::Result;
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    for (velho, novo) in [(false, false), (false, true), (true, false)] {
        let endereco = atender_um(velho)?;
        let reaberta = match escutar(endereco, novo) {
            Ok(_) => "reaberta".to_string(),
            Err(erro) => erro.to_string(),
        };
        println!("velho {}, novo {}: {reaberta}", dizer(velho), dizer(novo));
    }
    Ok(())
}
// ANCHOR_END: principal

// ANCHOR: atender
/// Atende um cliente e é o primeiro a fechar. Devolve o endereço que usou.
fn atender_um(reusar: bool) -> io::Result<SocketAddr> {
    let escuta = escutar((Ipv4Addr::LOCALHOST, 0).into(), reusar)?;
    let endereco = escuta.local_addr()?;
    let mut cliente = TcpStream::connect(endereco)?;
    let (conexao, _) = escuta.accept()?;
    drop(conexao); // o FIN do servidor parte antes do FIN do cliente
    io::copy(&mut cliente, &mut io::sink())?; // o cliente lê até o fim
    drop(cliente);
    Ok(endereco) // e aqui a escuta se fecha: não sobra socket nenhum
}
// ANCHOR_END: atender

// ANCHOR: escutar
fn escutar(endereco: SocketAddr, reusar: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    if cfg!(not(windows)) {
        socket.set_reuse_address(reusar)?;
    }
    socket.bind(&endereco.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}
// ANCHOR_END: escutar

fn dizer(reusar: bool) -> &'static str {
    if reusar {
        "com a opção"
    } else {
        "sem a opção"
    }
}
