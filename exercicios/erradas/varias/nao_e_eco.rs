//! Responde com outra coisa: o eco devolve o que veio, sem mudar nada.
//!
//! diagnostico: eco

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MAXIMO"])?;
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (mut conexao, _) = escuta.accept()?;
        thread::spawn(move || {
            let Ok(entrada) = conexao.try_clone() else {
                return;
            };
            for linha in BufReader::new(entrada)
                .lines()
                .map_while(|linha| linha.ok())
            {
                let _ = conexao.write_all(format!("você disse: {linha}\n").as_bytes());
            }
        });
    }
}
