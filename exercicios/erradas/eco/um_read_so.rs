//! Toma cada leitura por uma linha.
//!
//! diagnostico: leitura-nao-e-linha

use std::io::{Read, Write};
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
    let mut buffer = [0; 1024];
    loop {
        let lidos = conexao.read(&mut buffer)?;
        let texto = String::from_utf8_lossy(&buffer[..lidos]);
        let texto = texto.trim_end_matches(['\r', '\n']);
        if lidos == 0 || texto.eq_ignore_ascii_case("off") {
            return Ok(());
        }
        conexao.write_all(format!("{}\n", texto.to_uppercase()).as_bytes())?;
    }
}
