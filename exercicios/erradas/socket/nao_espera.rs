//! Escreve o último descritor e acaba, sem esperar o segundo Enter.
//!
//! diagnostico: acabou-cedo

use std::process::ExitCode;

use anyhow::Result;
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["QUANTOS"])?;
    let mut abertos = Vec::new();
    for _ in 0..argumentos.numero(0, 3, 1, 100)? {
        abertos.push(abrir()?);
    }
    sockets::esperar_enter("fechar o primeiro e abrir outro")?;
    abertos.remove(0);
    abertos.push(abrir()?);
    Ok(())
}

fn abrir() -> Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    println!("descritor {}", sockets::descritor(&socket));
    Ok(socket)
}
