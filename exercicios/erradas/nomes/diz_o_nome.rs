//! Escreve o nome pedido, e não o endereço com que ficou.
//!
//! diagnostico: nao-diz

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
    for nome in nomes {
        for endereco in nome.to_socket_addrs().into_iter().flatten() {
            if TcpStream::connect_timeout(&endereco, prazo).is_ok() {
                let (host, _) = nome.rsplit_once(':').unwrap_or((nome, ""));
                println!("Conectado a {host}");
                return Ok(());
            }
        }
    }
    bail!("ninguém atendeu");
}
