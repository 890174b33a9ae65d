//! Exercício `protocolo`: leia quadros da entrada padrão e escreva cada mensagem por
//! extenso, ou recuse.
//!
//! Rode, no Linux e no macOS, com os bytes de um PING:
//! `printf '\0\11\6\0\0\0\0\0\0\1\2' | cargo run -p exercicios --bin protocolo`
//! Confira: `cargo conferir protocolo`

use std::io::{self, BufRead};
use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let mut entrada = io::stdin().lock();
    while let Some(corpo) = ler_quadro(&mut entrada)? {
        println!("{}", descrever(&corpo)?);
    }
    Ok(())
}

/// O corpo do próximo quadro; `None` se a entrada acabou entre um quadro e outro.
///
/// Aqui você lê o tamanho e recusa o que não serve. Por enquanto, todo quadro tem 9 bytes.
fn ler_quadro(entrada: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    if entrada.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let mut quadro = [0; 2 + 9];
    entrada.read_exact(&mut quadro)?;
    Ok(Some(quadro[2..].to_vec()))
}

/// A mensagem por extenso. Por enquanto, só o PING, e sem a marca.
fn descrever(corpo: &[u8]) -> Result<String> {
    match corpo {
        [6, ..] => Ok("PING ?".to_string()),
        _ => bail!("este tipo de mensagem ainda não se lê"),
    }
}
