//! Exercício `datagramas`: conte os cartões que chegaram, faltaram, vieram em dobro, vieram
//! fora de ordem e eram compridos demais.
//!
//! Rode: `cargo run -p exercicios --bin datagramas -- 127.0.0.1:0 12 5000`
//! Confira: `cargo conferir datagramas`

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// O maior cartão, com os 4 bytes do número.
const MAIOR_CARTAO: usize = 512;

#[derive(Default)]
struct Contas {
    vistos: BTreeSet<u32>,
    repetidos: u32,
    fora_de_ordem: u32,
    compridos: u32,
}

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos =
        sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS", "MILISSEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let quantos = u32::try_from(argumentos.numero(1, 12, 1, 1000)?)?;
    let prazo = Duration::from_millis(argumentos.numero(2, 5000, 1, 60_000)?);

    let socket = UdpSocket::bind(endereco)
        .with_context(|| format!("não foi possível receber em {endereco}"))?;
    println!("Recebendo em {}", socket.local_addr()?);
    let contas =
        receber(&socket, quantos, prazo).context("não foi possível receber")?;

    println!("diferentes: {}", contas.vistos.len());
    println!("perdidos: {}", quantos as usize - contas.vistos.len());
    println!("repetidos: {}", contas.repetidos);
    println!("fora de ordem: {}", contas.fora_de_ordem);
    println!("compridos: {}", contas.compridos);
    Ok(())
}

fn receber(
    socket: &UdpSocket,
    quantos: u32,
    prazo: Duration,
) -> io::Result<Contas> {
    // Uma hora marcada: cada `recv_from` espera só o que resta até ela.
    let ate = Instant::now() + prazo;
    let mut contas = Contas::default();
    let mut dono: Option<SocketAddr> = None;
    // Cabe qualquer datagrama: quem decide o que é comprido demais é o programa.
    let mut buffer = vec![0; 65_536];
    loop {
        let resta = ate.saturating_duration_since(Instant::now());
        if resta.is_zero() {
            return Ok(contas);
        }
        socket.set_read_timeout(Some(resta))?;
        let (tamanho, quem) = match socket.recv_from(&mut buffer) {
            Ok(recebido) => recebido,
            Err(erro) if acabou_o_prazo(&erro) => return Ok(contas),
            // Interrompido, ou o aviso sobre um datagrama de antes: o laço continua.
            Err(erro) if passageiro(&erro) => continue,
            Err(erro) => return Err(erro),
        };
        let Some((numero, _texto)) = buffer[..tamanho].split_first_chunk()
        else {
            continue; // não tem nem o número
        };
        let numero = u32::from_be_bytes(*numero);
        if numero > quantos || *dono.get_or_insert(quem) != quem {
            continue;
        }
        if numero == 0 {
            return Ok(contas);
        }
        if tamanho > MAIOR_CARTAO {
            contas.compridos += 1;
            continue;
        }
        let maior = contas.vistos.last().copied().unwrap_or(0);
        if !contas.vistos.insert(numero) {
            contas.repetidos += 1;
        } else if numero < maior {
            contas.fora_de_ordem += 1;
        }
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
