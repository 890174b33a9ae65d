//! Lê o que houver e só olha o primeiro quadro: os que vieram colados se perdem.
//!
//! diagnostico: colados

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
    let mut juntos = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let lidos = conexao.read(&mut buffer)?;
        if lidos == 0 {
            ensure!(juntos.is_empty(), "o fluxo acabou no meio de um quadro");
            return Ok(());
        }
        juntos.extend_from_slice(&buffer[..lidos]);
        let Some((tamanho, resto)) = juntos.split_first_chunk() else {
            continue;
        };
        let tamanho = usize::from(u16::from_be_bytes(*tamanho));
        ensure!(tamanho <= 1024, "quadro grande demais");
        if let Some(texto) = resto.get(..tamanho) {
            println!("{tamanho}: {}", sockets::visivel(texto));
            juntos.clear();
        }
    }
}
