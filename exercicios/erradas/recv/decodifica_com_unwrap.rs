//! Decodifica cada leitura sozinha, com `unwrap`: uma letra partida é um pânico.
//!
//! diagnostico: panico

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

    let mut texto = String::new();
    loop {
        let lidos = conexao.read(&mut buffer)?;
        if lidos == 0 {
            break;
        }
        texto += std::str::from_utf8(&buffer[..lidos]).unwrap();
    }
    println!("{texto}");
    println!("{} bytes", texto.len());
    Ok(())
}
