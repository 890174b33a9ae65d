//! A despedida em ordem: a recusa chega, mesmo a quem ainda está enviando.
//!
//! O mesmo cliente e o mesmo limite de `encerrar_errado`. Depois da recusa o
//! servidor para de enviar, lê e joga fora o que ainda vem, e só então fecha:
//!
//! `cargo run --example encerrar_certo`
//!
//! Com um endereço roda só o servidor, para um cliente seu em outro terminal:
//! `cargo run --example encerrar_certo -- 127.0.0.1:50000`

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result, anyhow};
use sockets::ComPrazo;

/// O maior pedido que o servidor aceita, em bytes.
const LIMITE: u64 = 1000;

/// Mais do que cabe nos buffers: quando a recusa parte, o cliente ainda envia.
const PEDIDO: usize = 8_000_000;

const RECUSA: &str = "pedido grande demais";

/// Quanto dura, no máximo, a conversa inteira, despedida incluída.
const PRAZO: Duration = Duration::from_secs(5);

/// Quanto se joga fora, no máximo, para ser gentil: um cliente que não para de
/// enviar não prende o servidor.
const PACIENCIA: u64 = 64_000_000;

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
    let (conexao, _) = escuta.accept()?;
    let mut conexao = ComPrazo::novo(conexao, PRAZO);
    let mut pedido = Vec::new();
    (&mut conexao)
        .take(LIMITE + 1)
        .read_to_end(&mut pedido)
        .context("o pedido não chegou")?;
    if pedido.len() as u64 > LIMITE {
        println!("servidor: mais de {LIMITE} bytes; recuso e me despeço");
        conexao.write_all(RECUSA.as_bytes())?;
    } else {
        println!("servidor: recebi um pedido de {} bytes", pedido.len());
        conexao.write_all(b"recebido")?;
    }
    let sobra = despedir(conexao).context("a despedida não acabou")?;
    println!("servidor: {sobra} bytes jogados fora até o Ok(0)");
    Ok(())
}
// ANCHOR_END: atender

// ANCHOR: despedir
/// Para de enviar, lê até o fim e só então fecha. Devolve quanto jogou fora.
fn despedir(mut conexao: ComPrazo) -> io::Result<u64> {
    conexao.parar_de_enviar()?;
    let mut resto = (&mut conexao).take(PACIENCIA);
    let jogados = io::copy(&mut resto, &mut io::sink())?;
    if jogados == PACIENCIA {
        return Err(io::Error::other("o cliente não para de enviar"));
    }
    drop(conexao); // close(2), sem nada por ler
    Ok(jogados)
}
// ANCHOR_END: despedir
