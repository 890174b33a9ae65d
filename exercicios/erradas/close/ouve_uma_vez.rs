//! Lê uma vez só: a resposta vem em pedaços.
//!
//! diagnostico: leu-uma-vez

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut pergunta = Vec::new();
    std::io::stdin().read_to_end(&mut pergunta)?;
    let mut conexao = TcpStream::connect(destino)?;
    let mut resposta = Vec::new();

    conexao.write_all(&pergunta)?;
    conexao.shutdown(Shutdown::Write)?;
    resposta.resize(4096, 0);
    let lidos = conexao.read(&mut resposta)?;
    println!("{}", sockets::visivel(&resposta[..lidos]));
    Ok(())
}
