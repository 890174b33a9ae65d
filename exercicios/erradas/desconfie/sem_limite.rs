//! Guarda tudo que vier: não há máximo.
//!
//! diagnostico: limite

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 60_000)?);
    let ate = Instant::now() + prazo;
    let mut conexao = TcpStream::connect(argumentos.destino()?)?;
    let mut bytes = Vec::new();
    let mut pedaco = [0; 1024];
    loop {
        let falta = ate.saturating_duration_since(Instant::now());
        ensure!(!falta.is_zero(), "demorou demais");
        conexao.set_read_timeout(Some(falta))?;
        let lidos = conexao.read(&mut pedaco)?;
        if lidos == 0 {
            break;
        }
        bytes.extend_from_slice(&pedaco[..lidos]);
    }
    println!("{}", inofensivo(&bytes));
    Ok(())
}

fn inofensivo(bytes: &[u8]) -> String {
    let mut texto = String::new();
    for trecho in bytes.utf8_chunks() {
        for letra in trecho.valid().chars() {
            let direcao = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
            if letra != '\n' && letra.is_control() || direcao.contains(letra) {
                texto += &format!("<{:02x}>", letra as u32);
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
