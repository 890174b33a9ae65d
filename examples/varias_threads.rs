//! Um servidor com uma thread por conexão: ninguém espera por ninguém.
//!
//! As mesmas visitas de `varias_errado`: `cargo run --example varias_threads`
//!
//! Com um endereço, só atende, e você liga de outros terminais:
//! `cargo run --example varias_threads -- 127.0.0.1:50000`

use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;

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
        let conversa = move || {
            if let Err(erro) = eco::ecoar(&conexao) {
                eprintln!("{cliente}: {erro}");
            }
        };
        // thread::spawn entra em pânico se o sistema recusa a thread; por
        // aqui a recusa é um erro, e só este cliente fica sem atendimento.
        if let Err(erro) = thread::Builder::new().spawn(conversa) {
            eprintln!("{cliente}: não há thread para ele: {erro}");
        }
    }
}
// ANCHOR_END: servir
