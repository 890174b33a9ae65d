//! Faz letras de cada pedaço, antes de ter a linha inteira.
//!
//! diagnostico: letra-cortada

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
    let mut texto = String::new();
    let mut buffer = [0; 1024];
    let mut numero = 0;
    loop {
        let lidos = conexao.read(&mut buffer)?;
        if lidos == 0 {
            ensure!(texto.is_empty(), "o fluxo acabou no meio de uma linha");
            return Ok(());
        }
        texto += &String::from_utf8_lossy(&buffer[..lidos]);
        while let Some((linha, resto)) = texto.split_once('\n') {
            numero += 1;
            println!("{numero}: {}", linha.trim_end_matches('\r'));
            texto = resto.to_string();
        }
        ensure!(texto.len() <= 1024, "linha grande demais");
    }
}
