//! O mesmo prazo vencido, com o nome que cada chamada lhe dá.
//!
//! `cargo run --example prazos_nomes`
//!
//! O que sai em Linux, macOS e Windows é diferente: é o assunto do capítulo.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

/// Curto: ninguém vai responder, e isso já se sabe.
const PRAZO: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let conexao = TcpStream::connect(escuta.local_addr()?)?;
    let _quieto = escuta.accept()?;
    ler_e_escrever(conexao).context("a conexão caiu")?;
    conectar()
}

// ANCHOR: ler
fn ler_e_escrever(mut conexao: TcpStream) -> io::Result<()> {
    conexao.set_read_timeout(Some(PRAZO))?;
    mostrar("read com prazo", conexao.read(&mut [0; 1024]));

    conexao.set_write_timeout(Some(PRAZO))?;
    let envio = conexao.write_all(&vec![b'x'; 16_000_000]);
    mostrar("write_all com prazo", envio);

    conexao.set_nonblocking(true)?;
    mostrar("read que não bloqueia", conexao.read(&mut [0; 1024]));
    Ok(())
}
// ANCHOR_END: ler

fn mostrar<T>(chamada: &str, resultado: io::Result<T>) {
    match resultado {
        Ok(_) => println!("{chamada}: deu certo"),
        Err(erro) => println!("{chamada}: {:?}: {erro}", erro.kind()),
    }
}

/// Um servidor com a fila cheia, como no capítulo listen: no Linux, quem liga não
/// tem resposta.
#[cfg(target_os = "linux")]
fn conectar() -> Result<()> {
    use socket2::{Domain, Socket, Type};

    let novo = || Socket::new(Domain::IPV4, Type::STREAM, None);
    let escuta = novo()?;
    escuta.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    escuta.listen(0)?;
    let cheia = escuta.local_addr()?;
    let primeiro = novo()?;
    primeiro.connect(&cheia)?;

    // ANCHOR: conectar
    let socket = novo()?;
    mostrar("connect_timeout", socket.connect_timeout(&cheia, PRAZO));

    let socket = novo()?;
    socket.set_write_timeout(Some(PRAZO))?;
    mostrar("connect com SO_SNDTIMEO", socket.connect(&cheia));
    // ANCHOR_END: conectar
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn conectar() -> Result<()> {
    println!("connect: a fila cheia que não responde é do Linux");
    Ok(())
}
