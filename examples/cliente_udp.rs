//! O cliente UDP: manda cada linha em um datagrama e espera uma resposta.
//!
//! Terminal 1: `cargo run --example servidor_udp`
//! Terminal 2: `cargo run --example cliente_udp -- [HOST:PORTA] [SEGUNDOS]`
//!
//! SEGUNDOS é quanto ele espera por cada resposta antes de a dar por perdida.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

/// Em bytes. Um a mais do que o campo de tamanho do UDP, de 16 bits, conta.
const MAIOR_BUFFER: usize = 65_536;

const PERGUNTA: &str =
    "Digite algo para o servidor (ou 'off' para desconectar): ";

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SEGUNDOS"])?;
    let prazo = Duration::from_secs(argumentos.numero(1, 2, 1, 3600)?);
    let alvo = argumentos.destino()?;
    let cliente = configurar_cliente(alvo, prazo)
        .with_context(|| format!("não foi possível falar com {alvo}"))?;
    comunicar_com_servidor(&cliente)
}

// ANCHOR: configurar
fn configurar_cliente(
    alvo: SocketAddr,
    prazo: Duration,
) -> io::Result<UdpSocket> {
    // A porta 0 pede uma efêmera; o `connect` não manda nada a ninguém.
    let cliente = match alvo {
        SocketAddr::V4(_) => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?,
        SocketAddr::V6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?,
    };
    cliente.connect(alvo)?;
    cliente.set_read_timeout(Some(prazo))?;
    cliente.set_write_timeout(Some(prazo))?;
    Ok(cliente)
}
// ANCHOR_END: configurar

fn comunicar_com_servidor(cliente: &UdpSocket) -> Result<()> {
    while let Some(mensagem) = sockets::perguntar(PERGUNTA, MAIOR_BUFFER)? {
        match trocar(cliente, &mensagem) {
            Ok(resposta) => println!("Resposta do servidor: {resposta}"),
            Err(erro) => println!("{}", explicar(&erro)),
        }
        if mensagem.eq_ignore_ascii_case(b"off") {
            break;
        }
    }
    Ok(())
}

// ANCHOR: trocar
fn trocar(cliente: &UdpSocket, mensagem: &[u8]) -> io::Result<String> {
    let mut buffer = vec![0; MAIOR_BUFFER];
    cliente.send(mensagem)?; // send(2): um datagrama, mesmo com 0 bytes
    loop {
        match cliente.recv(&mut buffer) {
            Ok(tamanho) => return Ok(sockets::visivel(&buffer[..tamanho])),
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => return Err(erro),
        }
    }
}
// ANCHOR_END: trocar

// ANCHOR: explicar
/// Nada disto encerra o cliente: o próximo datagrama pode chegar.
fn explicar(erro: &io::Error) -> String {
    match erro.kind() {
        // O prazo acabou: o Unix dá o primeiro nome, o Windows o segundo.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => String::from(
            "Sem resposta: a mensagem ou a resposta se perdeu, \
             ou o servidor não está lá.",
        ),
        // Um aviso voltou pela rede: o primeiro no Unix, o segundo no Windows.
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => {
            format!("Ninguém usa essa porta: {erro}")
        }
        _ => format!("A mensagem não saiu: {erro}"),
    }
}
// ANCHOR_END: explicar
