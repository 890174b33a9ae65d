//! Usa o `connect` comum, que espera quanto o sistema quiser.
//!
//! diagnostico: sem-prazo
//! sistema: linux

use std::io::ErrorKind;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    match TcpStream::connect(argumentos.destino()?) {
        Ok(conexao) => {
            println!(
                "conectado: {} -> {}",
                conexao.local_addr()?,
                conexao.peer_addr()?
            );
            Ok(())
        }
        Err(erro) if erro.kind() == ErrorKind::ConnectionRefused => bail!("conexão recusada"),
        Err(_) => bail!("sem resposta"),
    }
}
