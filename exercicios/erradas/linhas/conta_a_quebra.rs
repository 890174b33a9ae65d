//! Conta a quebra no tamanho: uma linha de 1024 bytes já não cabe.
//!
//! diagnostico: limite

use std::io::{BufRead, BufReader, Read};
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
        entrada.by_ref().take(1024).read_until(b'\n', &mut linha)?;
        if linha.is_empty() {
            return Ok(());
        }
        ensure!(linha.pop() == Some(b'\n'), "linha cortada ou grande demais");
        linha.pop_if(|byte| *byte == b'\r');
        numero += 1;
        println!("{numero}: {}", sockets::visivel(&linha));
    }
}
