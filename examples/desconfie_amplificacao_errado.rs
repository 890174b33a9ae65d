//! Um servidor UDP que responde 1200 bytes a quem pergunta com 5, seja quem for: um
//! amplificador. Os três personagens estão neste programa, em `127.0.0.1`.
//!
//! `cargo run --example desconfie_amplificacao_errado`

use std::net::UdpSocket;
use std::{io, process::ExitCode, time::Duration};

use anyhow::{Context, Result};

/// A pergunta, e quantas vezes o atacante a faz.
const PERGUNTA: &[u8] = b"LISTA";
const PERGUNTAS: usize = 10;

/// O que a lista ocupa, em bytes.
const LISTA: usize = 1200;

/// Os cabeçalhos que todo datagrama leva: 20 bytes de IPv4 e 8 de UDP.
const CABECALHOS: usize = 28;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let servidor = abrir().context("não foi possível abrir o servidor")?;
    let vitima = abrir().context("não foi possível abrir a vítima")?;
    let endereco = servidor.local_addr()?;
    println!("servidor em {endereco}, vítima em {}", vitima.local_addr()?);
    // ANCHOR: atacar
    let mut mandados = 0;
    for _ in 0..PERGUNTAS {
        // O atacante escreveria o endereço da vítima no lugar do dele. Aqui a
        // vítima lhe empresta o socket: o que chega ao servidor é igual.
        mandados += vitima.send_to(PERGUNTA, endereco)?;
        atender_um(&servidor)?;
    }
    // ANCHOR_END: atacar
    let mut recebidos = 0;
    let mut buffer = vec![0; 65_536];
    for _ in 0..PERGUNTAS {
        recebidos += vitima.recv(&mut buffer)?;
    }
    println!("o atacante mandou {PERGUNTAS} perguntas: {mandados} bytes");
    println!("a vítima recebeu {recebidos} bytes que não pediu");
    println!("fator: {}", fator(recebidos, mandados));
    let todos = PERGUNTAS * CABECALHOS;
    let no_fio = fator(recebidos + todos, mandados + todos);
    println!("fator no fio, com os cabeçalhos: {no_fio}");
    Ok(())
}

fn abrir() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(2)))?;
    Ok(socket)
}

// ANCHOR: atender
fn atender_um(servidor: &UdpSocket) -> io::Result<()> {
    let mut buffer = vec![0; 65_536];
    let (lidos, remetente) = servidor.recv_from(&mut buffer)?;
    if &buffer[..lidos] == PERGUNTA {
        servidor.send_to(&[b'.'; LISTA], remetente)?;
    }
    Ok(())
}
// ANCHOR_END: atender

/// Quantos bytes saem por byte que entra, com uma casa decimal.
fn fator(saem: usize, entram: usize) -> String {
    let decimos = (10 * saem + entram / 2) / entram;
    format!("{},{}", decimos / 10, decimos % 10)
}
