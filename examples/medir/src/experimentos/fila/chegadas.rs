//! O atraso de cada mensagem que chega.

use std::time::Duration;

use sockets::medir::sonda::Sonda;

use super::marcados::{Marcados, nanossegundos};

/// As mensagens que chegaram, pelo número.
#[derive(Debug, Clone)]
pub struct Chegadas {
    marcados: Marcados,
    /// O atraso da primeira vez em que cada uma chegou.
    atrasos: Vec<Option<Duration>>,
}

impl Chegadas {
    /// Nenhuma chegou ainda.
    #[must_use]
    pub fn nenhuma(marcados: Marcados) -> Self {
        Self {
            atrasos: vec![None; marcados.quantas() as usize],
            marcados,
        }
    }

    /// Chegou agora o que está em `mensagem`. O que não é uma das mensagens desta rodada,
    /// ou já tinha chegado, não conta.
    // ANCHOR: chegou
    pub fn chegou(&mut self, mensagem: &[u8]) {
        let agora = nanossegundos(self.marcados.inicio().elapsed());
        let Some(sonda) = Sonda::ler(mensagem)
            .filter(|s| s.experimento == self.marcados.experimento())
        else {
            return;
        };
        let lugar = usize::try_from(sonda.numero)
            .ok()
            .and_then(|numero| self.atrasos.get_mut(numero));
        if let Some(lugar @ None) = lugar {
            let atraso = agora.saturating_sub(sonda.enviada_ns);
            *lugar = Some(Duration::from_nanos(atraso));
        }
    }
    // ANCHOR_END: chegou

    /// Se chegaram todas.
    #[must_use]
    pub fn todas(&self) -> bool {
        self.faltam() == 0
    }

    /// Quantas não chegaram.
    #[must_use]
    pub fn faltam(&self) -> u64 {
        self.atrasos.iter().filter(|a| a.is_none()).count() as u64
    }

    /// Os atrasos das que chegaram, sem as `primeiras`.
    #[must_use]
    pub fn depois_de(&self, primeiras: u32) -> Vec<Duration> {
        self.atrasos
            .iter()
            .skip(primeiras as usize)
            .flatten()
            .copied()
            .collect()
    }
}
