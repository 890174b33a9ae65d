//! Lê a entrada até o fim antes de mandar o primeiro byte.
//!
//! diagnostico: so-no-fim

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)?;
    let mut tudo = Vec::new();
    io::stdin().read_to_end(&mut tudo)?;
    let mut ida = conexao.try_clone()?;
    thread::spawn(move || {
        let _ = ida.write_all(&tudo);
        let _ = ida.shutdown(Shutdown::Write);
    });
    io::copy(&mut conexao, &mut io::stdout())?;
    Ok(())
}
