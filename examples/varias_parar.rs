//! Parar um laço de accept: a bandeira que ele não vê, e a ligação que o acorda.
//!
//! O laço não para: `cargo run --example varias_parar -- errado`
//!
//! O laço para: `cargo run --example varias_parar -- certo`

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, Builder};
use std::time::Duration;

use anyhow::{Context, Result};

/// De quanto em quanto tempo uma conversa parada olha a bandeira.
const OLHADA: Duration = Duration::from_millis(100);

/// Quanto se espera pelo outro lado.
const PRAZO: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["errado|certo"])?;
    let ligar = match argumentos.texto(0) {
        Some("errado") => false,
        Some("certo") => true,
        _ => Err(argumentos.erro("diga errado ou certo"))?,
    };
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let endereco = escuta.local_addr()?;
    let bandeira = Arc::new(AtomicBool::new(false));
    let (avisar, aviso) = mpsc::channel();
    let do_laco = Arc::clone(&bandeira);
    Builder::new().spawn(move || avisar.send(servir(&escuta, &do_laco)))?;

    let mut visita = visitar(endereco)?;
    parar(&bandeira, ligar.then_some(endereco))?;
    let mut fim = aviso.recv_timeout(Duration::from_secs(1));
    if matches!(fim, Err(RecvTimeoutError::Timeout)) {
        println!("1 s depois, o laço continua dentro do accept.");
        TcpStream::connect(endereco)?;
        println!("Alguém ligou, por acaso.");
        fim = aviso.recv_timeout(PRAZO);
    }
    fim?.context("o laço caiu")?;
    println!("O laço parou.");
    let lidos = visita.read(&mut [0])?;
    println!("A primeira visita leu {lidos} bytes: é o fim da conversa.");
    Ok(())
}
// ANCHOR_END: principal

// ANCHOR: servir
fn servir(escuta: &TcpListener, bandeira: &AtomicBool) -> io::Result<()> {
    // O escopo só acaba quando acabam as threads criadas nele.
    thread::scope(|escopo| {
        loop {
            let chegada = escuta.accept();
            if bandeira.load(Ordering::Relaxed) {
                return Ok(());
            }
            match chegada {
                Ok((conexao, _)) => {
                    let conversa = move || conversar(&conexao, bandeira);
                    Builder::new().spawn_scoped(escopo, conversa)?;
                }
                Err(erro) if desistiu(&erro) => {}
                Err(erro) => return Err(erro),
            }
        }
    })
}
// ANCHOR_END: servir

// ANCHOR: parar
fn parar(bandeira: &AtomicBool, porta: Option<SocketAddr>) -> io::Result<()> {
    bandeira.store(true, Ordering::Relaxed);
    println!("Levantei a bandeira.");
    if let Some(endereco) = porta {
        // O accept volta com esta ligação, e o laço olha a bandeira.
        TcpStream::connect_timeout(&endereco, PRAZO)?;
        println!("Liguei para a minha própria porta.");
    }
    Ok(())
}
// ANCHOR_END: parar

// ANCHOR: conversar
fn conversar(mut conexao: &TcpStream, bandeira: &AtomicBool) -> io::Result<()> {
    conexao.set_read_timeout(Some(OLHADA))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    let mut buffer = [0; 1024];
    while !bandeira.load(Ordering::Relaxed) {
        match conexao.read(&mut buffer) {
            Ok(0) => break,
            Ok(lidos) => conexao.write_all(&buffer[..lidos])?,
            Err(erro) if so_o_prazo(&erro) => {}
            Err(erro) => return Err(erro),
        }
    }
    Ok(())
}
// ANCHOR_END: conversar

/// O prazo venceu (`TimedOut` no Windows), ou um sinal interrompeu a espera.
fn so_o_prazo(erro: &io::Error) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(erro.kind(), Interrupted | TimedOut | WouldBlock)
}

/// Quem estava na fila foi embora: o primeiro no Unix, o segundo no Windows.
fn desistiu(erro: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionReset};
    matches!(erro.kind(), ConnectionAborted | ConnectionReset)
}

/// Liga, diz "oi" e ouve o eco: com isso a conversa já tem a sua thread.
fn visitar(endereco: SocketAddr) -> io::Result<TcpStream> {
    let mut visita = TcpStream::connect(endereco)?;
    visita.set_read_timeout(Some(PRAZO))?;
    visita.write_all(b"oi")?;
    visita.read_exact(&mut [0; 2])?;
    println!("Uma visita ligou e foi atendida.");
    Ok(visita)
}
