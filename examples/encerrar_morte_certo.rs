//! kill -9 no meio do envio, e quem recebe sabe que falta um pedaço.
//!
//! O mesmo que `encerrar_morte_errado`, mas quem envia diz antes quantos bytes o
//! arquivo tem. O fim do fluxo antes da conta é um arquivo cortado:
//!
//! `cargo run --example encerrar_morte_certo`
//!
//! À mão, em dois terminais, com o kill por sua conta:
//! `cargo run --example encerrar_morte_certo -- 127.0.0.1:50000 receber`
//! `cargo run --example encerrar_morte_certo -- 127.0.0.1:50000 enviar`

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, ExitCode, Stdio, id};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sockets::ComPrazo;

const ARQUIVO: usize = 1000;

/// Quanto quem envia manda de uma vez; o resto vem depois da demora.
const PRIMEIRA_PARTE: usize = 600;

/// O maior arquivo que se aceita, em bytes.
const MAIOR: u64 = 1_000_000;

const DEMORA: Duration = Duration::from_secs(20);

/// Quanto se espera pelo arquivo inteiro.
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
    conexao.write_all(&(ARQUIVO as u64).to_be_bytes())?;
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
fn receber(conexao: TcpStream) -> Result<()> {
    let mut conexao = ComPrazo::novo(conexao, PRAZO);
    let mut tamanho = [0; 8];
    conexao
        .read_exact(&mut tamanho)
        .context("nem o tamanho chegou")?;
    let tamanho = u64::from_be_bytes(tamanho);
    ensure!(tamanho <= MAIOR, "{tamanho} bytes são mais do que aceito");
    let mut arquivo = Vec::new();
    let leitura = conexao.take(tamanho).read_to_end(&mut arquivo);
    let contas = format!("vieram {} de {tamanho} bytes", arquivo.len());
    leitura.with_context(|| contas.clone())?;
    ensure!(arquivo.len() as u64 == tamanho, "arquivo cortado: {contas}");
    println!("arquivo completo, {tamanho} bytes");
    Ok(())
}
// ANCHOR_END: receber
