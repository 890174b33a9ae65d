//! Exercício `close`: mande a pergunta inteira, diga que acabou e ouça a resposta.
//!
//! Em outro terminal, quem responda:
//! `python3 -c "import socket; s = socket.create_server(('127.0.0.1', 50000)); c = s.accept()[0]; print(c.recv(999)); c.sendall(b'quatro')"`
//! Rode: `cargo run -p exercicios --bin close -- 127.0.0.1:50000`
//! Digite a pergunta e acabe a entrada com Ctrl-D (Ctrl-Z e Enter no Windows).
//! Confira: `cargo conferir close`

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut pergunta = Vec::new();
    std::io::stdin()
        .read_to_end(&mut pergunta)
        .context("não foi possível ler a pergunta")?;
    let conexao = TcpStream::connect(destino)
        .with_context(|| format!("não foi possível conectar a {destino}"))?;

    // Aqui você manda a pergunta, diz ao servidor que ela acabou, lê a resposta até o fim
    // e a escreve em uma linha.
    println!(
        "Há uma pergunta de {} bytes para {}, e este programa não a manda.",
        pergunta.len(),
        conexao.peer_addr()?
    );
    Ok(())
}
