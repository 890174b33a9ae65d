//! O cliente faz `connect` antes de perguntar: o núcleo só lhe entrega o que vem do
//! servidor, e para o estranho a porta dele está fechada.
//!
//! `cargo run --example datagramas_estranho_certo`

use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use sockets::datagramas::esvaziar;

const PRAZO: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let [cliente, servidor, estranho] = [abrir()?, abrir()?, abrir()?];
    estranho.connect(cliente.local_addr()?)?;
    let mut buffer = vec![0; 65_536];

    // ANCHOR: perguntar
    cliente.connect(servidor.local_addr()?)?;
    esvaziar(&cliente, &mut buffer)?;
    cliente.send(b"quanto devo?")?;
    println!("cliente:  quanto devo?");
    // ANCHOR_END: perguntar

    estranho.send(b"1000 moedas")?;
    println!("estranho: 1000 moedas");
    match estranho.recv(&mut buffer) {
        Ok(_) => println!("estranho: alguém me respondeu"),
        Err(erro) => println!("estranho: {erro}"),
    }

    let (_, quem) = servidor.recv_from(&mut buffer).context("sem pergunta")?;
    servidor.send_to(b"10 moedas", quem)?;
    println!("servidor: 10 moedas");

    let tamanho = cliente.recv(&mut buffer).context("sem resposta")?;
    let resposta = sockets::visivel(&buffer[..tamanho]);
    println!("o cliente acreditou em: {resposta}");
    Ok(())
}

fn abrir() -> Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(PRAZO))?;
    Ok(socket)
}
