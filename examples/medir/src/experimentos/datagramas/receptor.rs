//! Quem recebe: lê tudo o que chega até que não deva chegar mais nada.

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sockets::medir::sonda::Sonda;

use super::emissor::nanossegundos;
use crate::espera::legivel;

/// O maior datagrama que o UDP leva: nenhuma sonda chega cortada.
const MAIOR_DATAGRAMA: usize = 65_507;

/// O menor tempo que se espera depois do último envio.
pub const MENOR_ESCOAMENTO: Duration = Duration::from_millis(500);

/// Quanto se espera de cada vez antes de ver se a medição acabou.
const OLHADA: Duration = Duration::from_millis(20);

/// Quanto tempo se lê, no máximo, depois do fim do escoamento, se o buffer ainda não se
/// esvaziou: é um receptor muito mais lento que quem mandava.
const MAIOR_SOBRA: Duration = Duration::from_secs(30);

/// Um datagrama da medição que chegou.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chegada {
    /// O número que o emissor lhe deu.
    pub numero: u64,
    /// Quando saiu, em nanossegundos desde o começo da medição.
    pub enviada_ns: u64,
    /// Quando foi lido, no mesmo relógio: as duas pontas são threads deste processo.
    pub chegada_ns: u64,
}

impl Chegada {
    /// Quanto demorou para chegar, em nanossegundos.
    #[must_use]
    pub fn ida_ns(&self) -> u64 {
        self.chegada_ns.saturating_sub(self.enviada_ns)
    }
}

/// O que o receptor viu, além de cada chegada.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recebidos {
    /// Datagramas da medição, repetidos incluídos.
    pub datagramas: u64,
    /// Datagramas que não eram dela: de outra medição, ou de quem não é daqui.
    pub estranhos: u64,
    /// O maior atraso de um sentido.
    pub maior_ida_ns: u64,
}

/// O aviso de que o emissor acabou: quando saiu o último, no relógio da medição.
#[derive(Debug, Default)]
pub struct Fim(AtomicU64);

/// Ainda não acabou.
const NAO_ACABOU: u64 = 0;
/// A medição foi abandonada: o receptor acaba já.
const ABANDONADA: u64 = u64::MAX;

impl Fim {
    /// O último datagrama saiu em `agora_ns`.
    pub fn acabou(&self, agora_ns: u64) {
        self.0.store(agora_ns.max(1), Ordering::Release);
    }

    /// Se o emissor não acabou, não vai mais acabar: não há o que esperar.
    pub fn abandonar(&self) {
        let _ = self.0.compare_exchange(
            NAO_ACABOU,
            ABANDONADA,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
    }

    /// Se o emissor já acabou, em quanto tempo se para de esperar: três vezes a maior
    /// ida e volta, e nunca menos que meio segundo, depois do último envio.
    fn ate_ns(&self, maior_ida_ns: u64) -> Option<u64> {
        match self.0.load(Ordering::Acquire) {
            NAO_ACABOU => None,
            ABANDONADA => Some(0),
            ultimo => {
                let ida_e_volta = maior_ida_ns.saturating_mul(2);
                let escoar = ida_e_volta
                    .saturating_mul(3)
                    .max(nanossegundos(MENOR_ESCOAMENTO));
                Some(ultimo.saturating_add(escoar))
            }
        }
    }
}

/// Recebe as sondas do `experimento` e mostra cada uma a `ao_chegar`, na ordem em que
/// chegam, até que o escoamento depois do `fim` acabe. `inicio` é o zero do relógio, e
/// `menor_ida` o que já se sabe do atraso do caminho.
///
/// # Errors
/// O que o sistema respondeu.
pub fn receber(
    socket: &UdpSocket,
    experimento: u32,
    inicio: Instant,
    menor_ida: Duration,
    fim: &Fim,
    mut ao_chegar: impl FnMut(Chegada),
) -> Result<Recebidos> {
    let mut datagrama = vec![0; MAIOR_DATAGRAMA];
    let mut recebidos = Recebidos {
        maior_ida_ns: nanossegundos(menor_ida),
        ..Recebidos::default()
    };
    socket.set_nonblocking(true)?;
    loop {
        let ha_o_que_ler = legivel(socket, OLHADA)?;
        if acabou(fim, recebidos.maior_ida_ns, inicio, ha_o_que_ler) {
            return Ok(recebidos);
        }
        if !ha_o_que_ler {
            continue;
        }
        // Quem lê tudo de uma vez não pergunta as horas a cada datagrama.
        for _ in 0..64 {
            let Some(lidos) = ler(socket, &mut datagrama)? else {
                break;
            };
            let chegada_ns = nanossegundos(inicio.elapsed());
            match Sonda::ler(&datagrama[..lidos]) {
                Some(sonda) if sonda.experimento == experimento => {
                    let chegada = Chegada {
                        numero: sonda.numero,
                        enviada_ns: sonda.enviada_ns,
                        chegada_ns,
                    };
                    recebidos.datagramas += 1;
                    recebidos.maior_ida_ns =
                        recebidos.maior_ida_ns.max(chegada.ida_ns());
                    ao_chegar(chegada);
                }
                _ => recebidos.estranhos += 1,
            }
        }
    }
}

fn acabou(
    fim: &Fim,
    maior_ida_ns: u64,
    inicio: Instant,
    ha_o_que_ler: bool,
) -> bool {
    let agora_ns = nanossegundos(inicio.elapsed());
    fim.ate_ns(maior_ida_ns).is_some_and(|ate_ns| {
        let sobra = if ha_o_que_ler && ate_ns > 0 {
            nanossegundos(MAIOR_SOBRA)
        } else {
            0
        };
        agora_ns >= ate_ns.saturating_add(sobra)
    })
}

fn ler(socket: &UdpSocket, datagrama: &mut [u8]) -> Result<Option<usize>> {
    loop {
        match socket.recv(datagrama) {
            Ok(lidos) => return Ok(Some(lidos)),
            Err(erro) if sem_nada(&erro) => return Ok(None),
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => {
                return Err(erro).context("não foi possível receber");
            }
        }
    }
}

fn sem_nada(erro: &io::Error) -> bool {
    erro.kind() == ErrorKind::WouldBlock
}
