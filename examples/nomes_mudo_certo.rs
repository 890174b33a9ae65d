//! O primeiro endereço do nome não responde, e só atrasa o segundo um pouco.
//!
//! `cargo run --example nomes_mudo_certo`; o defeito está em
//! `nomes_mudo_errado`.

use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sockets::nomes::{self, Mudo, Prazos};

/// Para ter uma conexão, com qualquer um dos endereços.
const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let mudo = Mudo::novo().context("não foi possível calar um endereço")?;
    let servidor = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("não foi possível escutar")?;
    let respostas = [mudo.endereco(), servidor.local_addr()?];
    println!("Dois endereços: {} e {}.", respostas[0], respostas[1]);

    let inicio = Instant::now();
    let prazos = Prazos {
        total: PRAZO,
        ..Prazos::default()
    };
    let conexao = nomes::conectar(&respostas, &prazos)?;
    let demora = inicio.elapsed().as_millis();
    println!("Conectado a {} em {demora} ms", conexao.peer_addr()?);
    Ok(())
}
// ANCHOR_END: principal
