//! Toma os milissegundos por segundos.
//!
//! diagnostico: sem-prazo
//! sistema: linux

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
    let prazo = Duration::from_secs(argumentos.numero(1, 3000, 1, 60_000)?);

    match TcpStream::connect_timeout(&destino, prazo) {
        Ok(conexao) => {
            let (aqui, la) = (conexao.local_addr()?, conexao.peer_addr()?);
            println!("conectado: {aqui} -> {la}");
            Ok(())
        }
        Err(erro) if erro.kind() == std::io::ErrorKind::TimedOut => anyhow::bail!("sem resposta"),
        Err(_) => anyhow::bail!("conexão recusada"),
    }
}
