//! Associa a 0.0.0.0 e escreve o IP pedido: atende a quem não devia.
//!
//! diagnostico: todos-os-enderecos
//! sistema: linux

use std::net::{Ipv4Addr, TcpListener};
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    let pedido = argumentos.endereco()?;
    let escuta = TcpListener::bind((Ipv4Addr::UNSPECIFIED, pedido.port()))?;
    println!(
        "Escutando em {}:{}",
        pedido.ip(),
        escuta.local_addr()?.port()
    );
    sockets::esperar_enter("soltar a porta")
}
