//! Quem manda: sondas numeradas, nos instantes de uma agenda.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sockets::medir::sonda::Sonda;

use super::agenda::{Agenda, dormir_ate};
use crate::resultados::Interrompido;

/// Quanto se espera, no máximo, sem perguntar se alguém pediu para parar.
const PACIENCIA: Duration = Duration::from_millis(100);

/// O que se faz antes de cada datagrama, depois de tantos mandados: esperar, se for o
/// caso, que caiba mais um no caminho.
pub type Freio<'a> = dyn Fn(u64) + 'a;

/// O emissor de uma medição. Só o que o sistema aceitou tem número: um `send` que falha
/// gasta o seu instante e é contado à parte, porque nada entrou no caminho.
pub struct Emissor<'a> {
    pub(super) socket: &'a UdpSocket,
    pub(super) inicio: Instant,
    pub(super) experimento: u32,
    pub(super) interrompido: &'a dyn Fn() -> bool,
    pub(super) datagrama: Vec<u8>,
    pub(super) mandados: Mandados,
}

/// O que saiu do emissor.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Mandados {
    /// Datagramas que o sistema aceitou, de número 0 a `enviados - 1`.
    pub enviados: u64,
    /// Vezes em que o `send` falhou: sem lugar para mandar (`ENOBUFS`), barrado por um
    /// firewall (`EPERM`), ninguém na porta do outro lado (`ECONNREFUSED`, o aviso do
    /// ICMP), sem rota.
    pub erros: u64,
    /// Vezes em que o resto da agenda andou para a frente: quem mandava não deu conta.
    pub remarcados: u64,
    /// Do primeiro ao último envio.
    pub demora: Duration,
}

impl Mandados {
    /// Quantos saíram por segundo, de fato; `None` quando não dá para dizer.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "são poucos datagramas")]
    pub fn por_segundo(&self) -> Option<f64> {
        let intervalos = self.enviados.checked_sub(1).filter(|&n| n > 0)?;
        Some(intervalos as f64 / self.demora.as_secs_f64())
    }
}

impl Emissor<'_> {
    /// Manda `quantos` datagramas, `por_segundo` (zero: um atrás do outro), e só volta
    /// depois do último.
    ///
    /// # Errors
    /// [`Interrompido`], ou o último erro do `send` quando nenhum deu certo: aí não
    /// houve medição.
    pub fn mandar(&mut self, quantos: u64, por_segundo: u32) -> Result<()> {
        self.mandar_com_freio(quantos, por_segundo, &|_| ())
    }

    /// Como [`mandar`](Self::mandar), mas chama `freio` antes de cada datagrama.
    ///
    /// # Errors
    /// Os mesmos.
    pub fn mandar_com_freio(
        &mut self,
        quantos: u64,
        por_segundo: u32,
        freio: &Freio<'_>,
    ) -> Result<()> {
        let comeco = Instant::now();
        let mut agenda = Agenda::nova(comeco, por_segundo);
        let (antes, mut ultimo_erro) = (self.mandados.enviados, None);
        for _ in 0..quantos {
            self.esperar(agenda.proximo(Instant::now()))?;
            freio(self.mandados.enviados);
            if let Err(erro) = self.mandar_um() {
                self.mandados.erros += 1;
                ultimo_erro = Some(erro);
            }
        }
        self.mandados.remarcados += agenda.remarcados();
        self.mandados.demora += comeco.elapsed();
        match ultimo_erro {
            Some(erro) if self.mandados.enviados == antes => {
                Err(erro).context("nenhum datagrama pôde ser mandado")
            }
            _ => Ok(()),
        }
    }

    /// O que já saiu.
    #[must_use]
    pub fn mandados(&self) -> Mandados {
        self.mandados
    }

    fn mandar_um(&mut self) -> std::io::Result<()> {
        Sonda {
            experimento: self.experimento,
            numero: self.mandados.enviados,
            enviada_ns: nanossegundos(self.inicio.elapsed()),
        }
        .escrever(&mut self.datagrama);
        self.socket.send(&self.datagrama)?;
        self.mandados.enviados += 1;
        Ok(())
    }

    fn esperar(&self, instante: Instant) -> Result<()> {
        self.conferir_se_para()?;
        while instante.saturating_duration_since(Instant::now()) > PACIENCIA {
            dormir_ate(Instant::now() + PACIENCIA);
            self.conferir_se_para()?;
        }
        dormir_ate(instante);
        Ok(())
    }

    fn conferir_se_para(&self) -> Result<()> {
        if (self.interrompido)() {
            return Err(Interrompido.into());
        }
        Ok(())
    }
}

/// Uma duração em nanossegundos inteiros: cabem 584 anos.
#[must_use]
pub fn nanossegundos(duracao: Duration) -> u64 {
    u64::try_from(duracao.as_nanos()).unwrap_or(u64::MAX)
}
