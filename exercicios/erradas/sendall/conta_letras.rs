//! Conta letras em vez de bytes.
//!
//! diagnostico: conta-errada

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
    conexao.write_all(&dados)?;
    println!(
        "mandei {} bytes",
        String::from_utf8_lossy(&dados).chars().count()
    );
    Ok(())
}
