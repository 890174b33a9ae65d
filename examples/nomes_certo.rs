//! O nome tem dois endereços, e este cliente tenta um depois do outro.
//!
//! `cargo run --example nomes_certo`; o defeito está em `nomes_errado`.
//!
//! As respostas para `localhost` são as de um sistema que põe o IPv6 na frente.
//! As do seu, `nomes_ligar` mostra.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};

const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let servidor = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("não foi possível escutar")?;
    let atende = servidor.local_addr()?;
    println!("O servidor atende em {atende}.");

    let respostas = respostas_para_localhost(atende.port());
    let conexao = conectar(&respostas)?;
    println!("Conectado a {}", conexao.peer_addr()?);
    Ok(())
}
// ANCHOR_END: principal

fn respostas_para_localhost(porta: u16) -> [SocketAddr; 2] {
    let respostas = [
        SocketAddr::from((Ipv6Addr::LOCALHOST, porta)),
        SocketAddr::from((Ipv4Addr::LOCALHOST, porta)),
    ];
    println!("localhost é {} e {}.", respostas[0], respostas[1]);
    respostas
}

// ANCHOR: conectar
fn conectar(respostas: &[SocketAddr]) -> Result<TcpStream> {
    for endereco in respostas {
        match TcpStream::connect_timeout(endereco, PRAZO) {
            Ok(conexao) => return Ok(conexao),
            Err(erro) => println!("{endereco} não serviu: {erro}"),
        }
    }
    bail!("nenhum dos endereços atendeu")
}
// ANCHOR_END: conectar
