//! Exercício `desconfie`: mostre o que um desconhecido manda, sem obedecer a nada.
//!
//! Rode: `cargo run -p exercicios --bin desconfie -- 127.0.0.1:50000 5000`
//! Confira: `cargo conferir desconfie`

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Quantos bytes se aceitam ao todo.
const MAXIMO: usize = 4096;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let servidor = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 60_000)?);

    let ate = Instant::now() + prazo;
    let conexao = TcpStream::connect_timeout(&servidor, prazo)
        .with_context(|| format!("não foi possível conectar a {servidor}"))?;
    println!("{}", inofensivo(&receber(&conexao, ate)?));
    Ok(())
}

/// Tudo que vier até o fim do fluxo, se couber e vier a tempo.
fn receber(mut conexao: &TcpStream, ate: Instant) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut pedaco = [0; 1024];
    loop {
        ensure!(bytes.len() <= MAXIMO, "vieram mais de {MAXIMO} bytes");
        let falta = ate.saturating_duration_since(Instant::now());
        ensure!(!falta.is_zero(), "o texto não chegou inteiro no prazo");
        conexao.set_read_timeout(Some(falta))?;
        match conexao.read(&mut pedaco) {
            Ok(0) => return Ok(bytes),
            Ok(lidos) => bytes.extend_from_slice(&pedaco[..lidos]),
            Err(erro) if espera(erro.kind()) => {}
            Err(erro) => return Err(erro).context("a conexão caiu"),
        }
    }
}

/// Se a leitura acabou sem dados e sem erro: o relógio diz o que fazer.
fn espera(erro: ErrorKind) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(erro, WouldBlock | TimedOut | Interrupted)
}

/// Os bytes como texto que só se mostra: o que manda no terminal vira `<1b>`.
fn inofensivo(bytes: &[u8]) -> String {
    let mut texto = String::new();
    for trecho in bytes.utf8_chunks() {
        for letra in trecho.valid().chars() {
            if manda(letra) {
                texto += &format!("<{:02x}>", u32::from(letra));
            } else {
                texto.push(letra);
            }
        }
        for byte in trecho.invalid() {
            texto += &format!("<{byte:02x}>");
        }
    }
    texto
}

/// Se um terminal obedece a esta letra, ou troca por ela a ordem das outras.
fn manda(letra: char) -> bool {
    match letra {
        '\n' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // C0, DEL e C1.
        _ => letra.is_control(),
    }
}
