//! Exercício `close`: mande a pergunta inteira, diga que acabou e ouça a resposta.
//!
//! Rode: `cargo run -p exercicios --bin close -- 127.0.0.1:50000`, digite a pergunta e
//! acabe a entrada com Ctrl-D (Ctrl-Z e Enter no Windows).
//! Confira: `cargo conferir close`

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
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
    let mut conexao = TcpStream::connect(destino)
        .with_context(|| format!("não foi possível conectar a {destino}"))?;

    conexao
        .write_all(&pergunta)
        .context("a pergunta não foi inteira")?;
    // O FIN: daqui não sai mais nada. O outro sentido continua aberto.
    conexao
        .shutdown(Shutdown::Write)
        .context("a conexão caiu antes da resposta")?;

    let mut resposta = Vec::new();
    // read(2) até o Ok(0), que é o FIN do servidor.
    conexao
        .read_to_end(&mut resposta)
        .context("a resposta não veio inteira")?;
    println!("{}", sockets::visivel(&resposta));
    Ok(())
}
