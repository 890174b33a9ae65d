//! Manda só a primeira linha da pergunta.
//!
//! diagnostico: pergunta-mudada

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut pergunta = String::new();
    std::io::stdin().read_line(&mut pergunta)?;
    let mut conexao = TcpStream::connect(destino)?;
    conexao.write_all(pergunta.trim().as_bytes())?;
    conexao.shutdown(Shutdown::Write)?;
    let mut resposta = Vec::new();
    conexao.read_to_end(&mut resposta)?;
    println!("{}", sockets::visivel(&resposta));
    Ok(())
}
