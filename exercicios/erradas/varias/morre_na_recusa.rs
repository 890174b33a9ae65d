//! O `?` na recusa: quem sumiu antes de ouvir `cheio` acaba com o servidor.
//!
//! diagnostico: cai-com-o-cliente
//! sistema: linux

use std::io::{self, Write};
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MAXIMO"])?;
    let maximo = usize::try_from(argumentos.numero(1, 3, 1, 1000)?)?;
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    let vaga = Arc::new(());
    loop {
        let (mut conexao, _) = escuta.accept()?;
        if Arc::strong_count(&vaga) > maximo {
            conexao.write_all(b"cheio\n")?;
            continue;
        }
        let ocupada = Arc::clone(&vaga);
        thread::spawn(move || {
            let _ocupada = ocupada;
            let _ = io::copy(&mut &conexao, &mut &conexao);
        });
    }
}
