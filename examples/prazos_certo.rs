//! Um prazo para cada mensagem, e uma mensagem vazia que se vê.
//!
//! `cargo run --example prazos_certo -- CASO`, com os casos de `prazos_errado`:
//! `vazia` e `gotas`. Com HOST:PORTA no lugar de CASO, só o servidor, para um
//! cliente que se comporte como quiser.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sockets::quadros::{Chegada, PREFIXO, Separado, TamanhoRecusado};
use sockets::quadros::{prefixo, receber, separar_quadro};

const PRAZO: Duration = Duration::from_secs(1);
const GOTA: Duration = Duration::from_millis(100);

const TAMANHOS: RangeInclusive<u16> = 0..=4096;
const LUGAR: usize = PREFIXO + *TAMANHOS.end() as usize;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["CASO|HOST:PORTA"])?;
    let (mensagem, gota) = match argumentos.texto(0).unwrap_or("vazia") {
        "vazia" => ("", Duration::ZERO),
        "gotas" => ("uma mensagem bem devagar", GOTA),
        endereco if endereco.contains(':') => {
            let escuta = TcpListener::bind(argumentos.endereco()?)?;
            println!("Esperando em {}", escuta.local_addr()?);
            return atender(&escuta.accept()?.0);
        }
        _ => bail!(argumentos.erro("os casos são vazia e gotas")),
    };
    let escuta = TcpListener::bind("127.0.0.1:0")?;
    let alvo = escuta.local_addr()?;
    let cliente = thread::spawn(move || pingar(alvo, mensagem, gota));
    let atendido = atender(&escuta.accept()?.0);
    match cliente.join() {
        Ok(Ok(())) => println!("cliente: tive resposta"),
        _ => println!("cliente: o servidor desligou"),
    }
    atendido
}

// ANCHOR: ate
/// Um socket que se lê até uma hora marcada.
struct Ate<'a> {
    conexao: &'a TcpStream,
    limite: Instant,
}

impl Read for Ate<'_> {
    fn read(&mut self, lugar: &mut [u8]) -> io::Result<usize> {
        let resta = self.limite.saturating_duration_since(Instant::now());
        if resta.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.conexao.set_read_timeout(Some(resta))?;
        self.conexao.read(lugar)
    }
}
// ANCHOR_END: ate

// ANCHOR: atender
fn atender(mut conexao: &TcpStream) -> Result<()> {
    conexao.set_write_timeout(Some(PRAZO))?;
    let mut chegada = Chegada::nova(LUGAR);
    loop {
        // Cada mensagem tem a sua hora, e um byte a mais não a adia.
        let limite = Instant::now() + PRAZO;
        let mut fluxo = Ate { conexao, limite };
        let recebida = receber(&mut fluxo, &mut chegada, separar);
        let Some(mensagem) = recebida.map_err(explicar)? else {
            return Ok(());
        };
        println!("servidor: mensagem de {} bytes", mensagem.len());
        conexao.write_all(&enquadrar(b"Mensagem recebida.")?)?;
    }
}
// ANCHOR_END: atender

// ANCHOR: explicar
/// Um prazo vencido, com o nome que tiver, tem uma frase só.
fn explicar(erro: io::Error) -> anyhow::Error {
    match erro.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            anyhow::anyhow!("a mensagem não veio inteira em {PRAZO:?}")
        }
        _ => anyhow::Error::new(erro).context("a conversa parou"),
    }
}
// ANCHOR_END: explicar

/// O cliente: um byte de cada vez, e depois espera a resposta.
fn pingar(alvo: SocketAddr, mensagem: &str, gota: Duration) -> Result<()> {
    let mut conexao = TcpStream::connect_timeout(&alvo, PRAZO)?;
    conexao.set_read_timeout(Some(PRAZO))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    for byte in enquadrar(mensagem.as_bytes())? {
        thread::sleep(gota);
        conexao.write_all(&[byte])?;
    }
    let mut chegada = Chegada::nova(LUGAR);
    receber(&mut conexao, &mut chegada, separar)?.context("sem resposta")?;
    Ok(())
}

fn separar(bytes: &[u8]) -> Result<Option<Separado<'_>>, TamanhoRecusado> {
    separar_quadro(bytes, &TAMANHOS)
}

fn enquadrar(mensagem: &[u8]) -> Result<Vec<u8>> {
    let tamanho = prefixo(mensagem.len(), &TAMANHOS)
        .context("a mensagem é grande demais para um quadro")?;
    Ok([&tamanho, mensagem].concat())
}
