//! Doze cartões numerados, de um socket a outro: direto, ou por uma estrada ruim.
//!
//! Direto, chegam todos: `cargo run --example datagramas_estrada`
//!
//! Terminal 1: `cargo run --example estrada_ruim`
//! Terminal 2: `cargo run --example datagramas_estrada -- 127.0.0.1:50002`
//!
//! A estrada só leva o que vem das portas 50000 e 50001. Para usar outras, diga-as
//! aos dois programas, na mesma ordem: `-- ESTRADA CLIENTE SERVIDOR`.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

const CARTOES: u32 = 12;

/// Depois disto sem chegar nada, o que falta se perdeu.
const SILENCIO: Duration = Duration::from_millis(300);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["ESTRADA", "CLIENTE", "SERVIDOR"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let direto = argumentos.texto(0).is_none();
    let portas = if direto { [0, 0] } else { [50000, 50001] };
    let [aqui, la] = portas.map(|porta| (Ipv4Addr::LOCALHOST, porta));
    let cliente = associar(argumentos.ip_e_porta(1, aqui)?)?;
    let servidor = associar(argumentos.ip_e_porta(2, la)?)?;
    let destino = argumentos.ip_e_porta(0, servidor.local_addr()?)?;

    for numero in 1..=CARTOES {
        let cartao = numero.to_string();
        cliente
            .send_to(cartao.as_bytes(), destino)
            .with_context(|| format!("o cartão {numero} não saiu"))?;
    }
    println!("Mandei {CARTOES} cartões para {destino}.");
    receber(&servidor).context("não foi possível receber")
}

fn associar(endereco: SocketAddr) -> Result<UdpSocket> {
    UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))
}

fn receber(servidor: &UdpSocket) -> io::Result<()> {
    servidor.set_read_timeout(Some(SILENCIO))?;
    let mut buffer = vec![0; 65_536];
    let mut vistos = BTreeSet::new();
    let mut chegaram = 0;
    while chegaram < 4 * CARTOES {
        let tamanho = match servidor.recv_from(&mut buffer) {
            Ok((tamanho, _)) => tamanho,
            Err(erro) if erro.kind() == ErrorKind::Interrupted => continue,
            Err(erro) if acabou_o_prazo(&erro) => break,
            Err(erro) => return Err(erro),
        };
        let Some(numero) = ler(&buffer[..tamanho]) else {
            continue; // não é um dos nossos cartões
        };
        chegaram += 1;
        // ANCHOR: receber
        let maior = vistos.last().copied().unwrap_or(0);
        if !vistos.insert(numero) {
            println!("{numero:>4}  repetido");
        } else if numero < maior {
            println!("{numero:>4}  atrasado: o {maior} passou na frente");
        } else if numero > maior + 1 {
            println!("{numero:>4}  e o {}?", maior + 1);
        } else {
            println!("{numero:>4}");
        }
        // ANCHOR_END: receber
    }
    println!("Chegaram {chegaram}, e {} são diferentes.", vistos.len());
    Ok(())
}

fn ler(cartao: &[u8]) -> Option<u32> {
    let numero = str::from_utf8(cartao).ok()?.parse().ok()?;
    (1..=CARTOES).contains(&numero).then_some(numero)
}

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
