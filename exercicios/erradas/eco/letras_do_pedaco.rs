//! Faz letras de cada pedaço, antes de ter a linha inteira.
//!
//! diagnostico: letra-cortada

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
    let mut texto = String::new();
    let mut buffer = [0; 1024];
    loop {
        let lidos = conexao.read(&mut buffer)?;
        if lidos == 0 {
            return Ok(());
        }
        texto += &String::from_utf8_lossy(&buffer[..lidos]);
        while let Some((linha, resto)) = texto.split_once('\n') {
            let linha = linha.trim_end_matches(['\r', '\n']);
            if linha.eq_ignore_ascii_case("off") {
                return Ok(());
            }
            conexao.write_all(format!("{}\n", linha.to_uppercase()).as_bytes())?;
            texto = resto.to_string();
        }
    }
}
