//! O aviso de que não havia ninguém derruba o cliente, e o servidor abre logo depois.
//!
//! `cargo run --example datagramas_ninguem_errado`

use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let cliente = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    // Uma porta que agora não é de ninguém: o socket se fecha no fim da linha.
    let porta = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    cliente.connect(porta)?;
    cliente.set_read_timeout(Some(PRAZO))?;
    let mut buffer = vec![0; 65_536];

    // ANCHOR: perguntar
    cliente.send(b"oi")?;
    println!("cliente:  oi");
    let tamanho = cliente.recv(&mut buffer).context("o recv falhou")?;
    // ANCHOR_END: perguntar
    let resposta = sockets::visivel(&buffer[..tamanho]);
    println!("resposta: {resposta}");
    Ok(())
}
