//! Datagramas cada vez maiores: os que vão inteiros, os que se partem no caminho e os
//! que nem saem.
//!
//! No loopback, cujo MTU é 65.536: `cargo run --example datagramas_tamanhos`
//!
//! No Linux, em um loopback de mentira com o MTU de um cabo Ethernet:
//! `unshare --user --map-root-user --net sh -c 'ip link set lo up mtu 1500;
//! target/debug/examples/datagramas_tamanhos'`

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tamanhos::{fragmentos_feitos, mtu, nao_partir};

const TAMANHOS: [usize; 6] = [1200, 1472, 1473, 2953, 65507, 65508];

/// No loopback, o que não chegou até aqui não chega mais.
const PRAZO: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    servidor.set_read_timeout(Some(PRAZO))?;
    let cliente = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    cliente.connect(servidor.local_addr()?)?;
    match mtu(&cliente)? {
        Some(bytes) => println!("MTU até o servidor: {bytes} bytes"),
        None => println!("(só o Linux diz o MTU e conta os fragmentos)"),
    }
    for tamanho in TAMANHOS {
        mandar(&cliente, &servidor, tamanho)?;
    }
    if nao_partir(&cliente)? {
        println!("com o bit DF, que proíbe partir:");
        for tamanho in TAMANHOS {
            mandar(&cliente, &servidor, tamanho)?;
        }
    }
    Ok(())
}

fn mandar(
    cliente: &UdpSocket,
    servidor: &UdpSocket,
    tamanho: usize,
) -> Result<()> {
    let antes = fragmentos_feitos()?;
    if let Err(erro) = cliente.send(&vec![b'x'; tamanho]) {
        println!("{tamanho:>6}  não saiu: {erro}");
        return Ok(());
    }
    let destino = match servidor.recv(&mut vec![0; 65_536]) {
        Ok(chegaram) if chegaram == tamanho => "chegou",
        Ok(chegaram) => bail!("chegaram {chegaram} de {tamanho} bytes"),
        Err(erro) if acabou_o_prazo(&erro) => "não chegou",
        Err(erro) => return Err(erro).context("não foi possível receber"),
    };
    let feitos = fragmentos_feitos()?.zip(antes).map(|(d, a)| d - a);
    match feitos {
        Some(0) => println!("{tamanho:>6}  {destino}, inteiro"),
        Some(n) => println!("{tamanho:>6}  {destino}, em {n} fragmentos"),
        None => println!("{tamanho:>6}  {destino}"),
    }
    Ok(())
}

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
