//! Exercício `impasse`: mande a entrada inteira, megabytes que seja, a um servidor de eco,
//! e escreva na saída o que ele devolve.
//!
//! Em outro terminal, um eco: `cargo run --example varias_threads -- 127.0.0.1:50000`
//! Rode: `cargo run -p exercicios --bin impasse -- 127.0.0.1:50000 < ARQUIVO > COPIA`
//! (no PowerShell, `cmd /c "…"`, com o comando entre as aspas)
//! Confira: `cargo conferir impasse`

use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(servidor)
        .with_context(|| format!("não foi possível conectar a {servidor}"))?;
    // Aqui você manda o que vem da entrada e escreve o que volta, sem que um espere o outro.
    eprintln!("Conectado de {}.", conexao.local_addr()?);
    Ok(())
}
