//! Manda blocos cheios, e o último, que não enche, se perde.
//!
//! diagnostico: perdeu-o-fim

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
    let mut bloco = [0; 1024];
    let mut mandados = 0;
    while std::io::stdin().read_exact(&mut bloco).is_ok() {
        conexao.write_all(&bloco)?;
        mandados += bloco.len();
    }
    println!("mandei {mandados} bytes");
    Ok(())
}
