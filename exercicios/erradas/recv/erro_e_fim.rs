//! Toma um erro de leitura pelo fim do fluxo.
//!
//! diagnostico: erro-como-fim

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
    loop {
        match conexao.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(lidos) => recebidos.extend_from_slice(&buffer[..lidos]),
        }
    }
    println!("{}", sockets::visivel(&recebidos));
    println!("{} bytes", recebidos.len());
    Ok(())
}
