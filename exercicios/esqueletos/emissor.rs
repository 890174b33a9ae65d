//! Exercício `emissor`: repita cada mensagem até que o outro lado a confirme.
//!
//! Em outro terminal, quem confirme: o seu `recebedor`, na mesma porta.
//! Rode: `cargo run -p exercicios --bin emissor -- 127.0.0.1:50003 200 10`
//! Confira: `cargo conferir emissor`

use std::io::{self, BufRead};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

const DADO: u8 = b'D';
const FIM: u8 = b'F';

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&[
        "HOST:PORTA",
        "MILISSEGUNDOS",
        "TENTATIVAS",
    ])?;
    let destino = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 200, 1, 60_000)?);
    let tentativas = argumentos.numero(2, 10, 1, 1000)?;
    let socket =
        UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context("não há socket")?;

    // Cada mensagem é `D`, 4 bytes de número e o texto; a última, `F` e 4 bytes. Aqui elas
    // só são mandadas: falta esperar por `C` e o número seguinte, e repetir.
    let mut numero: u32 = 0;
    for linha in io::stdin().lock().split(b'\n') {
        let texto = linha?;
        let datagrama = [&[DADO], &numero.to_be_bytes()[..], &texto].concat();
        socket.send_to(&datagrama, destino)?;
        numero += 1;
    }
    let fim = [&[FIM], &numero.to_be_bytes()[..]].concat();
    socket.send_to(&fim, destino)?;
    println!(
        "Mandadas {numero} mensagens, sem olhar {prazo:?} nem {tentativas}."
    );
    Ok(())
}
