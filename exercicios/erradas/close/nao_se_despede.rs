//! Não diz que a pergunta acabou: os dois ficam esperando.
//!
//! diagnostico: nao-diz-que-acabou

use std::io::{Read, Write};
use std::net::TcpStream;
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
    conexao.read_to_end(&mut resposta)?;
    println!("{}", sockets::visivel(&resposta));
    Ok(())
}
