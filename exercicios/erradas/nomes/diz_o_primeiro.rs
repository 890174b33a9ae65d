//! Deixa a std tentar todos, e escreve o primeiro da lista como se fosse o que atendeu.
//!
//! diagnostico: diz-outro

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
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
    let enderecos: Vec<SocketAddr> = nomes
        .flat_map(|nome| nome.to_socket_addrs().into_iter().flatten())
        .collect();
    let conexao = TcpStream::connect(&enderecos[..])?;
    conexao.set_read_timeout(Some(prazo))?;
    println!(
        "Conectado a {}",
        enderecos.first().context("nenhum endereço")?
    );
    Ok(())
}
