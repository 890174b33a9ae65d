//! Exercício `ping`: meça a ida e volta de cada sonda, sem tomar uma pela outra.
//!
//! Em outro terminal, quem responda a dez sondas:
//! `python3 -c "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 50003)); [s.sendto(*s.recvfrom(99)) for _ in range(10)]"`
//! Rode: `cargo run -p exercicios --bin ping -- 127.0.0.1:50003 10 500`
//! Confira: `cargo conferir ping`

use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS", "MILISSEGUNDOS"])?;
    let destino = argumentos.destino()?;
    let quantos = u32::try_from(argumentos.numero(1, 10, 1, 1000)?)?;
    let prazo = Duration::from_millis(argumentos.numero(2, 500, 1, 60_000)?);
    let socket =
        UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context("não há socket")?;
    socket.set_read_timeout(Some(prazo))?;

    // Aqui você manda as sondas 1 a QUANTOS, mede cada uma e faz o resumo. Por enquanto só
    // vai a primeira.
    let saida = Instant::now();
    socket.send_to(&1_u32.to_be_bytes(), destino)?;
    let mut buffer = [0; 64];
    match socket.recv_from(&mut buffer) {
        Ok(_) => println!(
            "sonda 1: {:.1} ms",
            saida.elapsed().as_secs_f64() * 1000.0
        ),
        Err(_) => println!("sonda 1: sem resposta"),
    }
    println!("respondidas: 1");
    println!("sem resposta: {}", quantos - 1);
    println!("atrasadas: 0");
    Ok(())
}
