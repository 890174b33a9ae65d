//! Usa `lines`: o pedaço que o fim do fluxo cortou passa por uma linha.
//!
//! diagnostico: meia-linha

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Result, ensure};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(servidor)?;
    for (numero, linha) in BufReader::new(conexao).lines().enumerate() {
        let linha = linha?;
        ensure!(linha.len() <= 1024, "linha grande demais");
        println!("{}: {linha}", numero + 1);
    }
    Ok(())
}
