//! Lê a entrada uma vez só: o que não coube nessa leitura não é mandado.
//!
//! diagnostico: perde-o-fim

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
    let mut ida = conexao.try_clone()?;
    thread::spawn(move || {
        let mut pedaco = [0; 4096];
        let lidos = io::stdin().read(&mut pedaco).unwrap_or(0);
        let _ = ida.write_all(&pedaco[..lidos]);
        let _ = ida.shutdown(Shutdown::Write);
    });
    io::copy(&mut conexao, &mut io::stdout())?;
    Ok(())
}
