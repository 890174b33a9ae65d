//! Sem impasse: quem escreve muito lê ao mesmo tempo.
//!
//! `cargo run --example prazos_impasse_certo -- [HOST:PORTA] [SEGUNDOS]`
//!
//! Os dois lados mandam o mesmo que em `prazos_impasse_errado`. A diferença é uma
//! thread em cada um, que lê enquanto a outra escreve.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

const BYTES: usize = 16_000_000;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let prazo = Duration::from_secs(argumentos.numero(1, 10, 1, 600)?);
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    let cliente = TcpStream::connect_timeout(&escuta.local_addr()?, prazo)?;
    let (servidor, _) = escuta.accept()?;
    for lado in [&cliente, &servidor] {
        lado.set_read_timeout(Some(prazo))?;
        lado.set_write_timeout(Some(prazo))?;
    }
    println!("os dois escrevem {BYTES} bytes, e leem enquanto escrevem");
    let cliente = thread::spawn(move || trocar(&cliente));
    let do_servidor = trocar(&servidor);
    let do_cliente = cliente.join().ok().context("o cliente parou")?;
    println!("cliente: li {} bytes", do_cliente?);
    println!("servidor: li {} bytes", do_servidor?);
    Ok(())
}

// ANCHOR: trocar
/// Lê em uma thread e escreve em outra, no mesmo socket.
fn trocar(lado: &TcpStream) -> Result<u64> {
    thread::scope(|threads| {
        let leitora = threads.spawn(|| ler_ate_o_fim(lado));
        escrever(lado).context("o outro lado não leu")?;
        let lidos = leitora.join().ok().context("a leitura parou")?;
        lidos.context("o outro lado não escreveu")
    })
}

fn escrever(mut lado: &TcpStream) -> io::Result<()> {
    lado.write_all(&vec![b'x'; BYTES])?;
    lado.shutdown(Shutdown::Write)
}

/// A memória de quem lê não depende de quanto o outro manda.
fn ler_ate_o_fim(lado: &TcpStream) -> io::Result<u64> {
    io::copy(&mut lado.take(BYTES as u64 + 1), &mut io::sink())
}
// ANCHOR_END: trocar
