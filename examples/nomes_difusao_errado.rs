//! Manda um datagrama a todos sem pedir licença ao núcleo.
//!
//! `cargo run --example nomes_difusao_errado`; o conserto está em
//! `nomes_difusao_certo`.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;

use anyhow::{Context, Result};

/// Todos os que estão no loopback: o último endereço da rede 127.0.0.0/8.
const TODOS: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&[])?;
    let porta =
        sockets::porta_do_ambiente().map_err(|erro| argumentos.erro(&erro))?;
    let todos = SocketAddr::from((TODOS, porta));

    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .context("não foi possível abrir o socket")?;
    socket
        .send_to(b"tem alguem ai?", todos)
        .with_context(|| format!("não foi possível mandar a {todos}"))?;
    println!("Mandei a {todos}");
    Ok(())
}
// ANCHOR_END: principal
