//! Conta letras em vez de bytes.
//!
//! diagnostico: conta-errada

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
    let mut recebidos = Vec::new();
    conexao.read_to_end(&mut recebidos)?;
    let texto = String::from_utf8(recebidos)?;
    println!("{texto}");
    println!("{} bytes", texto.chars().count());
    Ok(())
}
