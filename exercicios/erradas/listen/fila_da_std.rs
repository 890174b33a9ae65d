//! Usa `TcpListener::bind`, que escolhe sozinho o tamanho da fila.
//!
//! diagnostico: fila-ignorada
//! sistema: linux

use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "FILA"])?;
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    sockets::esperar_enter("atender quem chegou")?;
    escuta.set_nonblocking(true)?;
    let mut atendidos = 0;
    while escuta.accept().is_ok() {
        atendidos += 1;
    }
    println!("na fila: {atendidos}");
    Ok(())
}
