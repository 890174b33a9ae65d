//! Exercício `linhas`: leia um fluxo e escreva cada linha dele, numerada.
//!
//! Rode: `cargo run -p exercicios --bin linhas -- 127.0.0.1:50000`
//! Confira: `cargo conferir linhas`

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

/// Quantos bytes uma linha pode ter, sem a quebra.
const MAIOR: usize = 1024;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(servidor)
        .with_context(|| format!("não foi possível conectar a {servidor}"))?;
    let mut entrada = BufReader::new(conexao);
    let mut numero = 0;
    while let Some(linha) = proxima(&mut entrada)? {
        numero += 1;
        println!("{numero}: {}", sockets::visivel(&linha));
    }
    Ok(())
}

/// A próxima linha, sem a quebra; `None` quando o fluxo acaba entre duas linhas.
fn proxima(entrada: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut linha = Vec::new();
    // Nunca se guarda mais do que a maior linha com a quebra do Windows.
    entrada
        .take(MAIOR as u64 + 2)
        .read_until(b'\n', &mut linha)
        .context("a conexão caiu")?;
    if linha.is_empty() {
        return Ok(None);
    }
    let inteira = linha.pop_if(|byte| *byte == b'\n').is_some();
    if inteira {
        linha.pop_if(|byte| *byte == b'\r');
    }
    ensure!(
        linha.len() <= MAIOR,
        "o servidor mandou uma linha com mais de {MAIOR} bytes"
    );
    if !inteira {
        bail!("o fluxo acabou no meio de uma linha");
    }
    Ok(Some(linha))
}
