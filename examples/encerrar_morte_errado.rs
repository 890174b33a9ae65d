//! kill -9 no meio do envio, e quem recebe diz que veio tudo.
//!
//! O programa abre uma cópia de si mesmo, que manda um arquivo de mil bytes, e a
//! mata depois dos primeiros 600. O fim do fluxo passa por fim do arquivo:
//!
//! `cargo run --example encerrar_morte_errado`
//!
//! À mão, em dois terminais, com o kill por sua conta:
//! `cargo run --example encerrar_morte_errado -- 127.0.0.1:50000 receber`
//! `cargo run --example encerrar_morte_errado -- 127.0.0.1:50000 enviar`

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, ExitCode, Stdio, id};
use std::{env, time::Duration};

use anyhow::{Context, Result};

const ARQUIVO: usize = 1000;

/// Quanto quem envia manda de uma vez; o resto vem depois da demora.
const PRIMEIRA_PARTE: usize = 600;

const DEMORA: Duration = Duration::from_secs(20);

const PRAZO: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "LADO"])?;
    let escutar = |endereco: SocketAddr| {
        TcpListener::bind(endereco)
            .with_context(|| format!("não foi possível usar {endereco}"))
    };
    match argumentos.texto(1) {
        Some("enviar") => enviar(argumentos.destino()?),
        Some("receber") => {
            let escuta = escutar(argumentos.endereco()?)?;
            println!("Escutando em {}", escuta.local_addr()?);
            receber(escuta.accept()?.0)
        }
        Some(_) => Err(argumentos.erro("use enviar ou receber"))?,
        None => matar_no_meio(&escutar((Ipv4Addr::LOCALHOST, 0).into())?),
    }
}

// ANCHOR: matar
/// Abre quem envia como outro processo, e o mata depois da primeira parte.
fn matar_no_meio(escuta: &TcpListener) -> Result<()> {
    let endereco = escuta.local_addr()?.to_string();
    let mut envia = Command::new(env::current_exe()?)
        .args([&endereco, "enviar"])
        .stdout(Stdio::piped())
        .spawn()?;
    let saida = envia.stdout.take().context("o processo não tem saída")?;
    let mut linha = String::new();
    BufReader::new(saida).read_line(&mut linha)?;
    print!("{linha}");
    envia.kill()?; // no Unix, o sinal 9
    envia.wait()?;
    println!("kill: o processo que enviava morreu");
    receber(escuta.accept()?.0)
}
// ANCHOR_END: matar

fn enviar(endereco: SocketAddr) -> Result<()> {
    let mut conexao = TcpStream::connect_timeout(&endereco, PRAZO)?;
    conexao.write_all(&[b'x'; PRIMEIRA_PARTE])?;
    println!(
        "enviei {PRIMEIRA_PARTE} de {ARQUIVO} bytes; processo {}",
        id()
    );
    // O resto demora, e é aqui que a morte o encontra. A leitura só serve para
    // acordar antes se quem recebe for embora.
    conexao.set_read_timeout(Some(DEMORA))?;
    let _ = conexao.read(&mut [0]);
    conexao.write_all(&[b'x'; ARQUIVO - PRIMEIRA_PARTE])?;
    Ok(())
}

// ANCHOR: receber
fn receber(mut conexao: TcpStream) -> Result<()> {
    conexao.set_read_timeout(Some(PRAZO))?;
    let mut arquivo = Vec::new();
    let mut parte = [0; 4096];
    loop {
        match conexao.read(&mut parte).context("a leitura falhou")? {
            0 => break,
            n => arquivo.extend_from_slice(&parte[..n]),
        }
    }
    println!("read → Ok(0): arquivo completo, {} bytes", arquivo.len());
    Ok(())
}
// ANCHOR_END: receber
