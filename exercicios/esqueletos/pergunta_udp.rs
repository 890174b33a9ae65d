//! Exercício `pergunta_udp`: pergunte por UDP, espere com prazo e repita enquanto não
//! houver resposta, até um número de tentativas.
//!
//! Em outro terminal, quem responda: `cargo run --example servidor_udp`
//! Rode: `cargo run -p exercicios --bin pergunta_udp -- 127.0.0.1:50000 500 4 oi`
//! Confira: `cargo conferir pergunta_udp`

use std::net::UdpSocket;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["HOST:PORTA", "MILISSEGUNDOS", "TENTATIVAS", "PERGUNTA"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let servidor = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 500, 1, 60_000)?);
    let tentativas = argumentos.numero(2, 4, 1, 100)?;
    let pergunta = argumentos.texto(3).unwrap_or("oi");

    let socket = UdpSocket::bind("0.0.0.0:0")
        .context("não foi possível criar o socket")?;
    // Aqui você manda a pergunta, espera a resposta com prazo, e repete se ela não vem.
    println!(
        "{pergunta:?}, para {servidor}: {tentativas} vezes, {prazo:?} cada."
    );
    println!("O socket está em {}.", socket.local_addr()?);
    Ok(())
}
