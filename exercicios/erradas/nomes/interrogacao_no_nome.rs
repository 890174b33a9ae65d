//! Um nome que não existe acaba com o programa, e os outros nem são tentados.
//!
//! diagnostico: nome-para-tudo

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
        for endereco in nome.to_socket_addrs()? {
            match TcpStream::connect_timeout(&endereco, prazo) {
                Ok(_) => {
                    println!("Conectado a {endereco}");
                    return Ok(());
                }
                Err(erro) => eprintln!("{endereco}: {erro}"),
            }
        }
    }
    bail!("ninguém atendeu");
}
