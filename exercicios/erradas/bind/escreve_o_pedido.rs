//! Escreve o endereço pedido, e não o que o socket ganhou: a porta 0 sai como 0.
//!
//! diagnostico: porta-zero

use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    let pedido = argumentos.endereco()?;
    let _escuta = TcpListener::bind(pedido)?;
    println!("Escutando em {pedido}");
    sockets::esperar_enter("soltar a porta")
}
