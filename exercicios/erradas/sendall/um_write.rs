//! Um `write` só: leva o que couber e não olha quanto faltou.
//!
//! diagnostico: um-write-so
//! sistema: linux

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
    let mandados = conexao.write(&dados)?;
    println!("mandei {mandados} bytes");
    Ok(())
}
