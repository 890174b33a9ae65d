//! Exercício `recv`: receba tudo que o outro lado manda, até o fim do fluxo.
//!
//! Em outro terminal, quem mande:
//! `python3 -c "import socket; s = socket.create_server(('127.0.0.1', 50000)); s.accept()[0].sendall('olá, coração'.encode())"`
//! Rode: `cargo run -p exercicios --bin recv -- 127.0.0.1:50000`
//! Confira: `cargo conferir recv`

use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(destino)
        .with_context(|| format!("não foi possível conectar a {destino}"))?;

    // Aqui você lê até o fim do fluxo e escreve o texto inteiro, em uma linha, e na
    // seguinte quantos bytes vieram: “12 bytes”.
    println!(
        "Conectado a {}, e este programa ainda não lê.",
        conexao.peer_addr()?
    );
    Ok(())
}
