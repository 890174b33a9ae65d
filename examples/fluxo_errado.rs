//! O protocolo do curso, quebrado de cinco maneiras, sempre do mesmo jeito.
//!
//! `cargo run --example fluxo_errado -- CASO`, em que CASO é um destes:
//!
//! - `coladas`: duas mensagens chegam em uma leitura;
//! - `corte`: uma mensagem chega em duas leituras;
//! - `letra`: o corte cai no meio de um `ç`, e o servidor cai;
//! - `velha`: a resposta que se lê é a da pergunta anterior;
//! - `parcial`: o envio leva só uma parte, e ninguém confere.
//!
//! Os dois lados estão aqui dentro e um espera pelo outro, para que os bytes
//! cheguem sempre nos mesmos pedaços. Na rede, é o acaso que decide.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use socket2::SockRef;

const RECEBIDA: &str = "Mensagem recebida.";
const ENCERRADO: &str = "Servidor encerrado.";

const PRAZO: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["CASO"])?;
    let caso: fn(TcpStream, TcpStream) -> Result<()> =
        match argumentos.texto(0).unwrap_or("coladas") {
            "coladas" => coladas,
            "corte" => corte,
            "letra" => letra,
            "velha" => velha,
            "parcial" => parcial,
            _ => {
                bail!(argumentos.erro(
                    "os casos são coladas, corte, letra, velha e parcial"
                ))
            }
        };
    let (cliente, servidor) =
        ligar().context("não foi possível ligar os dois lados")?;
    caso(cliente, servidor)
}

fn ligar() -> io::Result<(TcpStream, TcpStream)> {
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let cliente = TcpStream::connect_timeout(&escuta.local_addr()?, PRAZO)?;
    let (servidor, _) = escuta.accept()?;
    for lado in [&cliente, &servidor] {
        lado.set_read_timeout(Some(PRAZO))?;
        lado.set_write_timeout(Some(PRAZO))?;
    }
    Ok((cliente, servidor))
}

// ANCHOR: coladas
fn coladas(mut cliente: TcpStream, mut servidor: TcpStream) -> Result<()> {
    mandar(&mut cliente, "oi")?;
    mandar(&mut cliente, "off")?;
    esperar_chegar(&servidor, 5)?;
    atender(&mut servidor)?;
    ler_resposta(&mut cliente)
}
// ANCHOR_END: coladas

fn corte(mut cliente: TcpStream, mut servidor: TcpStream) -> Result<()> {
    mandar(&mut cliente, &"a".repeat(1500))?;
    esperar_chegar(&servidor, 1500)?;
    atender(&mut servidor)?;
    atender(&mut servidor)?;
    esperar_chegar(&cliente, 36)?;
    ler_resposta(&mut cliente)
}

fn letra(mut cliente: TcpStream, mut servidor: TcpStream) -> Result<()> {
    mandar(&mut cliente, &("a".repeat(1023) + "ção"))?;
    esperar_chegar(&servidor, 1028)?;
    if let Err(erro) = atender(&mut servidor) {
        println!("servidor: erro: {erro}");
        drop(servidor); // o programa acabou, e o sistema fecha o socket dele
    }
    ler_resposta(&mut cliente)
}

fn velha(mut cliente: TcpStream, mut servidor: TcpStream) -> Result<()> {
    mandar(&mut cliente, &"a".repeat(1500))?;
    esperar_chegar(&servidor, 1500)?;
    atender(&mut servidor)?;
    ler_resposta(&mut cliente)?;
    atender(&mut servidor)?;
    mandar(&mut cliente, "off")?;
    ler_resposta(&mut cliente)?; // e o servidor ainda nem leu o off
    atender(&mut servidor)
}

// ANCHOR: parcial
fn parcial(mut cliente: TcpStream, mut servidor: TcpStream) -> Result<()> {
    // Um buffer de envio pequeno, e um cliente que não espera por lugar.
    SockRef::from(&cliente).set_send_buffer_size(4096)?;
    cliente.set_nonblocking(true)?;
    let mensagem = vec![b'x'; 60_000];
    let foram = cliente.write(&mensagem)?;
    println!("cliente: write de 60000 bytes: Ok({foram}), e sigo em frente");
    let mut buffer = vec![0; foram];
    servidor.read_exact(&mut buffer)?;
    println!("servidor: recv de {foram} bytes: {}", fim(&buffer));
    cliente.set_nonblocking(false)?; // o off, sim, espera por lugar
    mandar(&mut cliente, "off")?;
    let lidos = servidor.read(&mut buffer)?;
    println!("servidor: recv de {lidos} bytes: {}", fim(&buffer[..lidos]));
    Ok(())
}
// ANCHOR_END: parcial

fn mandar(cliente: &mut TcpStream, mensagem: &str) -> Result<()> {
    let bytes = mensagem.as_bytes();
    println!("cliente: sendall de {} bytes: {}", bytes.len(), fim(bytes));
    cliente.write_all(bytes).context("o cliente não mandou")
}

// ANCHOR: atender
/// O que o servidor do curso faz a cada leitura.
fn atender(servidor: &mut TcpStream) -> Result<()> {
    let mut buffer = [0; 1024];
    let lidos = servidor.read(&mut buffer).context("o servidor não leu")?;
    println!("servidor: recv de {lidos} bytes: {}", fim(&buffer[..lidos]));
    // Como o `decode()` do Python: o que não é texto vira um erro.
    let texto = str::from_utf8(&buffer[..lidos])?;
    let acabou = texto.eq_ignore_ascii_case("off");
    let resposta = if acabou { ENCERRADO } else { RECEBIDA };
    println!("servidor: respondo {resposta}");
    let respondido = servidor.write_all(resposta.as_bytes());
    respondido.context("o servidor não respondeu")
}
// ANCHOR_END: atender

fn ler_resposta(cliente: &mut TcpStream) -> Result<()> {
    let mut buffer = [0; 1024];
    let lidos = cliente.read(&mut buffer).context("não houve resposta")?;
    println!("cliente: recv: {}", sockets::visivel(&buffer[..lidos]));
    Ok(())
}

/// Faz o papel do acaso: só segue quando tantos bytes já estão no buffer de
/// recepção. `peek` é um `recv` que olha e não tira (`MSG_PEEK`, em recv(2)).
fn esperar_chegar(lado: &TcpStream, quantos: usize) -> Result<()> {
    let mut buffer = [0; 4096];
    while lado.peek(&mut buffer).context("a conexão caiu")? < quantos {
        thread::yield_now();
    }
    Ok(())
}

/// Os últimos bytes: com eles se sabe o que foi cortado e onde.
fn fim(bytes: &[u8]) -> String {
    let texto = sockets::visivel(&bytes[bytes.len().saturating_sub(8)..]);
    if bytes.len() > 8 {
        format!("…{texto}")
    } else {
        texto
    }
}
