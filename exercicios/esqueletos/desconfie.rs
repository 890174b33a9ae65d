//! Exercício `desconfie`: receba o texto de um desconhecido, com um máximo de bytes e um
//! prazo total, e mostre-o sem que o terminal obedeça a nada que venha nele.
//!
//! Em outro terminal, quem mande:
//! `python3 -c "import socket; s = socket.create_server(('127.0.0.1', 50000)); s.accept()[0].sendall(b'oi\x1b[2J\n')"`
//! Rode: `cargo run -p exercicios --bin desconfie -- 127.0.0.1:50000 5000`
//! Confira: `cargo conferir desconfie`

use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Quantos bytes se aceitam ao todo.
const MAXIMO: usize = 4096;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let servidor = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 60_000)?);

    let ate = Instant::now() + prazo;
    let conexao = TcpStream::connect_timeout(&servidor, prazo)
        .with_context(|| format!("não foi possível conectar a {servidor}"))?;
    let bytes = receber(&conexao, ate)?;
    println!("{}", inofensivo(&bytes));
    Ok(())
}

fn receber(conexao: &TcpStream, ate: Instant) -> Result<Vec<u8>> {
    // Aqui você lê até o fim do fluxo, se couber no máximo e vier até a hora `ate`.
    let falta = ate.saturating_duration_since(Instant::now());
    eprintln!("{} tem {falta:?} e {MAXIMO} bytes.", conexao.peer_addr()?);
    Ok(Vec::new())
}

fn inofensivo(bytes: &[u8]) -> String {
    // Aqui você troca por `<1b>`, `<0d>`, `<202e>`… o que não pode ir ao terminal.
    String::from_utf8_lossy(bytes).into_owned()
}
