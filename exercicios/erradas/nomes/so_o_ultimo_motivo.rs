//! Guarda só o último motivo: os outros somem.
//!
//! diagnostico: motivos

use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["MILISSEGUNDOS", "A", "B", "C", "D"])?;
    let prazo = Duration::from_millis(argumentos.numero(0, 1000, 1, 60_000)?);
    let nomes = (1..=4).map_while(|i| argumentos.texto(i));
    let mut motivo = String::new();
    for nome in nomes {
        let Ok(enderecos) = nome.to_socket_addrs() else {
            continue;
        };
        for endereco in enderecos {
            match TcpStream::connect_timeout(&endereco, prazo) {
                Ok(_) => {
                    println!("Conectado a {endereco}");
                    return Ok(());
                }
                Err(erro) => motivo = format!("{endereco}: {erro}"),
            }
        }
    }
    bail!("{motivo}");
}
