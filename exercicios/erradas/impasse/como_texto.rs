//! Trata os bytes como texto: o que não é UTF-8 sai trocado.
//!
//! diagnostico: bytes-trocados

use std::io::{self, Read};
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
        let _ = ida.shutdown(Shutdown::Write);
    });
    let mut pedaco = [0; 4096];
    loop {
        let lidos = conexao.read(&mut pedaco)?;
        if lidos == 0 {
            return Ok(());
        }
        print!("{}", String::from_utf8_lossy(&pedaco[..lidos]));
    }
}
