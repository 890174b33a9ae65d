//! O cofre por UDP, do jeito certo: cada pedido tem um número, que volta na resposta.
//! Quem pede repete até ouvir o seu número; quem guarda não atende o mesmo duas vezes.
//!
//! Terminal 1: `cargo run --example estrada_ruim`
//! Terminal 2: `cargo run --example datagramas_certo`
//!
//! A estrada só leva o que vem das portas 50000 e 50001. Para usar outras, diga-as
//! aos dois programas, na mesma ordem: `-- ESTRADA CLIENTE SERVIDOR`.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sockets::datagramas::esvaziar;

const DEPOSITOS: u32 = 6;
const MOEDAS: u32 = 10;

/// Quanto se espera por uma resposta antes de mandar o pedido de novo.
const PRAZO: Duration = Duration::from_millis(300);
/// Quantas vezes se manda o mesmo pedido antes de desistir.
const TENTATIVAS: u32 = 8;

/// O que há no cofre: o servidor põe, e no fim o cliente confere.
static COFRE: AtomicU32 = AtomicU32::new(0);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["ESTRADA", "CLIENTE", "SERVIDOR"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let estrada = argumentos.ip_e_porta(0, (Ipv4Addr::LOCALHOST, 50002))?;
    let aqui = argumentos.ip_e_porta(1, (Ipv4Addr::LOCALHOST, 50000))?;
    let la = argumentos.ip_e_porta(2, (Ipv4Addr::LOCALHOST, 50001))?;
    let cliente = ligar(aqui, estrada)?;
    let servidor = ligar(la, estrada)?;
    thread::spawn(move || guardar(&servidor));

    for numero in 1..=DEPOSITOS {
        depositar(&cliente, numero)?;
    }
    let mandadas = DEPOSITOS * MOEDAS;
    let guardadas = COFRE.load(Ordering::SeqCst);
    println!("Mandei guardar {mandadas} moedas; no cofre há {guardadas}.");
    Ok(())
}

/// O `connect` não manda nada: só recusa o que não vem da estrada. O que chegou antes
/// dele é de qualquer um.
fn ligar(aqui: SocketAddr, estrada: SocketAddr) -> Result<UdpSocket> {
    let socket = UdpSocket::bind(aqui)
        .with_context(|| format!("não foi possível receber em {aqui}"))?;
    socket
        .connect(estrada)
        .with_context(|| format!("não foi possível usar {estrada}"))?;
    esvaziar(&socket, &mut vec![0; 65_536])?;
    Ok(socket)
}

// ANCHOR: depositar
fn depositar(cliente: &UdpSocket, numero: u32) -> Result<()> {
    let pedido = format!("{numero} {MOEDAS}");
    for _ in 0..TENTATIVAS {
        println!("depósito {numero}: mando {MOEDAS} moedas...");
        match cliente.send(pedido.as_bytes()) {
            Err(erro) if !e_passageiro(&erro) => Err(erro)?,
            _ => {} // o que não saiu é só mais um que se perdeu
        }
        if let Some(saldo) = esperar(cliente, numero)? {
            println!("depósito {numero}: guardado, saldo {saldo}");
            return Ok(());
        }
        println!("depósito {numero}: nada");
    }
    bail!(
        "nenhuma resposta em {TENTATIVAS} tentativas (a estrada está aberta?)"
    )
}
// ANCHOR_END: depositar

// ANCHOR: esperar
/// O prazo é da espera inteira: o que não serve não o faz recomeçar.
fn esperar(cliente: &UdpSocket, numero: u32) -> io::Result<Option<u32>> {
    let fim = Instant::now() + PRAZO;
    let mut buffer = vec![0; 65_536];
    let mut velhas = 0;
    let saldo = loop {
        let resta = fim.saturating_duration_since(Instant::now());
        if resta.is_zero() {
            break None;
        }
        cliente.set_read_timeout(Some(resta))?;
        match cliente.recv(&mut buffer) {
            Ok(tamanho) => match ler(&buffer[..tamanho]) {
                Some((dele, saldo)) if dele == numero => break Some(saldo),
                _ => velhas += 1,
            },
            Err(erro) if e_passageiro(&erro) => {}
            Err(erro) => return Err(erro),
        }
    };
    if velhas > 0 {
        println!("depósito {numero}: ignorei {velhas} de outros");
    }
    Ok(saldo)
}
// ANCHOR_END: esperar

// ANCHOR: guardar
/// O servidor: lembra o último pedido que atendeu e o que respondeu.
fn guardar(servidor: &UdpSocket) {
    let mut buffer = vec![0; 65_536];
    let mut atendido = 0;
    loop {
        let tamanho = match servidor.recv(&mut buffer) {
            Ok(tamanho) => tamanho,
            Err(erro) if e_passageiro(&erro) => continue,
            Err(_) => return,
        };
        let Some((numero, moedas)) = ler(&buffer[..tamanho]) else {
            continue;
        };
        if numero == atendido + 1 && moedas <= MOEDAS {
            COFRE.fetch_add(moedas, Ordering::SeqCst);
            atendido = numero;
        }
        if numero == atendido {
            let saldo = COFRE.load(Ordering::SeqCst);
            // Se esta resposta não sair, o cliente pergunta de novo.
            let _ = servidor.send(format!("{numero} {saldo}").as_bytes());
        }
    }
}
// ANCHOR_END: guardar

/// Dois números separados por um espaço; o resto não é conversa nossa.
fn ler(datagrama: &[u8]) -> Option<(u32, u32)> {
    let (numero, valor) = str::from_utf8(datagrama).ok()?.split_once(' ')?;
    Some((numero.parse().ok()?, valor.parse().ok()?))
}

/// O prazo que acabou, e os avisos de que não há ninguém do outro lado (ainda).
fn e_passageiro(erro: &io::Error) -> bool {
    use ErrorKind::{
        ConnectionRefused, ConnectionReset, Interrupted, TimedOut, WouldBlock,
    };
    matches!(
        erro.kind(),
        WouldBlock
            | TimedOut
            | Interrupted
            | ConnectionRefused
            | ConnectionReset
    )
}
