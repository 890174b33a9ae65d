//! Exercício `bind`: dê um endereço a um socket e diga qual ele ganhou.
//!
//! Rode: `cargo run -p exercicios --bin bind -- 127.0.0.1:0`
//! Confira: `cargo conferir bind`

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    let pedido: SocketAddr = argumentos.endereco()?;

    // `socket`, `bind` e `listen`.
    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    // Com a porta 0 quem escolheu foi o sistema: é a ele que se pergunta.
    let ganho = escuta
        .local_addr()
        .context("o sistema não disse qual é o endereço")?;
    println!("Escutando em {ganho}");

    sockets::esperar_enter("soltar a porta")
}
