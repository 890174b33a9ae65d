//! O tamanho vai e é lido na ordem da rede, e só vale até um limite.
//!
//! `cargo run --example nomes_ordem_certo`; o defeito está em
//! `nomes_ordem_errado`. Com um endereço, espera que outro programa mande:
//! `cargo run --example nomes_ordem_certo -- 127.0.0.1:50000`

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Para a mensagem inteira, do primeiro byte do tamanho ao último dela.
const PRAZO: Duration = Duration::from_secs(2);

/// Em bytes. O tamanho é o outro lado quem diz; a memória é deste.
const MAIOR_MENSAGEM: u32 = 64 * 1024;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA"])?;
    let sozinho = argumentos.texto(0).is_none();
    let endereco = if sozinho {
        SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
    } else {
        argumentos.endereco()?
    };
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    if sozinho {
        mandar(escuta.local_addr()?, "oi, tudo")?;
    } else {
        println!("Espero uma mensagem em {}", escuta.local_addr()?);
    }
    let (conexao, _) = escuta.accept()?;
    let mensagem = receber(&conexao)?;
    println!("Recebido: {}", sockets::visivel(&mensagem));
    Ok(())
}

// ANCHOR: mandar
fn mandar(endereco: SocketAddr, mensagem: &str) -> Result<()> {
    let mut cliente = TcpStream::connect_timeout(&endereco, PRAZO)?;
    let tamanho = u32::try_from(mensagem.len())?;
    let prefixo = tamanho.to_be_bytes(); // a ordem da rede
    println!("Mando {tamanho} como {prefixo:02x?}");
    cliente.write_all(&prefixo)?;
    cliente.write_all(mensagem.as_bytes())?;
    Ok(())
}
// ANCHOR_END: mandar

// ANCHOR: receber
fn receber(conexao: &TcpStream) -> Result<Vec<u8>> {
    let limite = Instant::now() + PRAZO;
    let mut prefixo = [0; 4];
    encher(conexao, &mut prefixo, limite).context("o tamanho não veio")?;
    let tamanho = u32::from_be_bytes(prefixo); // a ordem da rede
    println!("Leio {prefixo:02x?} como {tamanho}");
    ensure!(
        tamanho <= MAIOR_MENSAGEM,
        "{tamanho} é grande demais: recuso"
    );
    let mut mensagem = vec![0; usize::try_from(tamanho)?];
    encher(conexao, &mut mensagem, limite)
        .with_context(|| format!("não vieram os {tamanho} bytes"))?;
    Ok(mensagem)
}
// ANCHOR_END: receber

/// `read_exact` com um prazo só: quem goteja não ganha outro a cada byte.
fn encher(
    mut conexao: &TcpStream,
    buffer: &mut [u8],
    limite: Instant,
) -> io::Result<()> {
    let mut cheios = 0;
    while cheios < buffer.len() {
        let resta = limite.saturating_duration_since(Instant::now());
        if resta.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        conexao.set_read_timeout(Some(resta))?;
        match conexao.read(&mut buffer[cheios..]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(lidos) => cheios += lidos,
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => return Err(erro),
        }
    }
    Ok(())
}
