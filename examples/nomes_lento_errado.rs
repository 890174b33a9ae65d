//! O prazo é para conectar, e o tempo se gasta antes, com o nome.
//!
//! `cargo run --example nomes_lento_errado`; o conserto está em
//! `nomes_lento_certo`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

const PRAZO: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let servidor = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("não foi possível escutar")?;
    let atende = servidor.local_addr()?;

    println!("Espero no máximo {PRAZO:?}.");
    let inicio = Instant::now();
    let endereco = resolver(atende);
    let conexao = TcpStream::connect_timeout(&endereco, PRAZO)
        .with_context(|| format!("não foi possível conectar a {endereco}"))?;
    let demora = inicio.elapsed().as_millis();
    println!("Conectado a {} em {demora} ms", conexao.peer_addr()?);
    Ok(())
}
// ANCHOR_END: principal

/// Faz o papel de getaddrinfo(3) quando o servidor de DNS demora.
fn resolver(endereco: SocketAddr) -> SocketAddr {
    thread::sleep(Duration::from_secs(2));
    endereco
}
