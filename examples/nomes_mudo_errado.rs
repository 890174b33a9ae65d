//! O primeiro endereço do nome não responde, e gasta o prazo de todos.
//!
//! `cargo run --example nomes_mudo_errado`; o conserto está em
//! `nomes_mudo_certo`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sockets::nomes::Mudo;

/// Para ter uma conexão, com qualquer um dos endereços.
const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let mudo = Mudo::novo().context("não foi possível calar um endereço")?;
    let servidor = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("não foi possível escutar")?;
    let respostas = [mudo.endereco(), servidor.local_addr()?];
    println!("Dois endereços: {} e {}.", respostas[0], respostas[1]);

    let conexao = conectar(&respostas)?;
    println!("Conectado a {}", conexao.peer_addr()?);
    Ok(())
}

// ANCHOR: conectar
fn conectar(respostas: &[SocketAddr]) -> Result<TcpStream> {
    let limite = Instant::now() + PRAZO;
    for endereco in respostas {
        let resta = limite.saturating_duration_since(Instant::now());
        if resta.is_zero() {
            bail!("o prazo de {PRAZO:?} acabou antes da vez de {endereco}");
        }
        match TcpStream::connect_timeout(endereco, resta) {
            Ok(conexao) => return Ok(conexao),
            Err(erro) => println!("{endereco} não serviu: {erro}"),
        }
    }
    bail!("nenhum dos endereços atendeu")
}
// ANCHOR_END: conectar
