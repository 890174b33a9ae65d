//! Entrega confiável sobre datagramas: repetição seletiva com janela deslizante.
//!
//! Uma máquina de estados pura, sem sockets, sem relógio e sem threads: entram
//! datagramas e instantes, saem datagramas e entregas. Serve ao chat
//! (`udp-confiavel`) e às medições.

use std::time::Duration;

/// Um instante, contado de uma origem qualquer que não muda enquanto a conversa dura.
pub type Instante = Duration;

/// O maior número de bytes do mapa de um [`Recibo`]: 32 bytes, 256 segmentos.
pub const MAIOR_MAPA: usize = 32;

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
