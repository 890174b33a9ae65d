//! Exercício `socket`: peça sockets ao sistema e diga que números ele lhe deu.
//!
//! Rode: `cargo run -p exercicios --bin socket -- 3`
//! Confira: `cargo conferir socket`

use std::process::ExitCode;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["QUANTOS"])?;
    let quantos = argumentos.numero(0, 3, 1, 100)?;

    // A lista é a dona dos sockets: enquanto ela existir, eles ficam abertos.
    let mut abertos = Vec::new();
    for _ in 0..quantos {
        abertos.push(abrir()?);
    }

    sockets::esperar_enter("fechar o primeiro e abrir outro")?;
    // O que sai da lista não tem outro dono: o sistema o recebe de volta aqui.
    drop(abertos.remove(0));
    abertos.push(abrir()?);

    sockets::esperar_enter("acabar")
}

fn abrir() -> Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)
        .context("o sistema não deu um socket")?;
    println!("descritor {}", sockets::descritor(&socket));
    Ok(socket)
}
