//! Ignora o resultado do envio, e diz que mandou tudo.
//!
//! diagnostico: ignora-o-erro
//! sistema: unix

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(destino)?;
    let mut dados = Vec::new();
    std::io::stdin().read_to_end(&mut dados)?;
    let _ = conexao.write_all(&dados);
    println!("mandei {} bytes", dados.len());
    Ok(())
}
