//! Em que CPU as threads de uma medição rodam.

use anyhow::{Context, Result};

use crate::cpu::{self, Ocupacao};
use crate::laboratorio::Laboratorio;

/// Esta thread e a do caminho, com o despertador fino, como uma ocupação manda; as que
/// esta criar nascem assim. Ao sair de cena, voltam a rodar onde o sistema quiser.
pub struct Posto<'a>(&'a Laboratorio);

impl<'a> Posto<'a> {
    /// Toma o posto de `ocupacao`.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn tomar(
        laboratorio: &'a Laboratorio,
        ocupacao: Ocupacao,
    ) -> Result<Self> {
        cpu::relogio_fino()
            .context("não foi possível afinar o despertador da thread")?;
        laboratorio.cpus(ocupacao)?;
        Ok(Self(laboratorio))
    }
}

impl Drop for Posto<'_> {
    fn drop(&mut self) {
        // Se não deu para voltar, as próximas medições escolhem de novo.
        let _ = self.0.cpus(Ocupacao::Livres);
    }
}
