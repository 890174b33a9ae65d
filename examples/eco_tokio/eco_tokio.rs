//! O mesmo eco, com tarefas assíncronas: parece o de uma thread por conexão, e é um
//! laço de eventos.
//!
//! Terminal 1: `cargo run --release --example eco_tokio -- [HOST:PORTA] [LIMITE]`
//! Terminal 2: `cargo run --release --example varias_carga`

use std::process::ExitCode;

use anyhow::{Context, Result};
use sockets::eco;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "LIMITE"])?;
    let limite = argumentos.numero(1, 10_000, 1, 1_000_000)?;
    let escuta = eco::escutar(argumentos.endereco()?)?;
    escuta.set_nonblocking(true)?;
    // Uma thread só, como a do nosso laço.
    let motor = Builder::new_current_thread()
        .enable_all()
        .build()
        .context("não foi possível criar o motor do tokio")?;
    motor.block_on(async {
        let escuta = TcpListener::from_std(escuta)?;
        eco_tokio::servir(escuta, usize::try_from(limite)?).await
    })
}
// ANCHOR_END: principal
