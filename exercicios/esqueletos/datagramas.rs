//! Exercício `datagramas`: conte os cartões que chegaram, faltaram, vieram em dobro, vieram
//! fora de ordem e eram compridos demais.
//!
//! Rode: `cargo run -p exercicios --bin datagramas -- 127.0.0.1:0 12 5000`
//! Confira: `cargo conferir datagramas`

use std::net::UdpSocket;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS", "MILISSEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let quantos = u32::try_from(argumentos.numero(1, 12, 1, 1000)?)?;
    let prazo = Duration::from_millis(argumentos.numero(2, 5000, 1, 60_000)?);

    let socket = UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))?;
    println!("Recebendo em {}", socket.local_addr()?);

    // Aqui você recebe os cartões, até o de número 0 ou até a hora marcada, e escreve
    // as cinco contas. Por enquanto ele só conta o primeiro que chegar.
    socket.set_read_timeout(Some(prazo))?;
    let mut buffer = vec![0; 65_536];
    let chegaram = u32::from(socket.recv_from(&mut buffer).is_ok());
    println!("diferentes: {chegaram}");
    println!("perdidos: {}", quantos - chegaram);
    println!("repetidos: 0");
    println!("fora de ordem: 0");
    println!("compridos: 0");
    Ok(())
}
