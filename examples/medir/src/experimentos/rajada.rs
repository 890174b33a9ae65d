//! Por que uma janela grande repete o que ninguém derrubou: em um caminho perfeito, a
//! janela inteira chega de uma vez, e o que não cabe no buffer de quem recebe se perde.
//!
//! A janela que o receptor anuncia conta segmentos; o buffer do socket conta bytes, e os
//! de cada datagrama são mais do que os que ele traz: o núcleo soma os seus (`socket(7)`,
//! `SO_RCVBUF`). A mesma transferência se faz com o buffer que o sistema dá e com um
//! maior: é a única diferença.

use std::time::Duration;

use crate::experimentos::transferencia::{Condicao, Protocolo, passo};
use crate::resultados::Passo;

/// O subcomando, e a tabela.
pub const NOME: &str = "rajada";

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// Quantos bytes se transferem.
    pub bytes: usize,
    /// Quantos bytes vão em cada segmento.
    pub carga: usize,
    /// A ida e volta do caminho, que não perde nada.
    pub ida_e_volta: Duration,
    /// As janelas, em segmentos.
    pub janelas: Vec<u16>,
    /// Os buffers de recepção que se pedem; `None`, o que o sistema der.
    pub buffers: Vec<Option<usize>>,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            janelas: vec![64, 256],
            rodadas: 3,
            ..Self::completo()
        }
    }

    /// O do `medir completo`. 1 MiB é o bastante para 256 segmentos, a maior janela que
    /// o ARQ admite.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            bytes: 500_000,
            carga: 1000,
            ida_e_volta: Duration::from_millis(20),
            janelas: vec![64, 128, 256],
            buffers: vec![None, Some(1 << 20)],
            rodadas: 5,
        }
    }
}

/// Os passos: em cada rodada, todas as janelas com todos os buffers.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    let mut passos = Vec::new();
    for rodada in 1..=pedido.rodadas {
        for &janela in &pedido.janelas {
            for &buffer in &pedido.buffers {
                let condicao = Condicao {
                    protocolo: Protocolo::UdpJanela(janela),
                    bytes: pedido.bytes,
                    carga: pedido.carga,
                    ida_e_volta: pedido.ida_e_volta,
                    porcento: 0.0,
                    gargalo: None,
                    buffer,
                };
                passos.push(passo(NOME, rodada, condicao));
            }
        }
    }
    passos
}
