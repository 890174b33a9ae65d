//! Um servidor de eco com uma thread só, que atende dez mil conexões: um laço que
//! pergunta ao sistema quais delas têm algo a fazer.
//!
//! Terminal 1: `cargo run --release --example varias_polling -- [HOST:PORTA] [LIMITE]`
//! Terminal 2: `cargo run --release --example varias_carga`
//!
//! O laço está em `examples/multidao/src/laco.rs`.

use std::process::ExitCode;
use std::thread::Builder;

use anyhow::{Context, Result};
use multidao::descritores;
use multidao::laco::Laco;
use sockets::eco;

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "LIMITE"])?;
    let limite = argumentos.numero(1, 10_000, 1, 1_000_000)?;
    let escuta = eco::escutar(argumentos.endereco()?)?;
    if let Err(faltam) = descritores::garantir(limite + descritores::FOLGA) {
        println!("Atendo quantos couberem: {faltam}.");
    }

    let laco = Laco::novo(escuta, usize::try_from(limite)?)
        .context("não foi possível criar o vigia")?;
    let parada = laco.parada();
    Builder::new().spawn(move || {
        sockets::esperar_enter("parar")?;
        parada.parar().context("não foi possível parar")
    })?;
    let abertas = laco.girar().context("o vigia falhou")?;
    println!("Parei. Conversas que estavam abertas: {abertas}.");
    Ok(())
}
// ANCHOR_END: principal
