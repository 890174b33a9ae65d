//! Dá um endereço a um socket e fica com ele até você teclar Enter.
//!
//! Terminal 1: `cargo run --example bind`
//!
//! Terminal 2, enquanto o primeiro espera: o mesmo comando, que falha. Troque
//! o endereço para ver outras respostas: `-- 127.0.0.1:0`, `-- 0.0.0.0:50001`.
//! Com `reusar` depois do endereço, liga `SO_REUSEADDR` antes do bind.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "reusar"])?;
    let endereco = argumentos.endereco()?;

    let socket = criar_socket(endereco)?;
    match argumentos.texto(1) {
        None => {}
        Some("reusar") => permitir_reuso(&socket)?,
        Some(_) => Err(argumentos.erro("o segundo argumento é reusar"))?,
    }
    println!("Antes do bind: {}", endereco_local(&socket));
    associar(&socket, endereco)?;
    println!("Depois do bind: {}", endereco_local(&socket));
    sockets::esperar_enter("soltar a porta")
}
// ANCHOR_END: principal

fn criar_socket(endereco: SocketAddr) -> Result<Socket> {
    // A família do socket tem de ser a do endereço: IPv4 ou IPv6.
    Socket::new(Domain::for_address(endereco), Type::STREAM, None)
        .context("não foi possível criar o socket")
}

// ANCHOR: associar
fn associar(socket: &Socket, endereco: SocketAddr) -> Result<()> {
    // Chamada de sistema: bind(2).
    socket
        .bind(&endereco.into())
        .with_context(|| format!("não foi possível usar {endereco}"))
}
// ANCHOR_END: associar

// ANCHOR: local
fn endereco_local(socket: &Socket) -> String {
    // Chamada de sistema: getsockname(2). Sem endereço, o Linux responde
    // com a porta 0 e o Windows com um erro.
    match socket.local_addr().ok().and_then(|local| local.as_socket()) {
        Some(local) if local.port() != 0 => local.to_string(),
        _ => "nenhum endereço".to_string(),
    }
}
// ANCHOR_END: local

// ANCHOR: reusar
#[cfg(not(windows))]
fn permitir_reuso(socket: &Socket) -> Result<()> {
    // Chamada de sistema: setsockopt(2), sempre antes do bind.
    socket
        .set_reuse_address(true)
        .context("não foi possível ligar SO_REUSEADDR")
}

#[cfg(windows)]
fn permitir_reuso(_: &Socket) -> Result<()> {
    anyhow::bail!("no Windows, reusar deixaria outro programa tomar a porta")
}
// ANCHOR_END: reusar
