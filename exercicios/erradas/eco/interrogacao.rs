//! Um `?` leva o erro de um cliente até o fim do programa.
//!
//! diagnostico: cai-com-o-cliente

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
        conversar(&conexao)?;
    }
    Ok(())
}

fn conversar(mut conexao: &TcpStream) -> Result<()> {
    let mut entrada = BufReader::new(conexao);
    loop {
        let mut linha = Vec::new();
        entrada.read_until(b'\n', &mut linha)?;
        if !linha.ends_with(b"\n") {
            return Ok(());
        }
        let texto = String::from_utf8_lossy(&linha);
        let texto = texto.trim_end_matches(['\r', '\n']);
        if texto.eq_ignore_ascii_case("off") {
            return Ok(());
        }
        conexao.write_all(format!("{}\n", texto.to_uppercase()).as_bytes())?;
    }
}
