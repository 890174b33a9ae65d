//! Um servidor com quatro threads, e só: o que ele gasta tem um teto.
//!
//! As mesmas visitas de `varias_errado`: `cargo run --example varias_grupo`
//!
//! Com um endereço, só atende, e você liga de outros terminais:
//! `cargo run --example varias_grupo -- 127.0.0.1:50000`

use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use sockets::eco;

/// Quantos clientes se atendem ao mesmo tempo.
const THREADS: usize = 4;

/// Quantos, já aceitos, podem esperar por uma thread.
const FILA: usize = 16;

/// Quanto se espera depois de um accept que falhou.
const PAUSA: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    sockets::executar(|| eco::apresentar(servir))
}

// ANCHOR: servir
fn servir(escuta: &TcpListener) -> Result<()> {
    let (entregar, fila) = mpsc::sync_channel(FILA);
    let fila = Arc::new(Mutex::new(fila));
    for _ in 0..THREADS {
        let fila = Arc::clone(&fila);
        thread::Builder::new()
            .spawn(move || atender(&fila))
            .context("não foi possível criar o grupo de threads")?;
    }
    loop {
        match escuta.accept() {
            // Com a fila cheia, send espera; e, com ele, o accept.
            Ok((conexao, _)) => {
                entregar.send(conexao).context("o grupo acabou")?;
            }
            Err(erro) => {
                eprintln!("accept: {erro}");
                thread::sleep(PAUSA);
            }
        }
    }
}
// ANCHOR_END: servir

// ANCHOR: atender
fn atender(fila: &Mutex<Receiver<TcpStream>>) {
    loop {
        // Só uma thread por vez espera na fila; as outras, no cadeado.
        let vez = fila.lock().unwrap_or_else(PoisonError::into_inner);
        let proxima = vez.recv();
        drop(vez);
        let Ok(conexao) = proxima else { return };
        if let Err(erro) = eco::ecoar(&conexao) {
            eprintln!("um cliente caiu: {erro}");
        }
    }
}
// ANCHOR_END: atender
