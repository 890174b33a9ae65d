//! Fica com o prazo do exemplo, de 3 segundos, peçam o que pedirem.
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
    match TcpStream::connect_timeout(&destino, Duration::from_secs(3)) {
        Ok(conexao) => {
            let (aqui, la) = (conexao.local_addr()?, conexao.peer_addr()?);
            println!("conectado: {aqui} -> {la}");
            Ok(())
        }
        Err(erro) if erro.kind() == std::io::ErrorKind::ConnectionRefused => {
            anyhow::bail!("conexão recusada")
        }
        Err(_) => anyhow::bail!("sem resposta"),
    }
}
