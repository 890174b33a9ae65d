//! Manda linha por linha, com uma quebra no fim de cada uma.
//!
//! diagnostico: so-texto

use std::io::Write;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(destino)?;
    let mut mandados = 0;
    for linha in std::io::stdin().lines() {
        let linha = linha? + "\n";
        conexao.write_all(linha.as_bytes())?;
        mandados += linha.len();
    }
    println!("mandei {mandados} bytes");
    Ok(())
}
