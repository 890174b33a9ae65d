//! Pede um socket ao sistema, em uma porta que ele escolhe, e diz onde o socket ficou.
//!
//! Terminal 1: `cargo run --example esqueleto`
//!
//! Troque estas linhas: o que se vê, e o comando de cada terminal.

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let endereco = pedir_um_lugar()?;
    println!("O sistema me pôs em {endereco}");
    Ok(())
}
// ANCHOR_END: principal

// ANCHOR: pedir
fn pedir_um_lugar() -> Result<SocketAddr> {
    // A porta 0 não é um lugar: é o pedido para que o sistema escolha um.
    let socket = TcpListener::bind("127.0.0.1:0")
        .context("não foi possível pedir um socket")?;
    socket
        .local_addr()
        .context("não foi possível saber onde o socket ficou")
}
// ANCHOR_END: pedir
