//! Decodifica cada leitura sozinha.
//!
//! diagnostico: letra-partida

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
    let mut total = 0;
    loop {
        let lidos = conexao.read(&mut buffer)?;
        if lidos == 0 {
            break;
        }
        texto += &String::from_utf8_lossy(&buffer[..lidos]);
        total += lidos;
    }
    println!("{texto}");
    println!("{total} bytes");
    Ok(())
}
