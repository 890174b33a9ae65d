//! Esperar sem prazo, e esperar com o prazo errado.
//!
//! `cargo run --example prazos_errado -- CASO`, em que CASO é um destes:
//!
//! - `vazia`: o cliente manda uma mensagem vazia, e os dois param;
//! - `gotas`: o servidor dá um segundo a cada leitura, e o cliente manda um byte
//!   de cada vez.
//!
//! O conserto está em `prazos_certo`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const PRAZO: Duration = Duration::from_secs(1);

/// O que o cliente de `gotas` manda, e quanto espera antes de cada byte.
const MENSAGEM: &[u8] = b"uma mensagem bem devagar";
const GOTA: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["CASO"])?;
    let caso: fn(TcpStream, TcpStream) -> Result<()> =
        match argumentos.texto(0).unwrap_or("vazia") {
            "vazia" => vazia,
            "gotas" => gotas,
            _ => bail!(argumentos.erro("os casos são vazia e gotas")),
        };
    let escuta = TcpListener::bind("127.0.0.1:0")?;
    let cliente = TcpStream::connect(escuta.local_addr()?)?;
    let (servidor, _) = escuta.accept()?;
    caso(cliente, servidor)
}

// ANCHOR: vazia
fn vazia(mut cliente: TcpStream, servidor: TcpStream) -> Result<()> {
    cliente.write_all(b"")?;
    println!("cliente: sendall de 0 bytes: Ok");
    let (diz, alguem) = mpsc::channel();
    for mut lado in [cliente, servidor] {
        let diz = diz.clone();
        // Quando esta leitura volta, se voltar, ela diz o que houve.
        thread::spawn(move || diz.send(lado.read(&mut [0; 1024])));
    }
    println!("cliente: espero a resposta\nservidor: espero a mensagem");
    // Só este programa, que vê os dois lados, sabe que ninguém vai falar.
    match alguem.recv_timeout(PRAZO) {
        Ok(leitura) => println!("alguém leu: {leitura:?}"),
        Err(_) => println!("{PRAZO:?} depois: os dois ainda esperam"),
    }
    Ok(())
}
// ANCHOR_END: vazia

// ANCHOR: gotas
fn gotas(mut cliente: TcpStream, mut servidor: TcpStream) -> Result<()> {
    servidor.set_read_timeout(Some(PRAZO))?;
    println!("servidor: espero {} bytes, com {PRAZO:?}", MENSAGEM.len());
    thread::spawn(move || {
        for byte in MENSAGEM {
            thread::sleep(GOTA);
            cliente.write_all(&[*byte])?;
        }
        anyhow::Ok(())
    });
    let inicio = Instant::now();
    let mut mensagem = [0; MENSAGEM.len()];
    let lida = servidor.read_exact(&mut mensagem);
    lida.context("a mensagem não veio")?;
    let demora = inicio.elapsed().as_secs_f64();
    let demora = format!("{demora:.1}").replace('.', ",");
    println!("servidor: a mensagem veio inteira, em {demora} s");
    Ok(())
}
// ANCHOR_END: gotas
