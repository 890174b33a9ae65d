//! Confere o tamanho só depois de ter a linha inteira: a que não acaba nunca é recusada.
//!
//! diagnostico: limite

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Result, ensure};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(servidor)?;
    let mut entrada = BufReader::new(conexao);
    let mut numero = 0;
    loop {
        let mut linha = Vec::new();
        entrada.read_until(b'\n', &mut linha)?;
        if linha.is_empty() {
            return Ok(());
        }
        ensure!(
            linha.pop() == Some(b'\n'),
            "o fluxo acabou no meio da linha"
        );
        linha.pop_if(|byte| *byte == b'\r');
        ensure!(linha.len() <= 1024, "linha grande demais");
        numero += 1;
        println!("{numero}: {}", sockets::visivel(&linha));
    }
}
