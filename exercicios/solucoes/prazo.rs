//! Exercício `prazo`: um servidor que dá a cada mensagem inteira uma hora marcada.
//!
//! Rode: `cargo run -p exercicios --bin prazo -- 127.0.0.1:50000 5000`
//! Confira: `cargo conferir prazo`

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// O máximo que se guarda de uma linha.
const MAIOR: usize = 64 * 1024;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let pedido = argumentos.endereco()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 600_000)?);

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, cliente) =
            escuta.accept().context("não foi possível atender")?;
        if let Err(erro) = conversar(&conexao, prazo) {
            eprintln!("{cliente}: {erro:#}");
        }
    }
}

fn conversar(mut conexao: &TcpStream, prazo: Duration) -> Result<()> {
    // Quem não lê as respostas também não segura o servidor.
    conexao.set_write_timeout(Some(prazo))?;
    let mut chegou = Vec::new();
    let mut pedaco = [0; 1024];
    let mut ate = Instant::now() + prazo;
    loop {
        while let Some(fim) = chegou.iter().position(|byte| *byte == b'\n') {
            chegou.drain(..=fim);
            conexao.write_all(b"ok\n")?;
            // Uma mensagem acabou: a hora da seguinte se marca agora.
            ate = Instant::now() + prazo;
        }
        ensure!(chegou.len() < MAIOR, "linha grande demais");
        let falta = ate.saturating_duration_since(Instant::now());
        if falta.is_zero() {
            conexao.write_all(b"tempo esgotado\n")?;
            return Ok(());
        }
        // O prazo é da chamada; só o que falta é o que o torna da mensagem.
        conexao.set_read_timeout(Some(falta))?;
        match conexao.read(&mut pedaco) {
            Ok(0) => return Ok(()),
            Ok(lidos) => chegou.extend_from_slice(&pedaco[..lidos]),
            Err(erro) if espera(erro.kind()) => {}
            Err(erro) => return Err(erro.into()),
        }
    }
}

/// Se a leitura acabou sem dados e sem erro: o relógio diz o que fazer.
fn espera(erro: ErrorKind) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(erro, WouldBlock | TimedOut | Interrupted)
}
