//! Os instantes de quem manda, e a vigia de quem espera.

use std::time::{Duration, Instant};

use super::canal::{OLHADA, Vigia};
use super::falha::Falha;

/// Abaixo disto, acordar de um sono demora mais que o que falta: espera-se acordado.
const SEM_DORMIR: Duration = Duration::from_micros(100);

/// Chama a vigia quando já passou uma [`OLHADA`] da última vez: quem faz algo milhares
/// de vezes por segundo não a chama em todas.
#[derive(Debug)]
pub struct Ronda(Instant);

impl Ronda {
    /// A primeira é daqui a uma olhada.
    #[must_use]
    pub fn nova() -> Self {
        Self(Instant::now() + OLHADA)
    }

    /// Se está na hora, chama `vigia`.
    ///
    /// # Errors
    /// O que a vigia achou.
    pub fn passar(
        &mut self,
        agora: Instant,
        vigia: Vigia<'_>,
    ) -> Result<(), Falha> {
        if agora >= self.0 {
            self.0 = agora + OLHADA;
            vigia()?;
        }
        Ok(())
    }
}

/// Espera até `instante`, e chama `vigia` enquanto isso.
///
/// # Errors
/// O que a vigia achou.
pub fn esperar_ate(
    instante: Instant,
    ronda: &mut Ronda,
    vigia: Vigia<'_>,
) -> Result<(), Falha> {
    loop {
        let agora = Instant::now();
        ronda.passar(agora, vigia)?;
        let falta = instante.saturating_duration_since(agora);
        if falta.is_zero() {
            return Ok(());
        }
        if falta < SEM_DORMIR {
            std::hint::spin_loop();
        } else {
            std::thread::sleep(falta.min(OLHADA));
        }
    }
}

/// Nanossegundos inteiros: cabem 584 anos.
#[must_use]
pub fn nanossegundos(duracao: Duration) -> u64 {
    u64::try_from(duracao.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn nunca_se_volta_antes_da_hora() {
        for micros in [0, 1, 99, 101, 3_000] {
            let hora = Instant::now() + Duration::from_micros(micros);
            let mut ronda = Ronda::nova();
            esperar_ate(hora, &mut ronda, &mut || Ok(())).unwrap();
            assert!(Instant::now() >= hora);
        }
    }

    #[test]
    fn a_vigia_acaba_com_a_espera() {
        let hora = Instant::now() + Duration::from_secs(3600);
        let mut vezes = 0;
        let fim = esperar_ate(hora, &mut Ronda::nova(), &mut || {
            vezes += 1;
            if vezes < 3 {
                Ok(())
            } else {
                Err(Falha::Interrompido)
            }
        });
        assert!(matches!(fim, Err(Falha::Interrompido)));
        assert_eq!(vezes, 3);
    }
}
