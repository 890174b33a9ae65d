//! Não guarda os sockets: cada um é devolvido no fim da volta.
//!
//! diagnostico: soltou
//! sistema: linux

use std::process::ExitCode;

use anyhow::Result;
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["QUANTOS"])?;
    for _ in 0..argumentos.numero(0, 3, 1, 100)? {
        abrir()?;
    }
    sockets::esperar_enter("fechar o primeiro e abrir outro")?;
    abrir()?;
    sockets::esperar_enter("acabar")
}

fn abrir() -> Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    println!("descritor {}", sockets::descritor(&socket));
    Ok(())
}
