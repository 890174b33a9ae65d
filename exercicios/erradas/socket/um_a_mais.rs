//! O laço vai até QUANTOS, inclusive, e o último não é mostrado.
//!
//! diagnostico: quantidade
//! sistema: linux

use std::process::ExitCode;

use anyhow::Result;
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["QUANTOS"])?;
    let quantos = argumentos.numero(0, 3, 1, 100)?;
    let mut abertos = Vec::new();
    for i in 0..=quantos {
        abertos.push(Socket::new(Domain::IPV4, Type::STREAM, None)?);
        if i < quantos {
            println!(
                "descritor {}",
                sockets::descritor(&abertos[abertos.len() - 1])
            );
        }
    }
    sockets::esperar_enter("fechar o primeiro e abrir outro")?;
    abertos.remove(0);
    let novo = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    println!("descritor {}", sockets::descritor(&novo));
    sockets::esperar_enter("acabar")
}
