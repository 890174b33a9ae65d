//! Põe o prazo em cada leitura: cada byte que chega o renova.
//!
//! diagnostico: prazo-por-chamada

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 600_000)?);
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, _) = escuta.accept()?;
        if let Err(erro) = conversar(&conexao, prazo) {
            eprintln!("{erro}");
        }
    }
}

fn conversar(mut conexao: &TcpStream, prazo: Duration) -> Result<()> {
    conexao.set_read_timeout(Some(prazo))?;
    let mut entrada = BufReader::new(conexao);
    let mut linha = Vec::new();
    loop {
        match entrada.read_until(b'\n', &mut linha) {
            Ok(0) => return Ok(()),
            Ok(_) => conexao.write_all(b"ok\n")?,
            Err(_) => {
                conexao.write_all(b"tempo esgotado\n")?;
                return Ok(());
            }
        }
        linha.clear();
    }
}
