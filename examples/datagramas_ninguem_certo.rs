//! O aviso de que não havia ninguém conta como uma perda: o cliente manda de novo, e
//! encontra o servidor que abriu nesse meio-tempo.
//!
//! `cargo run --example datagramas_ninguem_certo`

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// Quanto se espera por uma resposta.
const PRAZO: Duration = Duration::from_millis(300);
const TENTATIVAS: u32 = 4;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let sem_connect = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let cliente = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    // Uma porta que agora não é de ninguém: o socket se fecha no fim da linha.
    let porta = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;

    sem_connect.set_read_timeout(Some(PRAZO))?;
    sem_connect.send_to(b"oi", porta)?;
    contar("sem connect", sem_connect.recv(&mut [0; 64]));

    cliente.set_read_timeout(Some(PRAZO))?;
    cliente.connect(porta)?;
    cliente.send(b"oi")?;
    contar("com connect", cliente.recv(&mut [0; 64]));

    abrir_servidor(porta)?;
    println!("o servidor abriu");
    let resposta = perguntar(&cliente)?;
    println!("resposta: {resposta}");
    Ok(())
}

fn contar(quem: &str, recebido: io::Result<usize>) {
    match recebido {
        Ok(tamanho) => println!("{quem}: recebi {tamanho} bytes"),
        Err(erro) if acabou_o_prazo(&erro) => {
            println!("{quem}: nada, até o prazo acabar");
        }
        Err(erro) => println!("{quem}: {erro}"),
    }
}

fn abrir_servidor(porta: SocketAddr) -> Result<()> {
    let servidor = UdpSocket::bind(porta).context("alguém usou a porta")?;
    thread::spawn(move || -> io::Result<()> {
        let (_, quem) = servidor.recv_from(&mut [0; 64])?;
        servidor.send_to(b"oi, agora estou", quem)?;
        Ok(())
    });
    Ok(())
}

// ANCHOR: perguntar
fn perguntar(cliente: &UdpSocket) -> Result<String> {
    let mut buffer = vec![0; 65_536];
    for _ in 0..TENTATIVAS {
        let ida = cliente.send(b"oi");
        match ida.and_then(|_| cliente.recv(&mut buffer)) {
            Ok(tamanho) => return Ok(sockets::visivel(&buffer[..tamanho])),
            Err(erro) if acabou_o_prazo(&erro) || e_aviso(&erro) => {}
            Err(erro) => return Err(erro).context("o socket parou"),
        }
    }
    bail!("nenhuma resposta em {TENTATIVAS} tentativas")
}

/// Alguém disse que não há ninguém na porta: o primeiro nome é do Unix, o segundo,
/// do Windows. Fala de um envio que já passou.
fn e_aviso(erro: &io::Error) -> bool {
    use ErrorKind::{ConnectionRefused, ConnectionReset};
    matches!(erro.kind(), ConnectionRefused | ConnectionReset)
}
// ANCHOR_END: perguntar

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
