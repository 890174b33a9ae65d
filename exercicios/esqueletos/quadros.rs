//! Exercício `quadros`: conecte, leia quadros com um tamanho de 2 bytes na frente (o mais
//! significativo primeiro) e escreva o tamanho e o texto de cada um.
//!
//! Em outro terminal, quem mande:
//! `python3 -c "import socket; s = socket.create_server(('127.0.0.1', 50000)); s.accept()[0].sendall(b'\0\5salve\0\2oi')"`
//! Rode: `cargo run -p exercicios --bin quadros -- 127.0.0.1:50000`
//! Confira: `cargo conferir quadros`

use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result};

/// O maior texto de um quadro, em bytes.
const MAIOR: usize = 1024;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(servidor)
        .with_context(|| format!("não foi possível conectar a {servidor}"))?;
    // Aqui você lê um quadro de cada vez, até o fluxo acabar entre dois deles.
    println!("Conectado de {}.", conexao.local_addr()?);
    println!("Nenhum quadro de até {MAIOR} bytes foi lido.");
    Ok(())
}
