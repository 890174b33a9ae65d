//! Exercício `connect`: ligue para um servidor, com um prazo, e diga o que houve.
//!
//! Rode: `cargo run -p exercicios --bin connect -- 127.0.0.1:50000 1000`
//! Confira: `cargo conferir connect`

use std::io::ErrorKind;
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let destino = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 3000, 1, 60_000)?);

    let conexao =
        TcpStream::connect_timeout(&destino, prazo).map_err(|erro| {
            // O núcleo de lá respondeu que não, ou ninguém respondeu nada.
            let frase = match erro.kind() {
                ErrorKind::ConnectionRefused => "conexão recusada",
                ErrorKind::TimedOut => "sem resposta",
                _ => "não foi possível conectar",
            };
            anyhow::Error::new(erro).context(format!("{frase} em {destino}"))
        })?;

    // Antes do connect este lado não tinha endereço: pergunta-se depois.
    let aqui = conexao.local_addr().context("a conexão já caiu")?;
    let la = conexao.peer_addr().context("a conexão já caiu")?;
    println!("conectado: {aqui} -> {la}");
    Ok(())
}
