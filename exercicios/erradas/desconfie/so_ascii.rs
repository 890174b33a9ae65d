//! Escapa tudo que não é ASCII: nada perigoso passa, e as letras com acento também não.
//!
//! diagnostico: ilegivel

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
        ensure!(bytes.len() <= 4096, "veio demais");
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
    for byte in bytes {
        if (b' '..=b'~').contains(byte) || *byte == b'\n' {
            texto.push(char::from(*byte));
        } else {
            texto += &format!("<{byte:02x}>");
        }
    }
    texto
}
