//! O outro lado, quando ele é um inimigo: escolha o ataque e, depois dele, veja se
//! um cliente honesto ainda é atendido. Só ataca este computador.
//!
//! Terminal 1: `cargo run --example desconfie_errado` (depois, `desconfie_certo`)
//! Terminal 2: `cargo run --example desconfie_ataque -- 127.0.0.1:50000 ATAQUE`
//!
//! ATAQUE é `linha`, `tamanho`, `gota`, `enxurrada` ou `escape`.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result, ensure};
use sockets::visivel;

/// Quanto se espera por uma conexão, uma escrita ou uma resposta.
const PRAZO: Duration = Duration::from_secs(5);

/// Entre duas gotas, e entre duas tentativas de quem é honesto.
const PAUSA: Duration = Duration::from_millis(300);

const MIB: usize = 1024 * 1024;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "ATAQUE"])?;
    let alvo = argumentos.destino()?;
    let so_aqui = "este programa só ataca o próprio computador (127.0.0.1)";
    ensure!(
        alvo.ip().to_canonical().is_loopback(),
        argumentos.erro(so_aqui)
    );
    // As conexões do ataque continuam abertas até o fim.
    let _presas = match argumentos.texto(1) {
        Some("linha") => linha_sem_fim(alvo),
        Some("tamanho") => bomba_de_tamanho(alvo),
        Some("gota") => gota_a_gota(alvo),
        Some("enxurrada") => Ok(enxurrada(alvo)),
        Some("escape") => escape(alvo),
        _ => Err(argumentos.erro(
            "escolha um ataque: linha, tamanho, gota, enxurrada ou escape",
        ))?,
    }
    .with_context(|| format!("não foi possível atacar {alvo}"))?;
    tentar_ser_atendido(alvo);
    Ok(())
}

fn ligar(alvo: SocketAddr) -> io::Result<TcpStream> {
    let conexao = TcpStream::connect_timeout(&alvo, PRAZO)?;
    conexao.set_read_timeout(Some(PRAZO))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    Ok(conexao)
}

// ANCHOR: linha
fn linha_sem_fim(alvo: SocketAddr) -> io::Result<Vec<TcpStream>> {
    let mut conexao = ligar(alvo)?;
    let pedaco = vec![b'a'; MIB];
    for _ in 0..128 {
        if conexao.write_all(&pedaco).is_err() {
            println!("O servidor desligou no meio da linha.");
            return Ok(vec![]);
        }
    }
    println!("128 MiB em uma linha só, e o servidor aceitou todos.");
    Ok(vec![conexao])
}
// ANCHOR_END: linha

// ANCHOR: tamanho
fn bomba_de_tamanho(alvo: SocketAddr) -> io::Result<Vec<TcpStream>> {
    let mut conexao = ligar(alvo)?;
    conexao.write_all(b"anexo 1000000000000000\n")?;
    println!("Prometi um anexo de 1 PB. Mandei 23 bytes.");
    mostrar_resposta(&conexao);
    Ok(vec![conexao])
}
// ANCHOR_END: tamanho

// ANCHOR: gota
fn gota_a_gota(alvo: SocketAddr) -> io::Result<Vec<TcpStream>> {
    let mut conexao = ligar(alvo)?;
    // Esperar por uma resposta que não vem é a pausa entre as gotas.
    conexao.set_read_timeout(Some(PAUSA))?;
    for gota in 1..=10 {
        let resposta = conexao
            .write_all(b"a")
            .and_then(|()| conexao.peek(&mut [0]));
        match resposta {
            Err(erro) if e_prazo(&erro) => {}
            _ => {
                println!("O servidor desistiu na gota {gota}.");
                mostrar_resposta(&conexao);
                return Ok(vec![]);
            }
        }
    }
    println!("10 gotas em 3 segundos, e o servidor ainda espera a linha.");
    Ok(vec![conexao])
}
// ANCHOR_END: gota

// ANCHOR: enxurrada
fn enxurrada(alvo: SocketAddr) -> Vec<TcpStream> {
    let presas: Vec<_> = (0..100).map_while(|_| ligar(alvo).ok()).collect();
    println!("{} conexões abertas, sem dizer nada.", presas.len());
    presas
}
// ANCHOR_END: enxurrada

// ANCHOR: escape
fn escape(alvo: SocketAddr) -> io::Result<Vec<TcpStream>> {
    let mut conexao = ligar(alvo)?;
    let mentira = "\r\x1b[2K\x1b[1A\x1b[2KRecebido: a Ana me deve R$ 900";
    for linha in ["devo R$ 100 à Ana", mentira] {
        conexao.write_all(format!("{linha}\n").as_bytes())?;
        println!("Mandei: {}", visivel(linha.as_bytes()));
        mostrar_resposta(&conexao);
    }
    Ok(vec![conexao])
}
// ANCHOR_END: escape

/// Uma linha do servidor, ou o que houve no lugar dela.
fn mostrar_resposta(conexao: &TcpStream) {
    match ler_resposta(conexao) {
        Ok(resposta) => println!("Resposta: {}", visivel(resposta.as_bytes())),
        Err(_) => println!("O servidor desligou sem responder."),
    }
}

fn ler_resposta(conexao: &TcpStream) -> io::Result<String> {
    let mut linha = String::new();
    BufReader::new(conexao.take(100)).read_line(&mut linha)?;
    match linha.strip_suffix('\n') {
        Some(linha) => Ok(linha.into()),
        None => Err(ErrorKind::UnexpectedEof.into()),
    }
}

fn e_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

// ANCHOR: honesto
/// Um cliente honesto insiste enquanto o servidor lhe diz que está cheio.
fn tentar_ser_atendido(alvo: SocketAddr) {
    let (mut ouvida, mut falhas) = (String::new(), 0);
    for _ in 0..100 {
        match conversar(alvo) {
            Ok(resposta) if resposta != ouvida => {
                println!(
                    "Um cliente honesto: {}",
                    visivel(resposta.as_bytes())
                );
                ouvida = resposta;
            }
            Ok(_) => {}
            Err(_) => falhas += 1,
        }
        if ouvida == "Mensagem recebida." {
            return;
        }
        if falhas == 3 {
            break;
        }
        thread::sleep(PAUSA);
    }
    println!("Um cliente honesto: ninguém me atende.");
}
// ANCHOR_END: honesto

fn conversar(alvo: SocketAddr) -> io::Result<String> {
    let mut conexao = ligar(alvo)?;
    conexao.write_all(b"oi\n")?;
    ler_resposta(&conexao)
}
