//! Um servidor que atende uma conexão por vez: as outras esperam.
//!
//! Um comando mostra o defeito: `cargo run --example varias_errado`
//!
//! Com um endereço, só atende, e você liga de outros terminais:
//! `cargo run --example varias_errado -- 127.0.0.1:50000`

use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::{Context, Result};
use sockets::eco;

fn main() -> ExitCode {
    sockets::executar(|| eco::apresentar(servir))
}

// ANCHOR: servir
fn servir(escuta: &TcpListener) -> Result<()> {
    loop {
        let (conexao, cliente) =
            escuta.accept().context("não foi possível aceitar")?;
        // Só volta quando este cliente desligar: até lá, nada de accept.
        if let Err(erro) = eco::ecoar(&conexao) {
            eprintln!("{cliente}: {erro}");
        }
    }
}
// ANCHOR_END: servir
