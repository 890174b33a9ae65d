//! Conta a partir de 3, como nos exemplos, e não abre nada.
//!
//! diagnostico: inventado
//! sistema: linux

use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["QUANTOS"])?;
    let quantos = argumentos.numero(0, 3, 1, 100)?;
    for i in 0..quantos {
        println!("descritor {}", 3 + i);
    }
    sockets::esperar_enter("fechar o primeiro e abrir outro")?;
    println!("descritor 3");
    sockets::esperar_enter("acabar")
}
