//! Um servidor de pilha dupla, que reconhece um IPv4 vestido de IPv6.
//!
//! `cargo run --example nomes_pilha_certo`; o defeito está em
//! `nomes_pilha_errado`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let servidor = escutar_nas_duas()
        .context("não foi possível escutar em [::]; há IPv6 aqui?")?;
    let porta = servidor.local_addr()?.port();
    println!("Atendo em [::], mas só a programas deste computador.");

    let clientes: [IpAddr; 2] =
        [Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()];
    for ip in clientes {
        match TcpStream::connect_timeout(&(ip, porta).into(), PRAZO) {
            Ok(_cliente) => atender(&servidor)?,
            Err(erro) => println!("{ip} nem chegou: {erro}"),
        }
    }
    Ok(())
}

// ANCHOR: escutar
fn escutar_nas_duas() -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV6, Type::STREAM, None)?;
    // setsockopt(2): o que vale sem isto depende do sistema.
    socket.set_only_v6(false)?;
    socket.bind(&SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into())?;
    socket.listen(128)?;
    Ok(socket.into())
}
// ANCHOR_END: escutar

// ANCHOR: atender
fn atender(servidor: &TcpListener) -> Result<()> {
    let (_conexao, par) = servidor.accept()?;
    let ip = par.ip().to_canonical(); // ::ffff:127.0.0.1 é 127.0.0.1
    let sorte = if ip.is_loopback() {
        "pode entrar"
    } else {
        "não é daqui"
    };
    println!("{ip}: {sorte}");
    Ok(())
}
// ANCHOR_END: atender
