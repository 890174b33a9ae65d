//! Manda um pedaço e espera o eco dele inteiro antes do seguinte.
//!
//! diagnostico: espera-cada-eco

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)?;
    let mut pedaco = [0; 4096];
    loop {
        let lidos = io::stdin().read(&mut pedaco)?;
        if lidos == 0 {
            return Ok(());
        }
        conexao.write_all(&pedaco[..lidos])?;
        conexao.read_exact(&mut pedaco[..lidos])?;
        io::stdout().write_all(&pedaco[..lidos])?;
    }
}
