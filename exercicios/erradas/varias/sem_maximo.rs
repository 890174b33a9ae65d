//! Uma thread por cliente, sem máximo.
//!
//! diagnostico: sem-maximo

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MAXIMO"])?;
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, _) = escuta.accept()?;
        thread::spawn(move || io::copy(&mut &conexao, &mut &conexao));
    }
}
