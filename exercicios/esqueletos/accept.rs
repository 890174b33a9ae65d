//! Exercício `accept`: atenda alguns clientes, um depois do outro.
//!
//! Rode: `cargo run -p exercicios --bin accept -- 127.0.0.1:50000 3`
//! Confira: `cargo conferir accept`

use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS"])?;
    let pedido = argumentos.endereco()?;
    let quantos = argumentos.numero(1, 3, 1, 1000)?;

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    sockets::esperar_enter("começar a atender")?;

    // Aqui você atende os clientes. Para cada um: escreva o endereço dele, mande a ele
    // “você é o cliente N”, com uma quebra de linha no fim, e feche a conexão.
    println!("Pediram {quantos} clientes, e este programa não atende nenhum.");
    Ok(())
}
