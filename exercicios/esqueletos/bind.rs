//! Exercício `bind`: dê um endereço a um socket e diga qual ele ganhou.
//!
//! Rode: `cargo run -p exercicios --bin bind -- 127.0.0.1:0`
//! Confira: `cargo conferir bind`

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    let pedido: SocketAddr = argumentos.endereco()?;

    // Aqui você cria o socket, dá a ele o endereço pedido, descobre qual ele ganhou
    // e o escreve em uma linha: “Escutando em IP:PORTA”.
    println!("Pediram o endereço {pedido}, e este programa ainda não o usa.");
    Ok(())
}
