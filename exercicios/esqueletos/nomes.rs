//! Exercício `nomes`: conecte ao primeiro endereço que atender, de todos os que os nomes
//! têm, e diga qual foi.
//!
//! Em outro terminal, quem atenda: `cargo run --example servidor -- 127.0.0.1:50001`
//! Rode: `cargo run -p exercicios --bin nomes -- 1000 localhost:50000 127.0.0.1:50001`
//! Confira: `cargo conferir nomes`

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

/// Quantos nomes se aceitam.
const NOMES: usize = 8;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let mut uso = vec!["MILISSEGUNDOS"];
    uso.extend(["NOME:PORTA"; NOMES]);
    let argumentos = sockets::Argumentos::ler(&uso)?;
    let prazo = Duration::from_millis(argumentos.numero(0, 1000, 1, 60_000)?);

    for nome in (1..=NOMES).map_while(|i| argumentos.texto(i)) {
        // Aqui você descobre os endereços do nome e tenta cada um, até um atender.
        println!("Falta conectar a {nome:?}, em até {prazo:?}.");
    }
    Ok(())
}
