//! Não diz que acabou de mandar: o servidor espera por mais, e o programa por ele.
//!
//! diagnostico: sem-fim

use std::io::{self};
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)?;
    let mut ida = conexao.try_clone()?;
    thread::spawn(move || io::copy(&mut io::stdin(), &mut ida));
    io::copy(&mut conexao, &mut io::stdout())?;
    Ok(())
}
