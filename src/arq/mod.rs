//! Entrega confiável sobre datagramas: repetição seletiva com janela deslizante.
//!
//! Duas máquinas de estados puras, sem sockets, sem relógio, sem threads e sem
//! sorteio: entram datagramas e instantes, saem datagramas e entregas. Servem ao
//! chat (`udp-confiavel`) e às medições.
//!
//! ```text
//!   guardar                                            entregar
//!      │        (número, carga) ─────────────► chegou     ▲
//!      ▼                                                  │
//!   Emissor                                           Receptor
//!                recibo  ◄───────────── próximo, janela, mapa
//! ```
//!
//! | módulo | ideia |
//! | --- | --- |
//! | `emissor` | o que mandar, o que repetir e quando |
//! | `receptor` | pôr em ordem, descartar repetidos, contar o que chegou |
//! | `rto` | quanto esperar antes de repetir |
//! | [`simulacao`] | uma rede de mentira, com semente, para provar e para mostrar |
//!
//! Com janela de um segmento, esta mesma máquina é o pare-e-espere.
//!
//! # Exemplo
//!
//! ```
//! use std::time::Duration;
//! use sockets::arq::{Configuracao, Emissor, Receptor};
//!
//! let mut emissor = Emissor::novo(Configuracao::default());
//! let mut receptor = Receptor::novo(Configuracao::default());
//! emissor.guardar(b"oi".to_vec());
//!
//! let agora = Duration::ZERO;
//! while let Some(envio) = emissor.proximo_envio(agora) {
//!     receptor.chegou(envio.numero, envio.carga);
//! }
//! assert_eq!(receptor.entregar().as_deref(), Some(b"oi".as_slice()));
//!
//! let depois = Duration::from_millis(20);
//! assert_eq!(emissor.recibo(depois, &receptor.recibo()), 1);
//! assert!(emissor.tudo_confirmado());
//! ```
//!
//! # O que isto não é
//!
//! Não há controle de congestionamento. A janela é fixa: quem manda muito ocupa
//! até `janela × carga` bytes por ida e volta, perca-se o que se perder, e não cede
//! lugar a quem divide o caminho, como o TCP cede. O único freio é o recuo do prazo:
//! quando nada mais volta, sai um segmento por prazo, e o prazo dobra. A RFC 8085
//! §3.1 pede mais que isso a quem transfere muito pela Internet (§3.1.2:
//! um controle como o do TCP ou o da TFRC). Para um chat, que manda pouco, e para
//! medir em uma rede de laboratório, serve; para transferir arquivos pela Internet,
//! não.

use std::time::Duration;

mod emissor;
mod receptor;
mod rto;
pub mod simulacao;

pub use emissor::{Emissor, Envio, MedidasDoEmissor};
pub use receptor::{Chegada, MedidasDoReceptor, Receptor};

/// Um instante, contado de uma origem qualquer que não muda enquanto a conversa dura.
pub type Instante = Duration;

/// O maior número de bytes do mapa de um [`Recibo`]: 32 bytes, 256 segmentos.
pub const MAIOR_MAPA: usize = 32;

/// A maior janela, em segmentos: o que um mapa inteiro descreve.
pub const MAIOR_JANELA: u16 = 256;

/// Os limites das duas máquinas. Os dois lados podem ter limites diferentes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuracao {
    /// Quantos segmentos podem estar no ar, ou esperar fora de ordem no receptor:
    /// de 1 (pare-e-espere) a [`MAIOR_JANELA`]. Fora disso, vale o mais próximo.
    pub janela: u16,
    /// Quantos segmentos o emissor guarda até a confirmação, mandados ou não. Ao
    /// menos 1.
    pub guardados: usize,
    /// O tamanho máximo da carga de um segmento, em bytes. O receptor descarta o que
    /// for maior: a memória dele nunca passa de `janela × maior_carga`.
    pub maior_carga: usize,
    /// O prazo mais curto antes de repetir quando nada volta.
    ///
    /// A RFC 6298 (2.4) recomenda 1 s e o Linux usa 200 ms, para não repetir à toa
    /// diante de quem atrasa a confirmação de propósito. O nosso receptor não
    /// atrasa, e a cada prazo só um segmento se repete: errar custa um datagrama. Os
    /// 50 ms cobrem o grão do relógio (até 16 ms no Windows) e o soluço de uma rede
    /// sem fio.
    pub menor_prazo: Duration,
    /// O prazo mais longo a que o recuo leva.
    ///
    /// A RFC 6298 (2.5) quer ao menos 60 s, para conexões que esperam horas. Aqui um
    /// silêncio de 8 s já é uma queda, e um recuo maior só atrasaria a volta. Um
    /// datagrama a cada 3 s é o que a RFC 8085 §3.1.3 permite a quem nada
    /// sabe do caminho.
    pub maior_prazo: Duration,
}

impl Default for Configuracao {
    /// O que o chat usa: 128 segmentos de até 1180 bytes.
    fn default() -> Self {
        Self {
            janela: 128,
            guardados: 256,
            maior_carga: 1180,
            menor_prazo: Duration::from_millis(50),
            maior_prazo: Duration::from_secs(3),
        }
    }
}

impl Configuracao {
    /// A janela, dentro dos limites.
    fn janela(&self) -> u64 {
        self.janela.clamp(1, MAIOR_JANELA).into()
    }
}

// ANCHOR: recibo
/// O que o receptor conta ao emissor: até onde tem tudo, o que tem depois disso e
/// quanto ainda cabe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recibo {
    /// Todos os segmentos de número menor que este foram entregues.
    pub proximo: u64,
    /// Quantos segmentos a partir de `proximo` cabem no receptor.
    pub janela: u16,
    /// O bit `i` (o mais significativo do primeiro byte é o 0) diz se o segmento
    /// `proximo + 1 + i` já chegou.
    pub mapa: Vec<u8>,
}
// ANCHOR_END: recibo

impl Recibo {
    /// O primeiro número de que este recibo nada diz, nem que chegou nem que falta.
    #[must_use]
    pub fn fim(&self) -> u64 {
        let mapa = &self.mapa[..self.mapa.len().min(MAIOR_MAPA)];
        let bits = mapa.iter().rposition(|b| *b != 0).map_or(0, |byte| {
            8 * (byte as u64 + 1) - u64::from(mapa[byte].trailing_zeros())
        });
        // Quem tem algo depois de `proximo` fala também dele, que falta.
        let proximo = self.proximo.saturating_add(u64::from(bits > 0));
        proximo.saturating_add(bits)
    }

    /// Se o segmento `numero` chegou, até onde este recibo sabe. O que passar de
    /// [`MAIOR_MAPA`] bytes no mapa não conta.
    #[must_use]
    pub fn confirma(&self, numero: u64) -> bool {
        let Some(depois) = numero.checked_sub(self.proximo) else {
            return true;
        };
        // O próprio `proximo` não está no mapa: ou não chegou, ou ainda não foi entregue.
        let Some(bit) = depois.checked_sub(1) else {
            return false;
        };
        let byte = usize::try_from(bit / 8).unwrap_or(usize::MAX);
        self.mapa
            .get(byte)
            .is_some_and(|b| byte < MAIOR_MAPA && b & (0x80 >> (bit % 8)) != 0)
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_mapa_comeca_depois_do_proximo_pelo_bit_mais_significativo() {
        let recibo = Recibo {
            proximo: 10,
            janela: 4,
            mapa: vec![0b0100_0000, 0b0000_0001],
        };
        let confirmados: Vec<u64> =
            (0..40).filter(|n| recibo.confirma(*n)).collect();
        assert_eq!(confirmados, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 26]);
    }

    #[test]
    fn o_fim_de_um_recibo_passa_do_ultimo_que_chegou() {
        let com = |mapa: &[u8]| Recibo {
            proximo: 10,
            janela: 4,
            mapa: mapa.to_vec(),
        };
        assert_eq!(com(&[]).fim(), 10);
        assert_eq!(com(&[0, 0]).fim(), 10);
        for mapa in [&[0x80][..], &[0x40], &[0x01], &[0xff, 0x20, 0]] {
            let recibo = com(mapa);
            assert!(recibo.confirma(recibo.fim() - 1), "{mapa:?}");
            assert!((recibo.fim()..300).all(|n| !recibo.confirma(n)));
        }
        let longe = Recibo {
            proximo: u64::MAX,
            ..com(&[0xff; 40])
        };
        assert_eq!(longe.fim(), u64::MAX);
    }

    #[test]
    fn um_mapa_maior_que_o_limite_nao_conta_alem_dele() {
        let recibo = Recibo {
            proximo: 0,
            janela: 0,
            mapa: vec![0xff; 1000],
        };
        assert!(recibo.confirma(256));
        assert!(!recibo.confirma(257));
        assert!(!recibo.confirma(u64::MAX));
    }
}
