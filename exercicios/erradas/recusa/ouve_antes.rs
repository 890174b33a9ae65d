//! Lê tudo que o cliente tem a dizer antes de dizer a frase.
//!
//! diagnostico: sem-frase

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let prazo = Duration::from_millis(argumentos.numero(1, 2000, 1, 600_000)?);
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, _) = escuta.accept()?;
        if let Err(erro) = recusar(&conexao, prazo) {
            eprintln!("{erro}");
        }
    }
}

fn recusar(mut conexao: &TcpStream, _prazo: Duration) -> Result<()> {
    io::copy(&mut conexao, &mut io::sink())?;
    conexao.write_all(b"recusado: em obras\n")?;
    Ok(())
}
