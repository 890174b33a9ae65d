//! Exercício `perda`: meça a perda de um caminho, e diga se a conta fecha.
//!
//! Rode: `cargo run -p exercicios --bin perda -- 127.0.0.1:0 5000`
//! Confira: `cargo conferir perda`

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

/// Nenhuma medição tem tantas sondas: quem manda mais só quer gastar memória.
const SONDAS_DEMAIS: usize = 1_000_000;

/// O que chegou, antes de se saber quantas foram mandadas.
#[derive(Default)]
struct Chegadas {
    /// Os números das sondas, na ordem em que vieram.
    sondas: Vec<u32>,
    /// Quantas foram mandadas, e quantas o caminho diz ter derrubado.
    fim: Option<(u32, u32)>,
}

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let silencio =
        Duration::from_millis(argumentos.numero(1, 5000, 1, 60_000)?);
    let socket = UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))?;
    socket.set_read_timeout(Some(silencio))?;
    println!("Medindo em {}", socket.local_addr()?);

    let chegadas = receber(&socket).context("não foi possível receber")?;
    let (mandadas, derrubadas) = chegadas
        .fim
        .context("o FIM não veio, e só o emissor sabe quantas mandou")?;
    relatar(&chegadas, mandadas, derrubadas);
    Ok(())
}

/// Recebe até que não chegue nada por um prazo inteiro: depois do FIM ainda pode vir uma
/// sonda que se atrasou.
fn receber(socket: &UdpSocket) -> io::Result<Chegadas> {
    let mut chegadas = Chegadas::default();
    let mut buffer = vec![0; 65_536];
    loop {
        match socket.recv_from(&mut buffer) {
            Ok(_) if chegadas.sondas.len() == SONDAS_DEMAIS => {
                return Err(io::Error::other("chegaram sondas demais"));
            }
            Ok((tamanho, _)) => chegadas.anotar(&buffer[..tamanho]),
            Err(erro) if acabou_o_prazo(&erro) => return Ok(chegadas),
            Err(erro) if passageiro(&erro) => {}
            Err(erro) => return Err(erro),
        }
    }
}

impl Chegadas {
    fn anotar(&mut self, datagrama: &[u8]) {
        match *datagrama {
            [b'S', a, b, c, d] => {
                self.sondas.push(u32::from_be_bytes([a, b, c, d]));
            }
            [b'F', a, b, c, d, e, f, g, h] => {
                let mandadas = u32::from_be_bytes([a, b, c, d]);
                let derrubadas = u32::from_be_bytes([e, f, g, h]);
                self.fim = Some((mandadas, derrubadas));
            }
            _ => {} // não é desta medição
        }
    }
}

fn relatar(chegadas: &Chegadas, mandadas: u32, derrubadas: u32) {
    let mut vistas = BTreeSet::new();
    let (mut repetidas, mut ultrapassadas) = (0, 0);
    // Quem mandou 20 não mandou a 20: ela é de outra medição.
    for &numero in chegadas.sondas.iter().filter(|n| **n < mandadas) {
        let maior = vistas.last().copied();
        if !vistas.insert(numero) {
            repetidas += 1;
        } else if Some(numero) < maior {
            ultrapassadas += 1;
        }
    }
    let unicas = u32::try_from(vistas.len()).unwrap_or(u32::MAX);
    let perdidas = mandadas.saturating_sub(unicas);
    let proxima = vistas.last().map_or(0, |maior| maior + 1);
    println!("únicas: {unicas}");
    println!("repetidas: {repetidas}");
    println!("ultrapassadas: {ultrapassadas}");
    println!("perdidas: {perdidas}");
    println!("no fim: {}", mandadas - proxima);
    let fracao = f64::from(perdidas) / f64::from(mandadas.max(1));
    println!("perda: {:.1} %", 100.0 * fracao);
    if perdidas == derrubadas {
        println!("a conta fecha");
    } else {
        println!(
            "a conta não fecha: {perdidas} perdidas, {derrubadas} derrubadas"
        );
    }
}

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn passageiro(erro: &io::Error) -> bool {
    let kind = erro.kind();
    matches!(kind, ErrorKind::Interrupted | ErrorKind::ConnectionReset)
}
