//! Ouve na porta certa, mas não entra no grupo: nada chega, e nada falha.
//!
//! `cargo run --example nomes_multicast_errado`; o conserto está em
//! `nomes_multicast_certo`.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use socket2::SockRef;
use sockets::nomes;

/// 239.255.0.0/16 é das redes locais (RFC 2365 §6.1). O grupo não é o de
/// `nomes_multicast_certo`: no Linux, quem atende em 0.0.0.0 ouve de carona um
/// grupo em que outro programa da máquina tenha entrado.
const GRUPO: Ipv4Addr = Ipv4Addr::new(239, 255, 42, 8);

const PRAZO: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let ouvinte = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .context("não foi possível abrir o socket")?;
    let porta = ouvinte.local_addr()?.port();
    println!("Ouvindo em 0.0.0.0:{porta}");

    falar((GRUPO, porta).into())?;
    let ouvidos = nomes::ouvir(&ouvinte, PRAZO, 1, |de, _| {
        println!("Ouvi algo de {de}");
    })?;
    ensure!(ouvidos > 0, "em {PRAZO:?}, nada chegou");
    Ok(())
}
// ANCHOR_END: principal

fn falar(grupo: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .context("não foi possível abrir o socket")?;
    SockRef::from(&socket).set_multicast_if_v4(&Ipv4Addr::LOCALHOST)?;
    socket
        .send_to(b"tem alguem ai?", grupo)
        .with_context(|| format!("não foi possível mandar a {grupo}"))?;
    println!("Mandei a {grupo}, sem erro");
    Ok(())
}
