//! O outro lado sumiu sem dizer nada, e este espera para sempre.
//!
//! O programa liga e espera mensagens, sem prazo e sem keepalive. Precisa de um
//! servidor, como o da Parte 1, e de alguém que arranque o cabo:
//!
//! `cargo run --example servidor`
//! `cargo run --example encerrar_cabo_errado`

use std::io::Read;
use std::net::TcpStream;
use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};

/// Só para ligar. Para o que vem depois, ninguém pensou em prazo.
const PRAZO_PARA_LIGAR: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let endereco = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect_timeout(&endereco, PRAZO_PARA_LIGAR)
        .with_context(|| {
        format!("não foi possível ligar para {endereco}")
    })?;
    println!("Conectado a {endereco}; espero sem prazo");
    // ANCHOR: esperar
    let mut buffer = [0; 1024];
    loop {
        match conexao.read(&mut buffer).context("a conexão caiu")? {
            0 => break,
            n => println!("Recebido: {}", sockets::visivel(&buffer[..n])),
        }
    }
    println!("O outro lado fechou.");
    // ANCHOR_END: esperar
    Ok(())
}
