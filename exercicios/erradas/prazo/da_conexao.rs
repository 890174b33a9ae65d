//! Marca a hora uma vez, no começo da conversa: quem fala sempre em dia também é despedido.
//!
//! diagnostico: prazo-da-conexao

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 600_000)?);
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, _) = escuta.accept()?;
        if let Err(erro) = conversar(&conexao, prazo) {
            eprintln!("{erro}");
        }
    }
}

fn conversar(mut conexao: &TcpStream, prazo: Duration) -> Result<()> {
    let ate = Instant::now() + prazo;
    let mut pedaco = [0; 1024];
    loop {
        let falta = ate.saturating_duration_since(Instant::now());
        if falta.is_zero() {
            conexao.write_all(b"tempo esgotado\n")?;
            return Ok(());
        }
        conexao.set_read_timeout(Some(falta))?;
        let lidos = match conexao.read(&mut pedaco) {
            Ok(0) => return Ok(()),
            Ok(lidos) => lidos,
            Err(_) => continue,
        };
        for _ in pedaco[..lidos].iter().filter(|byte| **byte == b'\n') {
            conexao.write_all(b"ok\n")?;
        }
    }
}
