//! Exercício `perda`: meça a perda de um caminho, e diga se a conta fecha.
//!
//! Rode: `cargo run -p exercicios --bin perda -- 127.0.0.1:0 5000`
//! Confira: `cargo conferir perda`

use std::net::UdpSocket;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let silencio =
        Duration::from_millis(argumentos.numero(1, 5000, 1, 60_000)?);
    let socket = UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))?;
    socket.set_read_timeout(Some(silencio))?;
    println!("Medindo em {}", socket.local_addr()?);

    // Aqui você recebe as sondas (`S` e 4 bytes) e o FIM (`F` e 8 bytes), até um silêncio,
    // e faz as contas. Por enquanto só se contam as chegadas, sem olhar o que são.
    let mut buffer = vec![0; 65_536];
    let mut chegadas = 0;
    while socket.recv_from(&mut buffer).is_ok() {
        chegadas += 1;
    }
    println!("únicas: {chegadas}");
    Ok(())
}
