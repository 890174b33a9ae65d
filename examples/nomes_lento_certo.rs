//! O prazo vale para tudo: o nome e a conexão.
//!
//! `cargo run --example nomes_lento_certo`; o defeito está em
//! `nomes_lento_errado`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sockets::nomes::{self, Prazos};

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
    let endereco = nomes::com_prazo(PRAZO, move || Ok(resolver(atende)))
        .context("o nome não foi resolvido a tempo")?;
    let total = PRAZO.saturating_sub(inicio.elapsed()); // o que resta
    let prazos = Prazos {
        total,
        ..Prazos::default()
    };
    let conexao = nomes::conectar(&[endereco], &prazos)?;
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
