//! Quem está no meio do caminho: passa adiante os bytes dos dois lados e mostra
//! quantos são e o maior trecho deles que se consegue ler.
//!
//! Terminal 1: `cargo run --example servidor`
//! Terminal 2: `cargo run --example desconfie_intermediario -- 127.0.0.1:50001`
//! Terminal 3: `cargo run --example cliente -- 127.0.0.1:50001`
//!
//! O segundo argumento é o servidor de verdade, e tem de estar neste computador.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result, ensure};

/// Sem nada passar em um dos sentidos, a conversa acabou.
const PRAZO: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SERVIDOR"])?;
    let endereco = argumentos.endereco()?;
    let servidor = argumentos.texto(1).unwrap_or("127.0.0.1:50000");
    let servidor: SocketAddr = servidor.parse().map_err(|_| {
        argumentos.erro(&format!("{servidor:?} não tem a forma IP:PORTA"))
    })?;
    ensure!(
        servidor.ip().is_loopback(),
        argumentos.erro("o servidor tem de estar neste computador (127.0.0.1)")
    );
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    println!("No meio do caminho, em {}...", escuta.local_addr()?);
    // ANCHOR: no-meio
    let (cliente, _) = escuta.accept()?;
    let servidor = TcpStream::connect_timeout(&servidor, PRAZO)
        .context("não foi possível conectar ao servidor")?;
    thread::scope(|escopo| {
        escopo.spawn(|| passar("cliente → servidor", &cliente, &servidor));
        passar("servidor → cliente", &servidor, &cliente);
    });
    // ANCHOR_END: no-meio
    Ok(())
}

/// Leva os bytes de um lado ao outro; o fim de um é o fim do outro.
fn passar(sentido: &str, de: &TcpStream, para: &TcpStream) {
    if levar(sentido, de, para).is_err() {
        let _ = de.shutdown(Shutdown::Both);
        let _ = para.shutdown(Shutdown::Both);
    }
    let _ = para.shutdown(Shutdown::Write);
}

// ANCHOR: levar
fn levar(
    sentido: &str,
    mut de: &TcpStream,
    mut para: &TcpStream,
) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    de.set_read_timeout(Some(PRAZO))?;
    para.set_write_timeout(Some(PRAZO))?;
    loop {
        let lidos = match de.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Err(erro) if erro.kind() == ErrorKind::Interrupted => continue,
            resultado => resultado?,
        };
        let legivel = maior_trecho_legivel(&buffer[..lidos]);
        println!("{sentido}: {lidos} bytes, onde se lê {legivel:?}");
        para.write_all(&buffer[..lidos])?;
    }
}

/// O maior trecho seguido de letras, algarismos e sinais do ASCII.
fn maior_trecho_legivel(bytes: &[u8]) -> &str {
    bytes
        .split(|byte| !matches!(byte, b' '..=b'~'))
        .max_by_key(|trecho| trecho.len())
        .and_then(|trecho| str::from_utf8(trecho).ok())
        .unwrap_or_default()
}
// ANCHOR_END: levar
