//! Usa `lines`, que devolve como linha também o pedaço que o fim do fluxo cortou.
//!
//! diagnostico: meia-linha

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS"])?;
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    for _ in 0..argumentos.numero(1, 1, 1, 1000)? {
        let (conexao, _) = escuta.accept()?;
        if let Err(erro) = conversar(&conexao) {
            eprintln!("{erro}");
        }
    }
    Ok(())
}

fn conversar(mut conexao: &TcpStream) -> Result<()> {
    for linha in BufReader::new(conexao).lines() {
        let linha = linha?;
        if linha.eq_ignore_ascii_case("off") {
            return Ok(());
        }
        conexao.write_all(format!("{}\n", linha.to_uppercase()).as_bytes())?;
    }
    Ok(())
}
