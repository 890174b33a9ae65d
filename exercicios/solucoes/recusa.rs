//! Exercício `recusa`: recuse cada cliente com uma frase que chega sempre.
//!
//! Rode: `cargo run -p exercicios --bin recusa -- 127.0.0.1:50000 2000`
//! Confira: `cargo conferir recusa`

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let pedido = argumentos.endereco()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 2000, 1, 600_000)?);

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, cliente) =
            escuta.accept().context("não foi possível atender")?;
        if let Err(erro) = recusar(&conexao, Instant::now() + prazo) {
            eprintln!("{cliente}: {erro}");
        }
    }
}

fn recusar(mut conexao: &TcpStream, ate: Instant) -> io::Result<()> {
    conexao.write_all(b"recusado: em obras\n")?;
    // O fim vai logo atrás da frase; a leitura continua aberta.
    conexao.shutdown(Shutdown::Write)?;
    // Fechar com bytes por ler mandaria um RST, que pode apagar a frase no caminho:
    // lê-se e joga-se fora o que vier, até o cliente fechar ou a hora chegar.
    let mut lixo = [0; 16 * 1024];
    loop {
        let falta = ate.saturating_duration_since(Instant::now());
        if falta.is_zero() {
            return Ok(());
        }
        // Acabada nos dois sentidos, o macOS já não muda o prazo; e a leitura não espera.
        let _ = conexao.set_read_timeout(Some(falta));
        match conexao.read(&mut lixo) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(erro) if espera(erro.kind()) => {}
            Err(erro) => return Err(erro),
        }
    }
}

/// Se a leitura acabou sem dados e sem erro: o relógio diz o que fazer.
fn espera(erro: ErrorKind) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(erro, WouldBlock | TimedOut | Interrupted)
}
