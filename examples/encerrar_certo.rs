//! A despedida em ordem: a recusa chega, mesmo a quem ainda está enviando.
//!
//! O mesmo cliente e o mesmo limite de `encerrar_errado`. Depois da recusa o
//! servidor para de enviar, lê e joga fora o que ainda vem, e só então fecha:
//!
//! `cargo run --example encerrar_certo`
//!
//! Com um endereço roda só o servidor, para um cliente seu em outro terminal:
//! `cargo run --example encerrar_certo -- 127.0.0.1:50000`

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use std::{process::ExitCode, thread};

use anyhow::{Context, Result, anyhow};

/// O maior pedido que o servidor aceita, em bytes.
const LIMITE: usize = 1000;

/// Mais do que cabe nos buffers: quando a recusa parte, o cliente ainda envia.
const PEDIDO: usize = 8_000_000;

const RECUSA: &str = "pedido grande demais";

/// Quanto dura, no máximo, a conversa inteira, despedida incluída.
const PRAZO: Duration = Duration::from_secs(2);

/// Quanto se joga fora, no máximo, para ser gentil: um cliente que não para de
/// enviar não prende o servidor.
const PACIENCIA: usize = 64_000_000;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    if argumentos.texto(0).is_some() {
        let escuta = TcpListener::bind(argumentos.endereco()?)?;
        println!("Escutando em {}", escuta.local_addr()?);
        return atender(&escuta);
    }
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let endereco = escuta.local_addr()?;
    let (resposta, servidor) = thread::scope(|threads| {
        let servidor = threads.spawn(|| atender(&escuta));
        (pedir(endereco), servidor.join())
    });
    println!("cliente:  resposta {:?}", resposta?);
    servidor.map_err(|_| anyhow!("a thread do servidor parou"))?
}

/// Um cliente comum: manda tudo, diz que acabou e lê a resposta.
fn pedir(endereco: SocketAddr) -> Result<String> {
    let mut conexao = TcpStream::connect_timeout(&endereco, PRAZO)?;
    conexao.set_read_timeout(Some(PRAZO))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    conexao
        .write_all(&vec![b'x'; PEDIDO])
        .context("o pedido não foi enviado")?;
    println!("cliente:  enviei {PEDIDO} bytes");
    conexao.shutdown(Shutdown::Write)?;
    let mut resposta = Vec::new();
    conexao.take(1000).read_to_end(&mut resposta)?;
    Ok(sockets::visivel(&resposta))
}

// ANCHOR: atender
fn atender(escuta: &TcpListener) -> Result<()> {
    let (mut conexao, _) = escuta.accept()?;
    let fim = Instant::now() + PRAZO;
    conexao.set_write_timeout(Some(PRAZO))?;
    let mut pedido = [0; LIMITE + 1];
    let mut lidos = 0;
    while lidos < pedido.len() {
        match ler(&conexao, &mut pedido[lidos..], fim)? {
            0 => break,
            n => lidos += n,
        }
    }
    if lidos > LIMITE {
        println!("servidor: mais de {LIMITE} bytes; recuso e me despeço");
        conexao.write_all(RECUSA.as_bytes())?;
    } else {
        println!("servidor: recebi um pedido de {lidos} bytes");
        conexao.write_all(b"recebido")?;
    }
    let sobra = despedir(conexao, fim).context("a despedida não acabou")?;
    println!("servidor: {sobra} bytes jogados fora até o Ok(0)");
    Ok(())
}
// ANCHOR_END: atender

// ANCHOR: despedir
/// Para de enviar, lê até o fim e só então fecha. Devolve quanto jogou fora.
fn despedir(conexao: TcpStream, fim: Instant) -> io::Result<usize> {
    conexao.shutdown(Shutdown::Write)?;
    let mut lixo = vec![0; 64 * 1024];
    let mut jogados = 0;
    while jogados < PACIENCIA {
        match ler(&conexao, &mut lixo, fim)? {
            0 => {
                drop(conexao); // close(2), sem nada por ler
                return Ok(jogados);
            }
            n => jogados += n,
        }
    }
    Err(io::Error::other("o cliente não para de enviar"))
}
// ANCHOR_END: despedir

// ANCHOR: ler
/// Um `read` que não passa do instante `fim`, que é o mesmo para todos.
fn ler(
    mut conexao: &TcpStream,
    buffer: &mut [u8],
    fim: Instant,
) -> io::Result<usize> {
    loop {
        let resta = fim.saturating_duration_since(Instant::now());
        if resta.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        conexao.set_read_timeout(Some(resta))?;
        match conexao.read(buffer) {
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            lido => return lido,
        }
    }
}
// ANCHOR_END: ler
