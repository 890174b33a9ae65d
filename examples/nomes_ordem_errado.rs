//! O tamanho vai em uma ordem de bytes e é lido na outra.
//!
//! `cargo run --example nomes_ordem_errado`; o conserto está em
//! `nomes_ordem_certo`.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

const PRAZO: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .context("não foi possível escutar")?;
    let _cliente = mandar(escuta.local_addr()?, "oi, tudo")?;
    let (mut conexao, _) = escuta.accept()?;
    conexao.set_read_timeout(Some(PRAZO))?;
    let mensagem = receber(&mut conexao)?;
    println!("Recebido: {}", sockets::visivel(&mensagem));
    Ok(())
}

// ANCHOR: mandar
fn mandar(endereco: SocketAddr, mensagem: &str) -> Result<TcpStream> {
    let mut cliente = TcpStream::connect_timeout(&endereco, PRAZO)?;
    let tamanho = u32::try_from(mensagem.len())?;
    let prefixo = tamanho.to_ne_bytes(); // a ordem desta máquina
    println!("Mando {tamanho} como {prefixo:02x?}");
    cliente.write_all(&prefixo)?;
    cliente.write_all(mensagem.as_bytes())?;
    Ok(cliente)
}
// ANCHOR_END: mandar

// ANCHOR: receber
fn receber(conexao: &mut TcpStream) -> Result<Vec<u8>> {
    let mut prefixo = [0; 4];
    conexao.read_exact(&mut prefixo)?;
    let tamanho = u32::from_be_bytes(prefixo); // a ordem da rede
    println!("Leio {prefixo:02x?} como {tamanho}");
    let mut mensagem = vec![0; usize::try_from(tamanho)?];
    conexao
        .read_exact(&mut mensagem)
        .with_context(|| format!("não vieram os {tamanho} bytes"))?;
    Ok(mensagem)
}
// ANCHOR_END: receber
