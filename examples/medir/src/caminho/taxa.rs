//! Um trecho em que só cabem tantos bits por segundo, e a fila de quem espera por ele.

use std::collections::VecDeque;
use std::time::Duration;

use super::modelo::Instante;

/// Quantos nanossegundos há em um segundo.
const NANOS: u128 = 1_000_000_000;

/// Um transmissor que manda um pacote de cada vez, e a fila na frente dele.
///
/// Um pacote que acha o transmissor parado sai logo. Um que o acha ocupado espera na
/// fila, se couber inteiro no que sobra dela; se não couber, é derrubado (cauda
/// derrubada, *drop-tail*: RFC 7567 §1). Quem já está sendo transmitido não ocupa
/// a fila.
#[derive(Debug, Clone)]
pub struct Trecho {
    /// Nunca zero.
    bits_por_segundo: u64,
    /// Quantos bytes cabem na fila.
    fila: usize,
    /// Até quando há o que transmitir.
    ocupado_ate: Instante,
    /// A fração de nanossegundo que falta em `ocupado_ate`, em partes de
    /// `bits_por_segundo`: sem ela a taxa erraria um pouco a cada pacote.
    resto: u128,
    /// Quem espera: quando começa a ser transmitido, e quantos bytes tem.
    esperam: VecDeque<(Instante, usize)>,
    /// A soma dos bytes de quem espera.
    bytes_na_fila: usize,
}

impl Trecho {
    /// Um trecho parado, por onde passam `bits_por_segundo` (0 vale 1), com uma fila de
    /// `fila` bytes.
    #[must_use]
    pub fn novo(bits_por_segundo: u64, fila: usize) -> Self {
        Self {
            bits_por_segundo: bits_por_segundo.max(1),
            fila,
            ocupado_ate: Instante::ZERO,
            resto: 0,
            esperam: VecDeque::new(),
            bytes_na_fila: 0,
        }
    }

    /// Chega um pacote de `bytes`: quando o último bit dele terá saído, ou `None` se ele
    /// não cabe na fila. `agora` nunca volta atrás.
    pub fn passa(&mut self, agora: Instante, bytes: usize) -> Option<Instante> {
        self.andar(agora);
        if self.ocupado_ate > agora {
            if self.bytes_na_fila + bytes > self.fila {
                return None;
            }
            self.esperam.push_back((self.ocupado_ate, bytes));
            self.bytes_na_fila += bytes;
        } else if self.ocupado_ate < agora {
            // Quem acabou neste instante segue sem pausa, com a fração que falta.
            self.ocupado_ate = agora;
            self.resto = 0;
        }
        let dura = self.transmitir(bytes);
        self.ocupado_ate += dura;
        Some(self.ocupado_ate)
    }

    /// Tira da fila quem já começou a ser transmitido.
    fn andar(&mut self, agora: Instante) {
        while let Some(&(comeca, bytes)) = self.esperam.front()
            && comeca <= agora
        {
            self.esperam.pop_front();
            self.bytes_na_fila -= bytes;
        }
    }

    /// Quanto dura a transmissão de `bytes` logo em seguida à anterior.
    fn transmitir(&mut self, bytes: usize) -> Duration {
        let partes = bytes as u128 * 8 * NANOS + self.resto;
        let taxa = u128::from(self.bits_por_segundo);
        self.resto = partes % taxa;
        Duration::from_nanos(u64::try_from(partes / taxa).unwrap_or(u64::MAX))
    }
}
