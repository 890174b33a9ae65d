//! Recusa o quadro do tamanho máximo: usa `<` onde era `<=`.
//!
//! diagnostico: tamanho-que-mente

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Result, ensure};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)?;
    let mut alto = [0];
    while conexao.read(&mut alto)? == 1 {
        let mut baixo = [0];
        conexao.read_exact(&mut baixo)?;
        let tamanho = usize::from(u16::from_be_bytes([alto[0], baixo[0]]));
        ensure!(tamanho < 1024, "quadro grande demais");
        let mut texto = vec![0; tamanho];
        conexao.read_exact(&mut texto)?;
        println!("{tamanho}: {}", sockets::visivel(&texto));
    }
    Ok(())
}
