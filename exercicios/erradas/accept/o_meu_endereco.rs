//! Escreve o endereço deste lado da conexão, que é igual para todos.
//!
//! diagnostico: endereco-errado

use std::io::Write;
use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS"])?;
    let quantos = argumentos.numero(1, 3, 1, 1000)?;
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    sockets::esperar_enter("começar a atender")?;

    for numero in 1..=quantos {
        let (mut conexao, _) = escuta.accept()?;
        println!("cliente {numero}: {}", conexao.local_addr()?);
        if let Err(erro) = conexao.write_all(format!("você é o cliente {numero}\n").as_bytes()) {
            println!("desistiu: {erro}");
        }
    }
    Ok(())
}
