//! Conta quem entra e esquece quem sai: depois de três, está cheio para sempre.
//!
//! diagnostico: vaga-perdida

use std::io::{self, Write};
use std::net::TcpListener;
use std::process::ExitCode;
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
    let mut conectados = 0;
    loop {
        let (mut conexao, _) = escuta.accept()?;
        if conectados == maximo {
            let _ = conexao.write_all(b"cheio\n");
            continue;
        }
        conectados += 1;
        thread::spawn(move || io::copy(&mut &conexao, &mut &conexao));
    }
}
