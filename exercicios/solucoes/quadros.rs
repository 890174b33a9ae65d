//! Exercício `quadros`: leia quadros com o tamanho na frente e escreva cada um.
//!
//! Rode: `cargo run -p exercicios --bin quadros -- 127.0.0.1:50000`
//! Confira: `cargo conferir quadros`

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};

/// O maior texto de um quadro, em bytes.
const MAIOR: usize = 1024;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)
        .with_context(|| format!("não foi possível conectar a {servidor}"))?;
    while let Some(texto) = proximo(&mut conexao)? {
        println!("{}: {}", texto.len(), sockets::visivel(&texto));
    }
    Ok(())
}

/// O texto do próximo quadro; `None` quando o fluxo acaba entre dois quadros.
fn proximo(conexao: &mut impl Read) -> Result<Option<Vec<u8>>> {
    // O primeiro byte é o único que pode faltar sem que falte nada.
    let mut tamanho = Vec::new();
    conexao
        .take(1)
        .read_to_end(&mut tamanho)
        .context("a conexão caiu")?;
    let Some(alto) = tamanho.first().copied() else {
        return Ok(None);
    };
    let mut baixo = [0];
    conexao
        .read_exact(&mut baixo)
        .context("o fluxo acabou no meio de um tamanho")?;
    let tamanho = usize::from(u16::from_be_bytes([alto, baixo[0]]));
    // O número veio do outro lado: confere-se antes de reservar e de esperar por ele.
    ensure!(
        tamanho <= MAIOR,
        "o servidor anunciou um quadro de {tamanho} bytes; o máximo é {MAIOR}"
    );
    let mut texto = vec![0; tamanho];
    conexao
        .read_exact(&mut texto)
        .context("o fluxo acabou no meio de um quadro")?;
    Ok(Some(texto))
}
