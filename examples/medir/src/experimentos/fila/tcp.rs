//! Mensagens de tamanho fixo por uma conexão TCP: um fluxo de bytes, que se corta a cada
//! tantos.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use socket2::SockRef;

use super::chegadas::Chegadas;
use super::marcados::Marcados;
use super::{Levadas, TAMANHO};
use crate::experimentos::confiavel::Limite;
use crate::experimentos::latencia::eco::so_uma_olhada;
use crate::experimentos::latencia::fluxo::esquecer_ao_fechar;
use crate::experimentos::latencia::{OLHADA, em_dupla};
use crate::laboratorio::{AjustesTcp, Laboratorio};

/// Quanto o núcleo guarda do que ainda não foi confirmado: mais que tudo o que se manda
/// enquanto uma perda se conserta, para que mandar quase nunca espere. O núcleo pode dar
/// menos; se encher, o atraso conta do mesmo jeito.
const BUFFER: usize = 1 << 20;

/// Leva as mensagens: `comecar` põe as regras no caminho e marca os instantes.
///
/// # Errors
/// A interrupção, o fim do prazo, ou o que o sistema respondeu.
pub fn levar(
    laboratorio: &Laboratorio,
    limite: Limite<'_>,
    comecar: impl FnOnce() -> Marcados,
) -> Levadas {
    let (cliente, servidor) = laboratorio.par_tcp(AjustesTcp {
        congestionamento: Some("reno"),
        sem_nagle: true,
    })?;
    esquecer_ao_fechar(&cliente)?;
    esquecer_ao_fechar(&servidor)?;
    SockRef::from(&cliente).set_send_buffer_size(BUFFER)?;
    cliente.set_write_timeout(Some(OLHADA))?;
    servidor.set_read_timeout(Some(OLHADA))?;
    let marcados = comecar();
    let ((), chegadas) = em_dupla(
        |acabou| receber(&servidor, marcados, acabou),
        || {
            marcados.cumprir(&limite, |mensagem| {
                mandar(&cliente, mensagem, &limite)
            })?;
            cliente.shutdown(Shutdown::Write)?;
            esperar_o_fim(&cliente, &limite)
        },
    )?;
    Ok(chegadas)
}

/// Manda a mensagem inteira, mesmo que o núcleo a aceite aos poucos.
fn mandar(
    mut cliente: &TcpStream,
    mut mensagem: &[u8],
    limite: &Limite<'_>,
) -> Result<()> {
    while !mensagem.is_empty() {
        match cliente.write(mensagem) {
            Ok(escritos) => mensagem = &mensagem[escritos..],
            Err(erro) if so_uma_olhada(&erro) && limite.continua()? => {}
            Err(erro) => {
                return Err(erro)
                    .context("não foi possível mandar uma mensagem");
            }
        }
    }
    Ok(())
}

/// Espera que o outro lado, que já leu tudo, feche o dele.
fn esperar_o_fim(mut cliente: &TcpStream, limite: &Limite<'_>) -> Result<()> {
    cliente.set_read_timeout(Some(OLHADA))?;
    loop {
        match cliente.read(&mut [0; 1]) {
            Ok(_) => return Ok(()),
            Err(erro) if so_uma_olhada(&erro) && limite.continua()? => {}
            Err(erro) => {
                return Err(erro).context("o outro lado não leu tudo no prazo");
            }
        }
    }
}

fn receber(
    mut servidor: &TcpStream,
    marcados: Marcados,
    acabou: &AtomicBool,
) -> Result<Chegadas> {
    let mut chegadas = Chegadas::nenhuma(marcados);
    let mut lidos = Vec::new();
    let mut pedaco = [0; 8 * 1024];
    while !acabou.load(Ordering::Relaxed) {
        match servidor.read(&mut pedaco) {
            Ok(0) => {
                servidor.shutdown(Shutdown::Write)?;
                break;
            }
            Ok(quantos) => lidos.extend_from_slice(&pedaco[..quantos]),
            Err(erro) if so_uma_olhada(&erro) => continue,
            Err(erro) => {
                return Err(erro).context("não foi possível ler mensagens");
            }
        }
        // O que sobra é o começo de uma mensagem: espera pelo resto dela.
        let inteiras = lidos.len() - lidos.len() % TAMANHO;
        for mensagem in lidos[..inteiras].chunks(TAMANHO) {
            chegadas.chegou(mensagem);
        }
        lidos.drain(..inteiras);
    }
    Ok(chegadas)
}
