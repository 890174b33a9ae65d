//! Exercício `connect`: ligue para um servidor, com um prazo, e diga o que houve.
//!
//! Em outro terminal, quem atenda: `cargo run --example servidor`. Depois tente sem ele.
//! Rode: `cargo run -p exercicios --bin connect -- 127.0.0.1:50000 1000`
//! Confira: `cargo conferir connect`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let destino = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 3000, 1, 60_000)?);

    // Aqui você conecta e escreve “conectado: AQUI -> LÁ”. Se não der, devolva um erro com
    // a frase certa: “conexão recusada” ou “sem resposta”.
    println!(
        "Pediram {destino} em {prazo:?}, e este programa ainda não liga para ninguém."
    );
    Ok(())
}
