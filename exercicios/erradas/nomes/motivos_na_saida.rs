//! Conta na saída padrão o que não serviu, mesmo quando um deles atende.
//!
//! diagnostico: fala-demais

use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Quantos nomes se aceitam.
const NOMES: usize = 8;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let mut uso = vec!["MILISSEGUNDOS"];
    uso.extend(["NOME:PORTA"; NOMES]);
    let argumentos = sockets::Argumentos::ler(&uso)?;
    let prazo = Duration::from_millis(argumentos.numero(0, 1000, 1, 60_000)?);

    let mut motivos = Vec::new();
    for nome in (1..=NOMES).map_while(|i| argumentos.texto(i)) {
        let enderecos = match nome.to_socket_addrs() {
            Ok(enderecos) => enderecos,
            Err(erro) => {
                motivos.push(format!("{nome}: {erro}"));
                continue;
            }
        };
        for endereco in enderecos {
            match TcpStream::connect_timeout(&endereco, prazo) {
                Ok(conexao) => {
                    let com = conexao.peer_addr().context("a conexão já caiu")?;
                    println!("Conectado a {com}");
                    return Ok(());
                }
                Err(erro) => {
                    println!("{endereco}: {erro}");
                    motivos.push(format!("{endereco}: {erro}"));
                }
            }
        }
    }
    bail!("ninguém atendeu:\n  {}", motivos.join("\n  "));
}
