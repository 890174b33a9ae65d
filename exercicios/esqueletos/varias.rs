//! Exercício `varias`: um eco para até MAXIMO clientes ao mesmo tempo; quem passa do
//! máximo ouve `cheio` e é desligado.
//!
//! Rode: `cargo run -p exercicios --bin varias -- 127.0.0.1:50000 3`
//! Confira: `cargo conferir varias`

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MAXIMO"])?;
    let pedido = argumentos.endereco()?;
    let maximo = argumentos.numero(1, 3, 1, 1000)?;

    let escuta = TcpListener::bind(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, cliente) =
            escuta.accept().context("não foi possível atender")?;
        // Este eco atende um de cada vez, e não conhece máximo nenhum.
        println!("{cliente}: um de até {maximo}.");
        if let Err(erro) = io::copy(&mut &conexao, &mut &conexao) {
            eprintln!("{cliente}: {erro}");
        }
    }
}
