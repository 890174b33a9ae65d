//! Toma todo fim por um fim em ordem, mesmo no meio de um quadro.
//!
//! diagnostico: fim-no-meio

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Result, ensure};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)?;
    loop {
        let mut tamanho = [0; 2];
        match conexao.read_exact(&mut tamanho) {
            Err(erro) if erro.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            outro => outro?,
        }
        let tamanho = usize::from(u16::from_be_bytes(tamanho));
        ensure!(tamanho <= 1024, "quadro grande demais");
        let mut texto = vec![0; tamanho];
        conexao.read_exact(&mut texto)?;
        println!("{tamanho}: {}", sockets::visivel(&texto));
    }
}
