//! Exercício `accept`: atenda alguns clientes, um depois do outro.
//!
//! Rode: `cargo run -p exercicios --bin accept -- 127.0.0.1:50000 3`
//! Confira: `cargo conferir accept`

use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS"])?;
    let pedido = argumentos.endereco()?;
    let quantos = argumentos.numero(1, 3, 1, 1000)?;

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    sockets::esperar_enter("começar a atender")?;

    for numero in 1..=quantos {
        let (conexao, cliente) =
            aceitar(&escuta).context("não foi possível atender")?;
        println!("cliente {numero}: {cliente}");
        // A conversa que falha é a de um cliente, e não a do servidor.
        if let Err(erro) = saudar(conexao, numero) {
            println!("cliente {numero}: desistiu ({erro})");
        }
    }
    Ok(())
}

fn aceitar(escuta: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    loop {
        match escuta.accept() {
            // Quem estava na fila desistiu (o segundo é do Windows): há outros.
            Err(erro)
                if matches!(
                    erro.kind(),
                    ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
                ) => {}
            resultado => return resultado,
        }
    }
}

/// Fica com a conexão, que se fecha quando a função acaba.
fn saudar(mut conexao: TcpStream, numero: u64) -> io::Result<()> {
    conexao.write_all(format!("você é o cliente {numero}\n").as_bytes())
}
