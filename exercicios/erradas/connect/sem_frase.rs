//! Deixa o erro sair como o sistema o deu.
//!
//! diagnostico: mesma-frase

use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let destino = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 3000, 1, 60_000)?);

    let conexao = TcpStream::connect_timeout(&destino, prazo)?;
    let (aqui, la) = (conexao.local_addr()?, conexao.peer_addr()?);
    println!("conectado: {aqui} -> {la}");
    Ok(())
}
