//! Manda tudo e só depois lê: com megabytes, os dois lados param.
//!
//! diagnostico: impasse

use std::io::{self};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)?;
    io::copy(&mut io::stdin(), &mut conexao)?;
    conexao.shutdown(Shutdown::Write)?;
    io::copy(&mut conexao, &mut io::stdout())?;
    Ok(())
}
