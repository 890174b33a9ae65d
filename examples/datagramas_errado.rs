//! Um cofre por UDP, do jeito errado: sem prazo, ele para na primeira perda; com
//! prazo e sem número nos pedidos, guarda moedas que ninguém mandou.
//!
//! Terminal 1: `cargo run --example estrada_ruim`
//! Terminal 2: `cargo run --example datagramas_errado`
//! ou, com 300 ms de prazo: `cargo run --example datagramas_errado -- 300`
//!
//! A estrada só leva o que vem das portas 50000 e 50001. Para usar outras, diga-as
//! aos dois programas, na mesma ordem: `-- PRAZO_MS ESTRADA CLIENTE SERVIDOR`.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

const DEPOSITOS: u32 = 6;
const MOEDAS: u32 = 10;

/// Depois disto sem chegar nada, não vem mais resposta.
const SILENCIO: Duration = Duration::from_millis(500);

/// O que há no cofre: o servidor põe, e no fim o cliente confere.
static COFRE: AtomicU32 = AtomicU32::new(0);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["PRAZO_MS", "ESTRADA", "CLIENTE", "SERVIDOR"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let prazo = argumentos.numero(0, 0, 0, 60_000)?;
    let estrada = argumentos.ip_e_porta(1, (Ipv4Addr::LOCALHOST, 50002))?;
    let aqui = argumentos.ip_e_porta(2, (Ipv4Addr::LOCALHOST, 50000))?;
    let la = argumentos.ip_e_porta(3, (Ipv4Addr::LOCALHOST, 50001))?;
    let cliente = associar(aqui)?;
    let servidor = associar(la)?;
    thread::spawn(move || guardar(&servidor));

    // Zero milissegundos quer dizer sem prazo, que é como um socket nasce.
    let prazo = (prazo > 0).then(|| Duration::from_millis(prazo));
    cliente.set_read_timeout(prazo)?;
    for vez in 1..=DEPOSITOS {
        depositar(&cliente, estrada, vez).context("não foi possível falar")?;
    }
    let sobras = contar_sobras(&cliente)?;
    let mandadas = DEPOSITOS * MOEDAS;
    let guardadas = COFRE.load(Ordering::SeqCst);
    println!("Mandei guardar {mandadas} moedas; no cofre há {guardadas}.");
    println!("Respostas ainda na fila: {sobras}.");
    Ok(())
}

fn associar(endereco: SocketAddr) -> Result<UdpSocket> {
    UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))
}

// ANCHOR: depositar
fn depositar(
    cliente: &UdpSocket,
    destino: SocketAddr,
    vez: u32,
) -> io::Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        println!("depósito {vez}: mando {MOEDAS} moedas...");
        cliente.send_to(MOEDAS.to_string().as_bytes(), destino)?;
        match cliente.recv_from(&mut buffer) {
            Ok((tamanho, _)) => {
                let saldo = sockets::visivel(&buffer[..tamanho]);
                println!("depósito {vez}: guardado, saldo {saldo}");
                return Ok(());
            }
            Err(erro) if acabou_o_prazo(&erro) => {
                println!("depósito {vez}: nada");
            }
            Err(erro) => return Err(erro),
        }
    }
}
// ANCHOR_END: depositar

// ANCHOR: guardar
/// O servidor: soma o que vier e responde com o saldo.
fn guardar(servidor: &UdpSocket) -> io::Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        let (tamanho, quem) = servidor.recv_from(&mut buffer)?;
        let texto = str::from_utf8(&buffer[..tamanho]).unwrap_or_default();
        let moedas = texto.parse().unwrap_or(0);
        let saldo = COFRE.load(Ordering::SeqCst).saturating_add(moedas);
        COFRE.store(saldo, Ordering::SeqCst);
        servidor.send_to(saldo.to_string().as_bytes(), quem)?;
    }
}
// ANCHOR_END: guardar

/// O que ainda chega quando não se espera mais nada.
fn contar_sobras(cliente: &UdpSocket) -> Result<u32> {
    cliente.set_read_timeout(Some(SILENCIO))?;
    let mut sobras = 0;
    while cliente.recv_from(&mut [0; 64]).is_ok() {
        sobras += 1;
    }
    Ok(sobras)
}

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
