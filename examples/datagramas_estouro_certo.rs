//! Quem manda espera: a cada lote, quem recebe diz até onde leu, e só então vai o
//! seguinte. Nada transborda, por mais devagar que se leia.
//!
//! `cargo run --example datagramas_estouro_certo`
//! ou, com 1 ms de trabalho por carta:
//! `cargo run --example datagramas_estouro_certo -- 1`

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

const CARTAS: u32 = 2000;
/// Em bytes.
const TAMANHO: usize = 512;

/// Quantas cartas vão sem resposta. 40 de 512 bytes cabem, com folga, no buffer
/// de recepção de qualquer sistema.
const LOTE: u32 = 40;

/// Uma confirmação ou uma carta que não vem até aqui se perdeu.
const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["TRABALHO_MS"])?;
    let trabalho = Duration::from_millis(argumentos.numero(0, 0, 0, 40)?);
    let servidor = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let cliente = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    cliente.connect(servidor.local_addr()?)?;
    servidor.connect(cliente.local_addr()?)?;
    cliente.set_read_timeout(Some(PRAZO))?;
    servidor.set_read_timeout(Some(PRAZO))?;

    let receptor = thread::spawn(move || receber(&servidor, trabalho));
    mandar(&cliente).context("o outro lado não confirmou")?;
    println!("mandei {CARTAS} cartas, {LOTE} de cada vez");
    let recebidas = receptor
        .join()
        .map_err(|_| anyhow!("quem recebia parou no meio"))?
        .context("não foi possível receber")?;
    println!("recebi {recebidas}");
    Ok(())
}

// ANCHOR: mandar
fn mandar(cliente: &UdpSocket) -> io::Result<()> {
    let mut mandadas = 0;
    while mandadas < CARTAS {
        for _ in 0..LOTE {
            cliente.send(&[b'x'; TAMANHO])?;
        }
        mandadas += LOTE;
        let mut lidas = [0; 4];
        while u32::from_be_bytes(lidas) != mandadas {
            cliente.recv(&mut lidas)?; // até aqui quem recebe já leu
        }
    }
    Ok(())
}

fn receber(servidor: &UdpSocket, trabalho: Duration) -> io::Result<u32> {
    let mut buffer = [0; TAMANHO];
    let mut lidas: u32 = 0;
    while lidas < CARTAS {
        servidor.recv(&mut buffer)?;
        thread::sleep(trabalho); // o que se faz com cada carta
        lidas += 1;
        if lidas.is_multiple_of(LOTE) {
            servidor.send(&lidas.to_be_bytes())?;
        }
    }
    Ok(lidas)
}
// ANCHOR_END: mandar
