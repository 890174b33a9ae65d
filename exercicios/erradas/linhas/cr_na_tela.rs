//! Só tira o `\n`, e escreve a linha como veio: o `\r` vai para a tela, e não se vê.
//!
//! diagnostico: crlf

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
        entrada.by_ref().take(1026).read_until(b'\n', &mut linha)?;
        if linha.is_empty() {
            return Ok(());
        }
        ensure!(linha.pop() == Some(b'\n'), "linha cortada ou grande demais");
        numero += 1;
        println!("{numero}: {}", String::from_utf8_lossy(&linha));
    }
}
