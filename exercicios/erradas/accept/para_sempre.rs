//! Atende para sempre: o número de clientes é ignorado.
//!
//! diagnostico: nao-termina

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

    println!("Vou atender {quantos}.");
    let mut numero = 0;
    for conexao in escuta.incoming() {
        let mut conexao = conexao?;
        numero += 1;
        if let Ok(cliente) = conexao.peer_addr() {
            println!("cliente {numero}: {cliente}");
        }
        let _ = conexao.write_all(format!("você é o cliente {numero}\n").as_bytes());
    }
    Ok(())
}
