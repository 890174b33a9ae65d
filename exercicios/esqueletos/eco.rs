//! Exercício `eco`: um servidor que devolve cada linha em maiúsculas. Atende QUANTOS
//! clientes, um de cada vez, e acaba; a linha `off` encerra a conversa com um deles.
//!
//! Rode: `cargo run -p exercicios --bin eco -- 127.0.0.1:50000 2`
//! Confira: `cargo conferir eco`

use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS"])?;
    let pedido = argumentos.endereco()?;
    let quantos = argumentos.numero(1, 1, 1, 1000)?;

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    for _ in 0..quantos {
        let (conexao, _cliente) =
            escuta.accept().context("não foi possível atender")?;
        conversar(&conexao)?;
    }
    Ok(())
}

fn conversar(conexao: &TcpStream) -> Result<()> {
    // Aqui você lê uma linha, responde com ela em maiúsculas, e repete.
    println!("Um cliente em {} está à espera.", conexao.peer_addr()?);
    Ok(())
}
