//! Solta uma cópia do socket e pensa que a pergunta acabou.
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

    let mut escrita = conexao.try_clone()?;
    escrita.write_all(&pergunta)?;
    drop(escrita);
    conexao.read_to_end(&mut resposta)?;
    println!("{}", sockets::visivel(&resposta));
    Ok(())
}
