//! O que acontece quando se manda mais do que cabe: a mesma transferência por um trecho
//! estreito, com uma fila na entrada, sem perda sorteada. Tudo que se perde, a fila
//! derrubou.
//!
//! O TCP sente a fila encher e cede. O ARQ do chat tem uma janela fixa: se ela cabe no
//! caminho e na fila, é perfeita; se não cabe, a cada ida e volta o que sobra é derrubado
//! e repetido.

use std::time::Duration;

use crate::experimentos::transferencia::{Condicao, Gargalo, Protocolo, passo};
use crate::resultados::Passo;

/// O subcomando, e a tabela.
pub const NOME: &str = "gargalo";

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// Quantos bytes se transferem.
    pub bytes: usize,
    /// Quantos bytes vão em cada segmento do ARQ.
    pub carga: usize,
    /// A ida e volta do caminho, com a fila vazia.
    pub ida_e_volta: Duration,
    /// O trecho estreito.
    pub gargalo: Gargalo,
    /// As janelas do ARQ, em segmentos.
    pub janelas: Vec<u16>,
    /// Os controles de congestionamento do TCP.
    pub congestionamentos: Vec<&'static str>,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

/// 10 Mbit/s e 32 KiB: em 20 ms de ida e volta passam 25 kB, e na fila cabe mais um tanto
/// assim. Ao todo, uns 54 segmentos de 1000 bytes: entre a janela de 32 e a de 64.
const GARGALO: Gargalo = Gargalo {
    bits_por_segundo: 10_000_000,
    fila: 32 * 1024,
};

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            bytes: 200_000,
            janelas: vec![32, 128],
            congestionamentos: vec!["reno"],
            rodadas: 3,
            ..Self::completo()
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            bytes: 500_000,
            carga: 1000,
            ida_e_volta: Duration::from_millis(20),
            gargalo: GARGALO,
            janelas: vec![16, 32, 64, 128],
            congestionamentos: vec!["reno", "cubic", "bbr"],
            rodadas: 5,
        }
    }
}

/// Os passos: em cada rodada, todas as janelas e todos os controles.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    let mut passos = Vec::new();
    for rodada in 1..=pedido.rodadas {
        let protocolos =
            Protocolo::todos(&pedido.janelas, &pedido.congestionamentos);
        passos.extend(protocolos.map(|protocolo| {
            let condicao = Condicao {
                protocolo,
                bytes: pedido.bytes,
                carga: pedido.carga,
                ida_e_volta: pedido.ida_e_volta,
                porcento: 0.0,
                gargalo: Some(pedido.gargalo),
                buffer: None,
            };
            passo(NOME, rodada, condicao)
        }));
    }
    passos
}
