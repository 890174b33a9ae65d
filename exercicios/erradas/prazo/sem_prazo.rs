//! Não dá prazo nenhum: um cliente calado para o servidor.
//!
//! diagnostico: sem-prazo

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 600_000)?);
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, _) = escuta.accept()?;
        if let Err(erro) = conversar(&conexao, prazo) {
            eprintln!("{erro}");
        }
    }
}

fn conversar(mut conexao: &TcpStream, _prazo: Duration) -> Result<()> {
    let mut entrada = BufReader::new(conexao);
    let mut linha = Vec::new();
    while entrada.read_until(b'\n', &mut linha)? > 0 {
        conexao.write_all(b"ok\n")?;
        linha.clear();
    }
    Ok(())
}
