//! Junta o buffer inteiro, com as sobras da leitura anterior.
//!
//! diagnostico: sobras

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

    let mut recebidos = Vec::new();
    while conexao.read(&mut buffer)? > 0 {
        recebidos.extend_from_slice(&buffer);
    }
    println!("{}", sockets::visivel(&recebidos));
    println!("{} bytes", recebidos.len());
    Ok(())
}
