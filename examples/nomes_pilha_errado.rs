//! Um servidor IPv6 que só atende este computador, e recusa metade dele.
//!
//! `cargo run --example nomes_pilha_errado`; o conserto está em
//! `nomes_pilha_certo`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let servidor = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0))
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
// ANCHOR_END: principal

// ANCHOR: atender
fn atender(servidor: &TcpListener) -> Result<()> {
    let (_conexao, par) = servidor.accept()?;
    let ip = par.ip();
    let sorte = if ip.is_loopback() {
        "pode entrar"
    } else {
        "não é daqui"
    };
    println!("{ip}: {sorte}");
    Ok(())
}
// ANCHOR_END: atender
