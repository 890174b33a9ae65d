//! Fechar com bytes por ler: o pedido é recusado e o cliente não sabe por quê.
//!
//! O cliente manda um pedido de 8 MB a um servidor que só aceita mil bytes. O
//! servidor lê até passar do limite, escreve a recusa e fecha. Um terminal só:
//!
//! `cargo run --example encerrar_errado`
//!
//! Com um endereço roda só o servidor, para um cliente seu em outro terminal:
//! `cargo run --example encerrar_errado -- 127.0.0.1:50000`

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result, anyhow};

/// O maior pedido que o servidor aceita, em bytes.
const LIMITE: u64 = 1000;

/// Mais do que cabe nos buffers: quando a recusa parte, o cliente ainda envia.
const PEDIDO: usize = 8_000_000;

const RECUSA: &str = "pedido grande demais";

const PRAZO: Duration = Duration::from_secs(5);

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
    conexao.set_read_timeout(Some(PRAZO))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    let mut pedido = Vec::new();
    (&mut conexao)
        .take(LIMITE + 1)
        .read_to_end(&mut pedido)
        .context("o pedido não chegou")?;
    if pedido.len() as u64 > LIMITE {
        println!("servidor: mais de {LIMITE} bytes; recuso e fecho");
        conexao.write_all(RECUSA.as_bytes())?;
    } else {
        println!("servidor: recebi um pedido de {} bytes", pedido.len());
        conexao.write_all(b"recebido")?;
    }
    Ok(()) // `conexao` sai de cena: close(2), com bytes por ler
}
// ANCHOR_END: atender
