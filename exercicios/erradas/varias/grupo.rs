//! Um grupo de threads: quem passa do máximo espera na fila, sem saber por quê.
//!
//! diagnostico: espera-na-fila

use std::io;
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, mpsc};
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
    let (mandar, fila) = mpsc::channel::<TcpStream>();
    let fila = Arc::new(Mutex::new(fila));
    for _ in 0..maximo {
        let fila = Arc::clone(&fila);
        thread::spawn(move || {
            loop {
                let Ok(conexao) = fila.lock().unwrap().recv() else {
                    return;
                };
                let _ = io::copy(&mut &conexao, &mut &conexao);
            }
        });
    }
    loop {
        mandar.send(escuta.accept()?.0)?;
    }
}
