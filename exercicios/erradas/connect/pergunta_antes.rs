//! Pergunta o endereço deste lado antes de haver um.
//!
//! diagnostico: pontas-erradas

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let destino = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 3000, 1, 60_000)?);
    let socket = Socket::new(Domain::for_address(destino), Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([0, 0, 0, 0], 0)).into())?;
    let aqui = socket.local_addr()?.as_socket().context("sem IP")?;
    match socket.connect_timeout(&destino.into(), prazo) {
        Ok(()) => println!("conectado: {aqui} -> {destino}"),
        Err(erro) if erro.kind() == ErrorKind::TimedOut => bail!("sem resposta"),
        Err(_) => bail!("conexão recusada"),
    }
    Ok(())
}
