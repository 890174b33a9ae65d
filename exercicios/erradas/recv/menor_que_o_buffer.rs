//! Toma por última a leitura que não enche o buffer.
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

    let mut recebidos = Vec::new();
    loop {
        let lidos = conexao.read(&mut buffer)?;
        recebidos.extend_from_slice(&buffer[..lidos]);
        if lidos < buffer.len() {
            break;
        }
    }
    println!("{}", sockets::visivel(&recebidos));
    println!("{} bytes", recebidos.len());
    Ok(())
}
