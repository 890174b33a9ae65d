//! Recado escrito não é recado entregue: a primeira escrita passa, a segunda não.
//!
//! O servidor lê um recado e morre. O cliente, que só olha o resultado do
//! `write`, continua a mandar os dele e conta os entregues:
//!
//! `cargo run --example encerrar_recado_errado`

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// Quanto se espera, no máximo, pelo RST. No Linux ele volta muito antes.
const PRAZO: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut cliente = TcpStream::connect(escuta.local_addr()?)?;
    let (mut servidor, _) = escuta.accept()?;

    let mut entregues = 0;
    entregues += mandar(&cliente, "recado 1");
    let lidos = servidor.read(&mut [0; 100])?;
    println!("servidor: li {lidos} bytes; agora o processo morre");
    drop(servidor);
    entregues += mandar(&cliente, "recado 2");
    esperar_o_rst(&cliente);
    entregues += mandar(&cliente, "recado 3");
    println!("cliente:  read → {}", dizer(&cliente.read(&mut [0; 100])));
    println!("O cliente conta {entregues} entregues; o servidor leu 1.");
    Ok(())
}

/// Manda o recado e devolve quantos foram entregues, se o `write` não mente.
fn mandar(mut cliente: &TcpStream, recado: &str) -> usize {
    let escrita = cliente.write(recado.as_bytes());
    println!("cliente:  write {recado:?} → {}", dizer(&escrita));
    usize::from(escrita.is_ok())
}
// ANCHOR_END: principal

/// Faz o papel do acaso: só segue quando o RST já voltou. Depois dele a conexão não
/// existe, e o sistema deixa de dizer quem é o outro lado (getpeername(2)).
fn esperar_o_rst(cliente: &TcpStream) {
    let comeco = Instant::now();
    while cliente.peer_addr().is_ok() && comeco.elapsed() < PRAZO {
        thread::yield_now();
    }
}

fn dizer(resultado: &io::Result<usize>) -> String {
    match resultado {
        Ok(n) => format!("Ok({n})"),
        Err(erro) => format!("Err({erro})"),
    }
}
