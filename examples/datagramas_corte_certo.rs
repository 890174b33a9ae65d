//! Um buffer em que todo datagrama cabe, e o limite do protocolo conferido depois: o
//! que passa dele é recusado, e não cortado.
//!
//! `cargo run --example datagramas_corte_certo`
//!
//! Terminal 1, para receber de outro programa:
//! `cargo run --example datagramas_corte_certo -- 127.0.0.1:50000`

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

/// O tamanho de um datagrama é um número de 16 bits: nenhum chega a isto.
const MAIOR_DATAGRAMA: usize = 65_536;
/// O que o protocolo combinou. Conferir é trabalho nosso, e não do buffer.
const MAIOR_PEDIDO: usize = 16;

/// Depois disto sem pedidos, acabou.
const SILENCIO: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["IP:PORTA"])?;
    let de_fora = argumentos.texto(0).is_some();
    let endereco = argumentos.ip_e_porta(0, (Ipv4Addr::LOCALHOST, 0))?;
    let servidor = UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))?;
    if de_fora {
        println!("Recebendo em {}...", servidor.local_addr()?);
    } else {
        mandar(&servidor).context("não foi possível mandar")?;
        servidor.set_read_timeout(Some(SILENCIO))?;
    }
    receber(&servidor).context("não foi possível receber")
}

fn mandar(servidor: &UdpSocket) -> io::Result<()> {
    let cliente = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    cliente.connect(servidor.local_addr()?)?;
    let comprido = format!("pague {}", "9".repeat(1000));
    for pedido in ["pague 10", "pague 1000", &comprido, "", "pague 100"] {
        cliente.send(pedido.as_bytes())?;
    }
    Ok(())
}

// ANCHOR: receber
fn receber(servidor: &UdpSocket) -> io::Result<()> {
    let mut buffer = vec![0; MAIOR_DATAGRAMA];
    loop {
        match servidor.recv_from(&mut buffer) {
            Ok((tamanho, _)) if tamanho > MAIOR_PEDIDO => {
                println!("recusei {tamanho} bytes: o máximo é {MAIOR_PEDIDO}");
            }
            Ok((tamanho, _)) => {
                let lido = sockets::visivel(&buffer[..tamanho]);
                println!("recebi  «{lido}», {tamanho} bytes");
            }
            Err(erro) if acabou_o_prazo(&erro) => return Ok(()),
            // Fala de um datagrama só; o próximo pode chegar.
            Err(erro) if e_passageiro(&erro) => {}
            Err(erro) => return Err(erro),
        }
    }
}
// ANCHOR_END: receber

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn e_passageiro(erro: &io::Error) -> bool {
    use ErrorKind::{ConnectionReset, Interrupted};
    matches!(erro.kind(), ConnectionReset | Interrupted)
}
