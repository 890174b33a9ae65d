//! O servidor UDP: o protocolo do par, uma mensagem por datagrama.
//!
//! Terminal 1: `cargo run --example servidor_udp`
//! Terminal 2: `cargo run --example cliente_udp`
//!
//! O segundo argumento encolhe o buffer, para ver um datagrama cortado:
//! `cargo run --example servidor_udp -- 127.0.0.1:50000 4`

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

/// Em bytes. Todo datagrama cabe aqui e sobra: no Windows, um que não coubesse
/// seria um erro; no Unix, seria cortado em silêncio.
const MAIOR_BUFFER: u64 = 65_536;

/// Quanto uma resposta espera por espaço no buffer de envio.
const PRAZO: Duration = Duration::from_secs(2);

const RECEBIDA: &str = "Mensagem recebida.";
const ENCERRADO: &str = "Servidor encerrado.";

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "BYTES"])?;
    let tamanho = argumentos.numero(1, MAIOR_BUFFER, 1, MAIOR_BUFFER)?;
    let endereco = argumentos.endereco()?;
    let servidor = configurar_servidor(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))?;
    atender(&servidor, &mut vec![0; tamanho.try_into()?])
}

// ANCHOR: configurar
/// `socket` e `bind`, e já se recebe: não há `listen` nem `accept`.
fn configurar_servidor(endereco: SocketAddr) -> io::Result<UdpSocket> {
    let servidor = UdpSocket::bind(endereco)?;
    servidor.set_write_timeout(Some(PRAZO))?;
    println!("Servidor UDP aguardando em {}...", servidor.local_addr()?);
    Ok(servidor)
}
// ANCHOR_END: configurar

// ANCHOR: atender
/// Cada volta é um datagrama, de qualquer um; o `off` de qualquer um encerra.
fn atender(servidor: &UdpSocket, buffer: &mut [u8]) -> Result<()> {
    loop {
        let (tamanho, cliente) = match servidor.recv_from(buffer) {
            Ok(recebido) => recebido,
            Err(erro) if e_passageiro(&erro) => continue,
            Err(erro) => return Err(erro).context("o socket parou de receber"),
        };
        let mensagem = &buffer[..tamanho];
        let texto = sockets::visivel(mensagem);
        println!("Recebido de {cliente}: \"{texto}\" ({tamanho} B)");

        if e_resposta_deste_servidor(mensagem, buffer.len()) {
            continue;
        }
        let encerrar = sem_enter(mensagem).eq_ignore_ascii_case(b"off");
        responder(servidor, cliente, encerrar);
        if encerrar {
            return Ok(());
        }
    }
}
// ANCHOR_END: atender

// ANCHOR: eco
/// Com o remetente falsificado, a resposta iria para este mesmo servidor, ou
/// para outro igual. Quem responde a uma resposta não para mais.
fn e_resposta_deste_servidor(mensagem: &[u8], buffer: usize) -> bool {
    [RECEBIDA, ENCERRADO].iter().any(|resposta| {
        let cabe = resposta.len().min(buffer); // o resto foi cortado
        mensagem == &resposta.as_bytes()[..cabe]
    })
}
// ANCHOR_END: eco

/// Uma resposta que não sai é problema de um cliente, não do servidor.
fn responder(servidor: &UdpSocket, cliente: SocketAddr, encerrar: bool) {
    let resposta = if encerrar { ENCERRADO } else { RECEBIDA };
    if let Err(erro) = servidor.send_to(resposta.as_bytes(), cliente) {
        println!("A resposta para {cliente} não saiu: {erro}");
    }
}

// ANCHOR: passageiro
/// Erros que falam de um datagrama só; o próximo pode chegar bem.
fn e_passageiro(erro: &io::Error) -> bool {
    // No Windows, 10054 é o aviso de que uma resposta não achou ninguém e
    // 10040, um datagrama maior do que o buffer.
    const CORTADO: Option<i32> = Some(10040);
    matches!(
        erro.kind(),
        ErrorKind::ConnectionReset | ErrorKind::Interrupted
    ) || cfg!(windows) && erro.raw_os_error() == CORTADO
}
// ANCHOR_END: passageiro

/// A mensagem sem o fim de linha que o `nc` manda junto.
fn sem_enter(mensagem: &[u8]) -> &[u8] {
    let mensagem = mensagem.strip_suffix(b"\n").unwrap_or(mensagem);
    mensagem.strip_suffix(b"\r").unwrap_or(mensagem)
}
