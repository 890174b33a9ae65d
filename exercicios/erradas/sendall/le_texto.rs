//! Lê a entrada como texto: o que não é UTF-8 é um erro.
//!
//! diagnostico: so-texto

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
    let mut texto = String::new();
    std::io::stdin().read_to_string(&mut texto)?;
    conexao.write_all(texto.as_bytes())?;
    println!("mandei {} bytes", texto.len());
    Ok(())
}
