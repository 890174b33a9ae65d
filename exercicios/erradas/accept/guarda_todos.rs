//! Guarda as conexões em uma lista, que só some no fim do programa.
//!
//! diagnostico: nao-fecha

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

    let mut conexoes = Vec::new();
    for numero in 1..=quantos {
        let (mut conexao, cliente) = escuta.accept()?;
        println!("cliente {numero}: {cliente}");
        if let Err(erro) = conexao.write_all(format!("você é o cliente {numero}\n").as_bytes()) {
            println!("desistiu: {erro}");
        }
        conexoes.push(conexao);
    }
    Ok(())
}
