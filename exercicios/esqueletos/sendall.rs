//! Exercício `sendall`: mande tudo que vem da entrada padrão, byte por byte.
//!
//! Em outro terminal, quem receba: `cargo run --example sendall -- 127.0.0.1:50000 receber`
//! Rode: `cargo run -p exercicios --bin sendall -- 127.0.0.1:50000 < ARQUIVO`
//! (no PowerShell, `cmd /c "cargo run -p exercicios --bin sendall -- 127.0.0.1:50000 < ARQUIVO"`)
//! Confira: `cargo conferir sendall`

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut dados = Vec::new();
    std::io::stdin()
        .read_to_end(&mut dados)
        .context("não foi possível ler a entrada")?;
    let conexao = TcpStream::connect(destino)
        .with_context(|| format!("não foi possível conectar a {destino}"))?;

    // Aqui você manda os dados, todos, e diz quantos foram: “mandei 15 bytes”.
    println!(
        "Há {} bytes para {}, e este programa ainda não os manda.",
        dados.len(),
        conexao.peer_addr()?
    );
    Ok(())
}
