//! Provoca, de verdade, cada erro do atlas.
//!
//! Sem argumento, a lista deles: `cargo run --example atlas`
//!
//! Com o nome de um, a chamada que o dá, a mensagem do sistema, o código e o
//! `ErrorKind`: `cargo run --example atlas -- eaddrinuse`

mod abrir;
mod conversar;
mod datagramas;
mod ligar;
mod nomes;
mod par;
mod std_e_panicos;

use std::io;
use std::process::ExitCode;

use anyhow::{Error, Result};

/// Um erro do atlas.
#[derive(Clone, Copy)]
struct Erro {
    /// O nome, que é também a âncora da entrada no livro.
    nome: &'static str,
    /// A chamada que o dá, e em que situação.
    chamada: &'static str,
    provocar: fn() -> Tentativa,
}

/// O erro que se queria; ou, se não houve erro nenhum, por quê.
type Tentativa = Result<&'static str>;

impl Erro {
    const fn novo(
        nome: &'static str,
        chamada: &'static str,
        provocar: fn() -> Tentativa,
    ) -> Self {
        Self {
            nome,
            chamada,
            provocar,
        }
    }
}

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["ERRO"])?;
    let Some(pedido) = argumentos.texto(0) else {
        for erro in erros() {
            println!("{:22} {}", erro.nome, erro.chamada);
        }
        return Ok(());
    };
    let pedido = pedido.to_lowercase();
    let Some(erro) = erros().find(|erro| erro.nome == pedido) else {
        Err(argumentos.erro("não conheço esse erro; sem argumento, a lista"))?
    };
    println!("chamada:   {}", erro.chamada);
    match (erro.provocar)() {
        Ok(motivo) => println!("sem erro:  {motivo}"),
        Err(causa) => mostrar(&causa),
    }
    Ok(())
}

fn mostrar(causa: &Error) {
    println!("mensagem:  {causa}");
    let Some(causa) = causa.downcast_ref::<io::Error>() else {
        println!("tipo:      não é um io::Error");
        return;
    };
    match causa.raw_os_error() {
        Some(codigo) => println!("código:    {codigo}"),
        None => println!("código:    nenhum; quem fez o erro foi a std"),
    }
    println!("ErrorKind: {:?}", causa.kind());
}
// ANCHOR_END: principal

fn erros() -> impl Iterator<Item = Erro> {
    [
        abrir::ERROS,
        ligar::ERROS,
        conversar::ERROS,
        datagramas::ERROS,
        nomes::ERROS,
        std_e_panicos::ERROS,
    ]
    .into_iter()
    .flatten()
    .copied()
}
