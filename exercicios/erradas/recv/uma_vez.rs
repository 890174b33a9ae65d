//! Lê uma vez só.
//!
//! diagnostico: parou-antes

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(destino)?;
    let mut buffer = [0; 1024];

    let lidos = conexao.read(&mut buffer)?;
    println!("{}", sockets::visivel(&buffer[..lidos]));
    println!("{lidos} bytes");
    Ok(())
}
