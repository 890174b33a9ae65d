//! De um nome a uma conexão: pergunta com prazo, poucas respostas, e todas
//! tentadas sem que uma custe o tempo das outras.
//!
//! Terminal 1: `cargo run --example servidor`
//! Terminal 2: `cargo run --example nomes_ligar -- localhost:50000`
//!
//! Vale qualquer nome e qualquer porta TCP: `-- example.com:80`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sockets::nomes::{self, Prazos};

/// Para descobrir os endereços. Só o sistema esperaria muito mais.
const PRAZO_DO_NOME: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["NOME:PORTA"])?;
    let nome = argumentos.texto(0).unwrap_or("localhost:50000");

    let respostas = nomes::resolver(nome, PRAZO_DO_NOME)
        .with_context(|| format!("não sei que endereços tem {nome:?}"))?;
    println!("Endereços: {}", em_uma_linha(&respostas));

    let inicio = Instant::now();
    let conexao = nomes::conectar(&respostas, &Prazos::default())?;
    let demora = inicio.elapsed().as_millis();
    println!("Conectado a {} em {demora} ms", conexao.peer_addr()?);
    Ok(())
}
// ANCHOR_END: principal

fn em_uma_linha(enderecos: &[SocketAddr]) -> String {
    let textos: Vec<String> =
        enderecos.iter().map(ToString::to_string).collect();
    textos.join(", ")
}
