//! Não falar demais: repetir cada vez mais devagar, e responder só de vez em quando.

use std::time::{Duration, Instant};

/// Deixa passar no máximo uma vez a cada tanto tempo. Quem responde assim não serve
/// para amplificar: mil perguntas forjadas dão uma resposta.
#[derive(Debug)]
pub struct Ritmo {
    pausa: Duration,
    livre: Option<Instant>,
}

impl Ritmo {
    /// No máximo uma vez a cada `pausa`.
    #[must_use]
    pub fn novo(pausa: Duration) -> Self {
        Self { pausa, livre: None }
    }

    /// Se pode passar agora. Quem pode, passa: a pausa recomeça.
    pub fn deixa(&mut self, agora: Instant) -> bool {
        let livre = self.livre.is_none_or(|livre| agora >= livre);
        if livre {
            self.livre = Some(agora + self.pausa);
        }
        livre
    }
}

/// Quando repetir o que se diz até ser ouvido: com uma pausa que dobra.
#[derive(Debug)]
pub struct Repeticao {
    primeira: Duration,
    maior: Duration,
    pausa: Duration,
    proxima: Instant,
    vezes: u32,
}

impl Repeticao {
    /// Uma vez já, outra depois da `primeira` pausa, até a `maior`.
    #[must_use]
    pub fn nova(primeira: Duration, maior: Duration, agora: Instant) -> Self {
        Self {
            primeira,
            maior,
            pausa: primeira,
            proxima: agora,
            vezes: 0,
        }
    }

    /// Do princípio.
    pub fn recomecar(&mut self, agora: Instant) {
        *self = Self::nova(self.primeira, self.maior, agora);
    }

    /// Se está na hora.
    pub fn hora(&mut self, agora: Instant) -> bool {
        let hora = agora >= self.proxima;
        if hora {
            self.proxima = agora + self.pausa;
            self.pausa = (self.pausa * 2).min(self.maior);
            self.vezes = self.vezes.saturating_add(1);
        }
        hora
    }

    /// Quando é a próxima.
    #[must_use]
    pub fn proxima(&self) -> Instant {
        self.proxima
    }

    /// Quantas já foram.
    #[must_use]
    pub fn vezes(&self) -> u32 {
        self.vezes
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const MILISSEGUNDO: Duration = Duration::from_millis(1);

    #[test]
    fn o_ritmo_deixa_passar_uma_vez_por_pausa() {
        let zero = Instant::now();
        let mut ritmo = Ritmo::novo(50 * MILISSEGUNDO);
        let passaram = (0..1000)
            .filter(|ms| ritmo.deixa(zero + *ms * MILISSEGUNDO))
            .count();
        assert_eq!(passaram, 20);
    }

    #[test]
    fn a_repeticao_dobra_ate_a_maior_pausa() {
        let zero = Instant::now();
        let primeira = 200 * MILISSEGUNDO;
        let mut repeticao =
            Repeticao::nova(primeira, 2000 * MILISSEGUNDO, zero);
        let horas: Vec<u32> = (0..10_000)
            .filter(|ms| repeticao.hora(zero + *ms * MILISSEGUNDO))
            .collect();
        assert_eq!(horas, [0, 200, 600, 1400, 3000, 5000, 7000, 9000]);
        repeticao.recomecar(zero);
        assert_eq!((repeticao.proxima(), repeticao.vezes()), (zero, 0));
    }
}
