//! Um buffer do tamanho da maior mensagem que se imaginou: a que passa dele chega
//! com outro sentido (Unix) ou derruba quem recebe (Windows).
//!
//! `cargo run --example datagramas_corte_errado`

use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;

use anyhow::{Context, Result};

// ANCHOR: buffer
/// Ninguém deve mais de 999: «pague 999» são 9 bytes.
const MAIOR_PEDIDO: usize = 9;
// ANCHOR_END: buffer

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let cliente = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    cliente.connect(servidor.local_addr()?)?;

    let mut buffer = [0; MAIOR_PEDIDO];
    for pedido in ["pague 10", "pague 1000", "pague 100"] {
        cliente.send(pedido.as_bytes())?;
        println!("mandei  «{pedido}», {} bytes", pedido.len());
        let (tamanho, _) = servidor
            .recv_from(&mut buffer)
            .context("não foi possível receber")?;
        let lido = sockets::visivel(&buffer[..tamanho]);
        println!("recebi  «{lido}», {tamanho} bytes");
    }
    Ok(())
}
