//! Exercício `eco`: um servidor que devolve cada linha em maiúsculas.
//!
//! Rode: `cargo run -p exercicios --bin eco -- 127.0.0.1:50000 2`
//! Confira: `cargo conferir eco`

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use anyhow::{Context, Result};

/// A maior linha que se aceita, com a quebra.
const MAIOR: u64 = 64 * 1024;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS"])?;
    let pedido = argumentos.endereco()?;
    let quantos = argumentos.numero(1, 1, 1, 1000)?;

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    let ganho = escuta
        .local_addr()
        .context("o sistema não disse qual é o endereço")?;
    println!("Escutando em {ganho}");
    for _ in 0..quantos {
        let (conexao, cliente) =
            escuta.accept().context("não foi possível atender")?;
        // O que dá errado com um cliente acaba a conversa com ele, e só ela.
        if let Err(erro) = conversar(&conexao) {
            eprintln!("{cliente}: {erro:#}");
        }
    }
    Ok(())
}

fn conversar(mut conexao: &TcpStream) -> Result<()> {
    // Um leitor para a conversa inteira: o que vier além de uma linha fica nele.
    let mut entrada = BufReader::new(conexao);
    let mut linha = Vec::new();
    loop {
        linha.clear();
        entrada
            .by_ref()
            .take(MAIOR)
            .read_until(b'\n', &mut linha)
            .context("a conexão caiu")?;
        // Sem a quebra, o fluxo acabou (ou a linha não cabe): não é uma linha.
        let Some(bytes) = linha.strip_suffix(b"\n") else {
            return Ok(());
        };
        // Só aqui, com todos os bytes, se fazem letras.
        let texto = String::from_utf8_lossy(bytes);
        let texto = texto.strip_suffix('\r').unwrap_or(&texto);
        if texto.eq_ignore_ascii_case("off") {
            return Ok(());
        }
        conexao
            .write_all((texto.to_uppercase() + "\n").as_bytes())
            .context("não foi possível responder")?;
    }
}
