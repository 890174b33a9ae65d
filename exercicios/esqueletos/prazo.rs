//! Exercício `prazo`: um servidor que dá a cada mensagem inteira (uma linha) um prazo.
//!
//! Rode: `cargo run -p exercicios --bin prazo -- 127.0.0.1:50000 5000`
//! Confira: `cargo conferir prazo`

use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let pedido = argumentos.endereco()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 600_000)?);

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, cliente) =
            escuta.accept().context("não foi possível atender")?;
        if let Err(erro) = conversar(&conexao, prazo) {
            eprintln!("{cliente}: {erro:#}");
        }
    }
}

fn conversar(conexao: &TcpStream, prazo: Duration) -> Result<()> {
    // Aqui você responde `ok` a cada linha, e despede quem passa do prazo.
    println!("{} teria {prazo:?} por mensagem.", conexao.peer_addr()?);
    Ok(())
}
