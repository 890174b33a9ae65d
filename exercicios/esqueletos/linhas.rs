//! Exercício `linhas`: conecte, leia o fluxo e escreva cada linha dele, numerada.
//!
//! Em outro terminal, quem mande:
//! `python3 -c "import socket; s = socket.create_server(('127.0.0.1', 50000)); s.accept()[0].sendall(b'bom dia\nate logo\n')"`
//! Rode: `cargo run -p exercicios --bin linhas -- 127.0.0.1:50000`
//! Confira: `cargo conferir linhas`

use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result};

/// Quantos bytes uma linha pode ter, sem a quebra.
const MAIOR: usize = 1024;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(servidor)
        .with_context(|| format!("não foi possível conectar a {servidor}"))?;
    // Aqui você lê o fluxo e escreve cada linha assim que ela está inteira.
    println!("Conectado de {}.", conexao.local_addr()?);
    println!("Nenhuma linha de até {MAIOR} bytes foi lida.");
    Ok(())
}
