//! Exercício `varias`: um eco para vários clientes ao mesmo tempo, com um máximo.
//!
//! Rode: `cargo run -p exercicios --bin varias -- 127.0.0.1:50000 3`
//! Confira: `cargo conferir varias`

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MAXIMO"])?;
    let pedido = argumentos.endereco()?;
    let maximo = usize::try_from(argumentos.numero(1, 3, 1, 1000)?)?;

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    // Cada conversa é dona de uma cópia; contá-las é contar as conversas.
    let vaga = Arc::new(());
    loop {
        let (conexao, cliente) =
            escuta.accept().context("não foi possível atender")?;
        // A cópia deste laço não é de ninguém.
        if Arc::strong_count(&vaga) > maximo {
            recusar(&conexao);
            continue;
        }
        let ocupada = Arc::clone(&vaga);
        let conversa = move || {
            // A vaga volta quando a thread acaba, por este caminho ou por um pânico.
            let _ocupada = ocupada;
            if let Err(erro) = io::copy(&mut &conexao, &mut &conexao) {
                eprintln!("{cliente}: {erro}");
            }
        };
        if let Err(erro) = thread::Builder::new().spawn(conversa) {
            eprintln!("{cliente}: não há thread para ele: {erro}");
        }
    }
}

fn recusar(mut conexao: &TcpStream) {
    // Quem já foi embora não precisa saber que estava cheio.
    let _ = conexao.write_all(b"cheio\n");
}
