//! Uma mensagem por datagrama: chegam as que chegam.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::chegadas::Chegadas;
use super::marcados::Marcados;
use super::{Levadas, TAMANHO};
use crate::espera::legivel;
use crate::experimentos::confiavel::Limite;
use crate::experimentos::latencia::{OLHADA, em_dupla};
use crate::laboratorio::Laboratorio;

/// O menor tempo que se espera depois do último envio por quem está a caminho.
pub const ESCOAMENTO: Duration = Duration::from_millis(500);

/// Leva as mensagens por um caminho de ida e volta `atraso`: `comecar` põe as regras nele
/// e marca os instantes.
///
/// # Errors
/// A interrupção, o fim do prazo, ou o que o sistema respondeu.
pub fn levar(
    laboratorio: &Laboratorio,
    limite: Limite<'_>,
    atraso: Duration,
    comecar: impl FnOnce() -> Marcados,
) -> Levadas {
    let (cliente, servidor) = laboratorio.par_udp()?;
    servidor.set_nonblocking(true)?;
    let marcados = comecar();
    let ((), chegadas) = em_dupla(
        |acabou| receber(&servidor, marcados, acabou),
        || {
            marcados.cumprir(&limite, |mensagem| {
                let mandada = cliente.send(mensagem);
                mandada.context("não foi possível mandar uma mensagem")?;
                Ok(())
            })?;
            escoar(ESCOAMENTO.max(3 * atraso), &limite)
        },
    )?;
    Ok(chegadas)
}

fn escoar(quanto: Duration, limite: &Limite<'_>) -> Result<()> {
    let ate = Instant::now() + quanto;
    while Instant::now() < ate && limite.continua()? {
        let falta = ate.saturating_duration_since(Instant::now());
        std::thread::sleep(falta.min(OLHADA));
    }
    Ok(())
}

fn receber(
    servidor: &UdpSocket,
    marcados: Marcados,
    acabou: &AtomicBool,
) -> Result<Chegadas> {
    let mut chegadas = Chegadas::nenhuma(marcados);
    let mut mensagem = [0; TAMANHO];
    while !acabou.load(Ordering::Relaxed) {
        if !legivel(servidor, OLHADA)? {
            continue;
        }
        match servidor.recv(&mut mensagem) {
            Ok(lidos) => chegadas.chegou(&mensagem[..lidos]),
            Err(erro) if erro.kind() == ErrorKind::WouldBlock => {}
            Err(erro) => {
                return Err(erro).context("não foi possível ler mensagens");
            }
        }
    }
    Ok(chegadas)
}
