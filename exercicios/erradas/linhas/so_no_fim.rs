//! Lê tudo até o fim e só então separa as linhas.
//!
//! diagnostico: so-no-fim

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)?;
    let mut texto = String::new();
    conexao.read_to_string(&mut texto)?;
    for (numero, linha) in texto.lines().enumerate() {
        println!("{}: {linha}", numero + 1);
    }
    Ok(())
}
