//! Acabado o envio, fecha a conexão inteira: o eco que ainda vinha se perde.
//!
//! diagnostico: perde-o-fim

use std::io::{self};
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
        let _ = io::copy(&mut io::stdin(), &mut ida);
        let _ = ida.shutdown(Shutdown::Both);
    });
    io::copy(&mut conexao, &mut io::stdout())?;
    Ok(())
}
