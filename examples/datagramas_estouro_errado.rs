//! Quem manda não espera por quem recebe: o buffer de recepção transborda dentro deste
//! computador, e no Linux o núcleo diz quantos datagramas jogou fora.
//!
//! `cargo run --example datagramas_estouro_errado`

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;

use anyhow::{Context, Result};

const CARTAS: u32 = 2000;
/// Em bytes.
const TAMANHO: usize = 512;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let cliente = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    cliente.connect(servidor.local_addr()?)?;
    servidor.connect(cliente.local_addr()?)?;

    for _ in 0..CARTAS {
        cliente.send(&[b'x'; TAMANHO]).context("o send falhou")?;
    }
    println!("mandei {CARTAS} cartas; nenhum send falhou");
    let recebidas = ler_o_que_ha(&servidor)?;
    println!("recebi {recebidas}");

    match descartadas(&servidor).context("o núcleo não disse")? {
        Some(numero) => {
            println!("o núcleo jogou fora {numero}, neste socket");
            println!("{recebidas} + {numero} = {}", recebidas + numero);
        }
        None => println!("(só o Linux conta as perdas de cada socket)"),
    }
    Ok(())
}

fn ler_o_que_ha(servidor: &UdpSocket) -> io::Result<u32> {
    // Com a fila vazia, o `recv` volta na hora, com `WouldBlock`.
    servidor.set_nonblocking(true)?;
    let mut buffer = [0; TAMANHO];
    let mut lidas = 0;
    loop {
        match servidor.recv(&mut buffer) {
            Ok(_) => lidas += 1,
            Err(erro) if erro.kind() == ErrorKind::WouldBlock => break,
            Err(erro) => return Err(erro),
        }
    }
    Ok(lidas)
}

// ANCHOR: descartadas
/// A coluna `drops` de `/proc/net/udp`, na linha deste socket: o que chegou e não
/// coube no buffer de recepção.
#[cfg(target_os = "linux")]
fn descartadas(servidor: &UdpSocket) -> Result<Option<u32>> {
    use std::net::SocketAddr;
    let SocketAddr::V4(aqui) = servidor.local_addr()? else {
        return Ok(None);
    };
    // O IP está ali como o processador o guarda; a porta, ao contrário.
    let ip = u32::from_ne_bytes(aqui.ip().octets());
    let meu = format!("{ip:08X}:{:04X}", aqui.port());
    let tabela = std::fs::read_to_string("/proc/net/udp")?;
    for linha in tabela.lines() {
        let campos: Vec<&str> = linha.split_whitespace().collect();
        if campos.get(1) == Some(&meu.as_str()) {
            return Ok(campos.last().and_then(|drops| drops.parse().ok()));
        }
    }
    Ok(None)
}
// ANCHOR_END: descartadas

#[cfg(not(target_os = "linux"))]
fn descartadas(_: &UdpSocket) -> Result<Option<u32>> {
    Ok(None)
}
