//! Exercício `recusa`: um servidor em obras, que recusa cada cliente com uma frase e fecha
//! de modo que ela chegue, mesmo a quem já mandou muito.
//!
//! Rode: `cargo run -p exercicios --bin recusa -- 127.0.0.1:50000 2000`
//! Confira: `cargo conferir recusa`

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let pedido = argumentos.endereco()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 2000, 1, 600_000)?);

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, cliente) =
            escuta.accept().context("não foi possível atender")?;
        if let Err(erro) = recusar(&conexao, Instant::now() + prazo) {
            eprintln!("{cliente}: {erro}");
        }
    }
}

fn recusar(conexao: &TcpStream, ate: Instant) -> io::Result<()> {
    // Aqui você diz a frase e fecha, no mais tardar na hora `ate`.
    let falta = ate.saturating_duration_since(Instant::now());
    println!("{} seria recusado em até {falta:?}.", conexao.peer_addr()?);
    Ok(())
}
