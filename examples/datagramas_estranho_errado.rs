//! Quem recebe não olha de quem veio: a primeira resposta é de um estranho, e vale.
//!
//! `cargo run --example datagramas_estranho_errado`

use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let [cliente, servidor, estranho] = [abrir()?, abrir()?, abrir()?];
    let endereco = cliente.local_addr()?;
    let mut buffer = vec![0; 65_536];

    cliente.send_to(b"quanto devo?", servidor.local_addr()?)?;
    println!("cliente:  quanto devo?");

    // O estranho só precisa saber a porta do cliente, e são 65.535 tentativas.
    estranho.send_to(b"1000 moedas", endereco)?;
    println!("estranho: 1000 moedas");

    let (_, quem) = servidor.recv_from(&mut buffer).context("sem pergunta")?;
    servidor.send_to(b"10 moedas", quem)?;
    println!("servidor: 10 moedas");

    // ANCHOR: receber
    let (tamanho, _) =
        cliente.recv_from(&mut buffer).context("sem resposta")?;
    let resposta = sockets::visivel(&buffer[..tamanho]);
    println!("o cliente acreditou em: {resposta}");
    // ANCHOR_END: receber
    Ok(())
}

fn abrir() -> Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(PRAZO))?;
    Ok(socket)
}
