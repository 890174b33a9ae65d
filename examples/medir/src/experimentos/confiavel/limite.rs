//! Até quando uma conversa pode durar.

use std::time::{Duration, Instant};

use crate::resultados::Interrompido;

/// De quanto em quanto tempo, no máximo, se pergunta se é hora de parar.
const FATIA: Duration = Duration::from_millis(20);

/// Até quando uma conversa pode durar.
#[derive(Clone, Copy)]
pub struct Limite<'a> {
    /// O fim do prazo.
    pub ate: Instant,
    /// Se alguém mandou parar antes.
    pub parar: &'a dyn Fn() -> bool,
}

impl Limite<'_> {
    /// Se ainda há prazo.
    ///
    /// # Errors
    /// [`Interrompido`], se alguém mandou parar.
    pub fn continua(&self) -> Result<bool, Interrompido> {
        if (self.parar)() {
            return Err(Interrompido);
        }
        Ok(Instant::now() < self.ate)
    }

    /// Quanto esperar, no máximo, sem perguntar de novo se é hora de parar.
    #[must_use]
    pub fn fatia(&self) -> Duration {
        self.espera(Duration::MAX)
    }

    /// Quanto se pode esperar por algo que vence daqui a `falta`.
    #[must_use]
    pub fn espera(&self, falta: Duration) -> Duration {
        falta
            .min(FATIA)
            .min(self.ate.saturating_duration_since(Instant::now()))
    }
}
