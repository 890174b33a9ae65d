//! Dá o endereço ao socket e esquece o `listen`.
//!
//! diagnostico: nao-escuta

use std::process::ExitCode;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "FILA"])?;
    let pedido = argumentos.endereco()?;
    let socket = Socket::new(Domain::for_address(pedido), Type::STREAM, None)?;
    socket.bind(&pedido.into())?;
    let ganho = socket.local_addr()?.as_socket().context("sem IP")?;
    println!("Escutando em {ganho}");
    sockets::esperar_enter("atender quem chegou")?;
    socket.set_nonblocking(true)?;
    let mut atendidos = 0;
    while socket.accept().is_ok() {
        atendidos += 1;
    }
    println!("na fila: {atendidos}");
    Ok(())
}
