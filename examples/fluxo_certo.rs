//! O par consertado: o tamanho de cada mensagem vai na frente dela.
//!
//! `cargo run --example fluxo_certo` faz com ele, de uma vez, tudo que
//! `fluxo_errado` faz com o protocolo do curso, e mais uma mensagem vazia.
//!
//! Em dois terminais:
//!
//! Terminal 1: `cargo run --example fluxo_certo -- 127.0.0.1:50000`
//! Terminal 2: `cargo run --example fluxo_certo -- 127.0.0.1:50000 cliente`

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;
use std::{ops::RangeInclusive, thread};

use anyhow::{Context, Result, bail};
use socket2::SockRef;
use sockets::quadros::{Chegada, PREFIXO, Separado, TamanhoRecusado};
use sockets::quadros::{prefixo, receber, separar_quadro};

// ANCHOR: regra
/// Quantos bytes uma mensagem pode ter: mais do que isso ninguém guarda.
const TAMANHOS: RangeInclusive<u16> = 0..=60_000;

/// O que se guarda de uma conexão: a maior mensagem e o tamanho dela.
const LUGAR: usize = PREFIXO + *TAMANHOS.end() as usize;

/// Onde uma mensagem deste protocolo acaba.
fn separar(bytes: &[u8]) -> Result<Option<Separado<'_>>, TamanhoRecusado> {
    separar_quadro(bytes, &TAMANHOS)
}
// ANCHOR_END: regra

const PRAZO: Duration = Duration::from_secs(10);

/// Quanto o servidor espera por uma pessoa que digita.
const PACIENCIA: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "cliente"])?;
    match (argumentos.texto(0), argumentos.texto(1)) {
        (None, _) => provar(),
        (Some(_), None) => servir(argumentos.endereco()?),
        (_, Some("cliente")) => conversar(argumentos.destino()?),
        _ => bail!(argumentos.erro("o segundo argumento é cliente")),
    }
}

/// Os dois lados, e o cliente manda todas as mensagens coladas.
fn provar() -> Result<()> {
    let grande = "a".repeat(1023) + "ção";
    let maior = "x".repeat(60_000);
    let mensagens = ["oi", &grande, "", &maior, "off"];
    let quadros: Result<Vec<_>> =
        mensagens.iter().map(|m| enquadrar(m.as_bytes())).collect();
    let bytes = quadros?.concat();
    println!(
        "cliente: {} mensagens, {} bytes",
        mensagens.len(),
        bytes.len()
    );

    let escuta = TcpListener::bind("127.0.0.1:0")?;
    let conexao = ligar(escuta.local_addr()?)?;
    let cliente = thread::spawn(move || mandar_tudo(conexao, &bytes));
    atender(escuta.accept()?.0)?;
    for resposta in cliente.join().ok().context("o cliente parou")?? {
        println!("cliente: {resposta}");
    }
    Ok(())
}

fn servir(endereco: SocketAddr) -> Result<()> {
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    println!("Servidor aguardando conexão em {}...", escuta.local_addr()?);
    atender(escuta.accept()?.0)
}

fn ligar(alvo: SocketAddr) -> Result<TcpStream> {
    let conexao = TcpStream::connect_timeout(&alvo, PRAZO)
        .with_context(|| format!("não foi possível conectar a {alvo}"))?;
    conexao.set_read_timeout(Some(PRAZO))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    Ok(conexao)
}

// ANCHOR: atender
/// O servidor: uma resposta por mensagem, até o `off` ou o fim.
fn atender(mut conexao: TcpStream) -> Result<()> {
    conexao.set_read_timeout(Some(PACIENCIA))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    let mut chegada = Chegada::nova(LUGAR);
    while let Some(mensagem) = receber(&mut conexao, &mut chegada, separar)
        .context("o servidor desistiu do cliente")?
    {
        let texto = fim(&mensagem);
        println!("servidor: {} bytes: \"{texto}\"", mensagem.len());
        let acabou = mensagem.eq_ignore_ascii_case(b"off");
        let resposta: &[u8] = if acabou {
            b"Servidor encerrado."
        } else {
            b"Mensagem recebida."
        };
        let quadro = enquadrar(resposta)?;
        conexao.write_all(&quadro).context("o cliente sumiu")?;
        if acabou {
            break;
        }
    }
    Ok(())
}
// ANCHOR_END: atender

// ANCHOR: enquadrar
/// Um quadro: o tamanho da mensagem, em 2 bytes, e a mensagem.
fn enquadrar(mensagem: &[u8]) -> Result<Vec<u8>> {
    let tamanho = prefixo(mensagem.len(), &TAMANHOS)
        .context("a mensagem é grande demais para um quadro")?;
    Ok([&tamanho, mensagem].concat())
}
// ANCHOR_END: enquadrar

// ANCHOR: conversar
/// O cliente de quem digita: uma mensagem, uma resposta.
fn conversar(alvo: SocketAddr) -> Result<()> {
    let mut conexao = ligar(alvo)?;
    let mut chegada = Chegada::nova(LUGAR);
    while let Some(mensagem) = sockets::perguntar("Mensagem: ", 4096)? {
        conexao.write_all(&enquadrar(&mensagem)?)?;
        let resposta = receber(&mut conexao, &mut chegada, separar)?
            .context("o servidor desligou sem responder")?;
        println!("Resposta: {}", sockets::visivel(&resposta));
    }
    Ok(())
}
// ANCHOR_END: conversar

/// Manda tudo por um buffer de envio pequeno, e só depois lê as respostas.
fn mandar_tudo(mut conexao: TcpStream, bytes: &[u8]) -> Result<Vec<String>> {
    SockRef::from(&conexao).set_send_buffer_size(4096)?;
    conexao.write_all(bytes)?;
    let mut chegada = Chegada::nova(LUGAR);
    let mut respostas = Vec::new();
    while let Some(resposta) = receber(&mut conexao, &mut chegada, separar)? {
        respostas.push(sockets::visivel(&resposta));
    }
    Ok(respostas)
}

/// Os últimos bytes: com eles se sabe se falta alguma coisa.
fn fim(bytes: &[u8]) -> String {
    let texto = sockets::visivel(&bytes[bytes.len().saturating_sub(8)..]);
    if bytes.len() > 8 {
        format!("…{texto}")
    } else {
        texto
    }
}
