//! `unwrap` no envio: um par que some no meio é um pânico.
//!
//! diagnostico: panico
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
    std::io::stdin().read_to_end(&mut dados).unwrap();
    conexao.write_all(&dados).unwrap();
    println!("mandei {} bytes", dados.len());
    Ok(())
}
