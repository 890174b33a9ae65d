//! Exercício `recebedor`: escreva cada mensagem uma vez e na ordem, venham os datagramas
//! como vierem.
//!
//! Rode: `cargo run -p exercicios --bin recebedor -- 127.0.0.1:50003 5000`
//! Confira: `cargo conferir recebedor`

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
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 60_000)?);

    let socket = UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))?;
    socket.set_read_timeout(Some(prazo))?;
    println!("Recebendo em {}", socket.local_addr()?);

    // Aqui você recebe os DADO (`D`, 4 bytes de número e o texto) e o FIM (`F` e 4 bytes),
    // escreve cada texto uma vez e na ordem, e responde a cada um com um CONFIRMA (`C` e
    // 4 bytes: o próximo número que espera). Por enquanto, só o primeiro é escrito.
    let mut buffer = vec![0; 65_536];
    let (tamanho, _) = socket.recv_from(&mut buffer)?;
    let texto = buffer[..tamanho].get(5..).unwrap_or_default();
    println!("{}", sockets::visivel(texto));
    Ok(())
}
