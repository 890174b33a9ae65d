//! Toma por mediana um dos dois do meio, quando os tempos são em número par.
//!
//! diagnostico: resumo

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "QUANTOS", "MILISSEGUNDOS"])?;
    let destino = argumentos.destino()?;
    let quantos = u32::try_from(argumentos.numero(1, 10, 1, 1000)?)?;
    let prazo = Duration::from_millis(argumentos.numero(2, 500, 1, 60_000)?);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).context("não há socket")?;
    // Com o `connect`, o núcleo só entrega o que vem do destino.
    socket.connect(destino)?;

    let mut tempos = Vec::new();
    let mut atrasadas = 0;
    for numero in 1..=quantos {
        let saida = Instant::now();
        mandar(&socket, numero).context("não foi possível mandar")?;
        match esperar(&socket, numero, saida + prazo, &mut atrasadas)? {
            Some(chegada) => {
                let tempo = milissegundos(chegada - saida);
                println!("sonda {numero}: {tempo:.1} ms");
                tempos.push(tempo);
            }
            None => println!("sonda {numero}: sem resposta"),
        }
    }
    println!("respondidas: {}", tempos.len());
    println!("sem resposta: {}", quantos as usize - tempos.len());
    println!("atrasadas: {atrasadas}");
    resumir(&mut tempos);
    Ok(())
}

fn mandar(socket: &UdpSocket, numero: u32) -> io::Result<()> {
    match socket.send(&numero.to_be_bytes()) {
        // O aviso fala de um datagrama de antes: vale por uma perda.
        Err(erro) if !aviso(&erro) => Err(erro),
        _ => Ok(()),
    }
}

/// O instante em que chega a resposta a esta sonda, ou `None` se não chega até a hora
/// marcada. As respostas às anteriores são contadas em `atrasadas`.
fn esperar(
    socket: &UdpSocket,
    numero: u32,
    ate: Instant,
    atrasadas: &mut u32,
) -> Result<Option<Instant>> {
    let mut buffer = [0; 64];
    loop {
        let resta = ate.saturating_duration_since(Instant::now());
        if resta.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(resta))?;
        let resposta = match socket.recv(&mut buffer) {
            Ok(tamanho) => &buffer[..tamanho],
            Err(erro) if acabou_o_prazo(&erro) => return Ok(None),
            Err(erro) if aviso(&erro) || erro.kind() == ErrorKind::Interrupted => continue,
            Err(erro) => return Err(erro).context("não foi possível receber"),
        };
        let Ok(resposta) = resposta.try_into().map(u32::from_be_bytes) else {
            continue; // não tem 4 bytes: não é uma resposta
        };
        if resposta == numero {
            return Ok(Some(Instant::now()));
        }
        *atrasadas += u32::from((1..numero).contains(&resposta));
    }
}

fn resumir(tempos: &mut [f64]) {
    tempos.sort_by(f64::total_cmp);
    let (Some(minimo), Some(maximo)) = (tempos.first(), tempos.last()) else {
        return;
    };
    let mediana = tempos[tempos.len() / 2];
    println!("mínimo: {minimo:.1} ms");
    println!("mediana: {mediana:.1} ms");
    println!("máximo: {maximo:.1} ms");
}

fn milissegundos(tempo: Duration) -> f64 {
    tempo.as_secs_f64() * 1000.0
}

/// O mesmo fim de prazo tem um nome no Unix e outro no Windows.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Ninguém na porta, dito por ICMP.
fn aviso(erro: &io::Error) -> bool {
    let kind = erro.kind();
    matches!(
        kind,
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset
    )
}
