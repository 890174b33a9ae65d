//! Fica com o primeiro endereço da lista, como se fosse o único.
//!
//! diagnostico: so-o-primeiro

use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["MILISSEGUNDOS", "A", "B", "C", "D"])?;
    let prazo = Duration::from_millis(argumentos.numero(0, 1000, 1, 60_000)?);
    let nomes = (1..=4).map_while(|i| argumentos.texto(i));
    let mut enderecos = nomes.flat_map(|nome| nome.to_socket_addrs().into_iter().flatten());
    let endereco = enderecos.next().context("nenhum endereço")?;
    TcpStream::connect_timeout(&endereco, prazo)?;
    println!("Conectado a {endereco}");
    Ok(())
}
