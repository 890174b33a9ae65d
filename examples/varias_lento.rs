//! Um cliente manda e nunca lê: onde fica o eco que ele não quer?
//!
//! Na memória do servidor: `cargo run --example varias_lento -- errado`
//!
//! Com quem mandou: `cargo run --example varias_lento -- certo`

use std::io::ErrorKind::{TimedOut, WouldBlock};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// Quanto o cliente tenta mandar.
const TUDO: usize = 64 << 20;

/// O maior pedaço que o servidor lê de cada vez.
const PEDACO: usize = 16 << 10;

/// Quantos pedaços lidos podem esperar a vez de ser escritos.
const FILA: usize = 16;

/// Quanto o cliente insiste quando não cabe mais nada.
const INSISTENCIA: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["errado|certo"])?;
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let cliente = TcpStream::connect(escuta.local_addr()?)?;
    let (servidor, _) = escuta.accept()?;
    match argumentos.texto(0) {
        Some("errado") => {
            let (por, tirar) = mpsc::channel();
            let guardar = move |pedaco| por.send(pedaco).is_ok();
            conversar(cliente, &servidor, guardar, tirar)
        }
        Some("certo") => {
            let (por, tirar) = mpsc::sync_channel(FILA);
            let guardar = move |pedaco| por.send(pedaco).is_ok();
            conversar(cliente, &servidor, guardar, tirar)
        }
        _ => Err(argumentos.erro("diga errado ou certo").into()),
    }
}
// ANCHOR_END: principal

// ANCHOR: conversar
fn conversar(
    cliente: TcpStream,
    servidor: &TcpStream,
    guardar: impl FnMut(Vec<u8>) -> bool + Send,
    tirar: Receiver<Vec<u8>>,
) -> Result<()> {
    let (lidos, escritos) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|escopo| {
        escopo.spawn(|| ler(servidor, guardar, &lidos));
        escopo.spawn(|| escrever(servidor, tirar, &escritos));
        let mandados = mandar(&cliente).context("não foi possível mandar");
        // Os escritos primeiro: o que se lê enquanto isso só aumenta a conta.
        let devolvidos = escritos.load(Relaxed);
        let guardados = lidos.load(Relaxed) - devolvidos;
        println!(
            "O cliente mandou {} KiB de {}.",
            mandados? >> 10,
            TUDO >> 10
        );
        println!("O servidor guarda {} KiB na memória.", guardados >> 10);
        // Fechar sem ter lido manda um RST: as duas threads acabam.
        drop(cliente);
        Ok(())
    })
}
// ANCHOR_END: conversar

// ANCHOR: servidor
/// Lê o que o cliente manda e guarda para quem escreve.
fn ler(
    mut socket: &TcpStream,
    mut guardar: impl FnMut(Vec<u8>) -> bool,
    lidos: &AtomicUsize,
) {
    let mut buffer = [0; PEDACO];
    while let Ok(quantos @ 1..) = socket.read(&mut buffer) {
        lidos.fetch_add(quantos, Relaxed);
        if !guardar(buffer[..quantos].to_vec()) {
            return;
        }
    }
}

/// Devolve o que foi guardado, pedaço por pedaço.
fn escrever(
    mut socket: &TcpStream,
    guardados: Receiver<Vec<u8>>,
    escritos: &AtomicUsize,
) {
    for pedaco in guardados {
        if socket.write_all(&pedaco).is_err() {
            return;
        }
        escritos.fetch_add(pedaco.len(), Relaxed);
    }
}
// ANCHOR_END: servidor

// ANCHOR: mandar
/// Manda até não caber mais, sem nunca ler.
fn mandar(mut cliente: &TcpStream) -> io::Result<usize> {
    cliente.set_write_timeout(Some(INSISTENCIA))?;
    let pedaco = [b'x'; PEDACO];
    let mut mandados = 0;
    while mandados < TUDO {
        match cliente.write(&pedaco) {
            Ok(quantos) => mandados += quantos,
            // O prazo venceu: o primeiro no Unix, o segundo no Windows.
            Err(erro) if matches!(erro.kind(), WouldBlock | TimedOut) => {
                break;
            }
            Err(erro) => return Err(erro),
        }
    }
    Ok(mandados)
}
// ANCHOR_END: mandar
