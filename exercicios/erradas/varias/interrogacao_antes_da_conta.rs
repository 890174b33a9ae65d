//! Devolve a vaga só quando a conversa acaba bem: o `?` sai antes da conta.
//!
//! diagnostico: vaga-de-quem-some

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    loop {
        let (mut conexao, _) = escuta.accept()?;
        if CONECTADOS.load(Ordering::SeqCst) >= maximo {
            let _ = conexao.write_all(b"cheio\n");
            continue;
        }
        CONECTADOS.fetch_add(1, Ordering::SeqCst);
        thread::spawn(move || conversar(&conexao));
    }
}

static CONECTADOS: AtomicUsize = AtomicUsize::new(0);

fn conversar(mut conexao: &TcpStream) -> io::Result<()> {
    io::copy(&mut &*conexao, &mut conexao)?;
    CONECTADOS.fetch_sub(1, Ordering::SeqCst);
    Ok(())
}
