//! Os instantes marcados, e quem os cumpre.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use sockets::medir::sonda::Sonda;

use super::TAMANHO;
use crate::experimentos::confiavel::Limite;

/// Quanto se dorme, no máximo, sem ver se é hora de parar.
const SONECA: Duration = Duration::from_millis(100);

/// Uma mensagem a cada intervalo, a partir de um começo. Quem se atrasa não remarca: a
/// mensagem sai depois, com o instante em que devia ter saído escrito nela.
#[derive(Debug, Clone, Copy)]
pub struct Marcados {
    inicio: Instant,
    ritmo: u32,
    quantas: u32,
    experimento: u32,
}

impl Marcados {
    /// `quantas` mensagens, `ritmo` por segundo, a partir de agora.
    #[must_use]
    pub fn novos(ritmo: u32, quantas: u32, experimento: u32) -> Self {
        Self {
            inicio: Instant::now(),
            ritmo,
            quantas,
            experimento,
        }
    }

    /// O zero do relógio das mensagens.
    #[must_use]
    pub fn inicio(&self) -> Instant {
        self.inicio
    }

    /// Quantas são.
    #[must_use]
    pub fn quantas(&self) -> u32 {
        self.quantas
    }

    /// O nome delas: as de outra rodada trazem outro.
    #[must_use]
    pub fn experimento(&self) -> u32 {
        self.experimento
    }

    /// Quando a mensagem `numero` devia sair, desde o começo.
    #[must_use]
    pub fn marcado(&self, numero: u32) -> Duration {
        // Multiplicar antes de dividir: nenhum arredondamento se acumula.
        Duration::from_secs(numero.into()) / self.ritmo
    }

    /// Entrega cada mensagem a `mandar`, no instante dela.
    ///
    /// # Errors
    /// Os de `mandar`, a interrupção, ou o fim do prazo.
    pub fn cumprir(
        &self,
        limite: &Limite<'_>,
        mut mandar: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut mensagem = [0; TAMANHO];
        for numero in 0..self.quantas {
            let marcado = self.marcado(numero);
            loop {
                if !limite.continua()? {
                    bail!("as mensagens não saíram no prazo");
                }
                let falta = marcado.saturating_sub(self.inicio.elapsed());
                if falta.is_zero() {
                    break;
                }
                std::thread::sleep(falta.min(SONECA));
            }
            Sonda {
                experimento: self.experimento,
                numero: numero.into(),
                enviada_ns: nanossegundos(marcado),
            }
            .escrever(&mut mensagem);
            mandar(&mensagem)?;
        }
        Ok(())
    }
}

/// Em nanossegundos inteiros: cabem 584 anos.
#[must_use]
pub fn nanossegundos(duracao: Duration) -> u64 {
    u64::try_from(duracao.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn os_instantes_nao_acumulam_arredondamento() {
        let marcados = Marcados::novos(300, 3_000, 0);
        assert_eq!(marcados.marcado(0), Duration::ZERO);
        assert_eq!(marcados.marcado(300), Duration::from_secs(1));
        assert_eq!(marcados.marcado(2_700), Duration::from_secs(9));
    }

    /// Quem manda para um tempo no meio: as que deviam ter saído saem logo depois, com
    /// os instantes em que deviam.
    #[test]
    fn quem_se_atrasa_nao_remarca() -> Result<()> {
        let marcados = Marcados::novos(1_000, 50, 3);
        let limite = Limite {
            ate: Instant::now() + Duration::from_secs(60),
            parar: &|| false,
        };
        let mut vistas = Vec::new();
        marcados.cumprir(&limite, |mensagem| {
            let sonda = Sonda::ler(mensagem).expect("é uma sonda");
            let agora = nanossegundos(marcados.inicio().elapsed());
            assert!(sonda.enviada_ns <= agora, "saiu antes da hora");
            vistas.push((sonda.numero, sonda.enviada_ns));
            if sonda.numero == 10 {
                std::thread::sleep(Duration::from_millis(20));
            }
            Ok(())
        })?;
        let esperadas: Vec<_> = (0..50).map(|n| (n, n * 1_000_000)).collect();
        assert_eq!(vistas, esperadas);
        Ok(())
    }
}
