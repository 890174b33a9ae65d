//! Quanto tempo leva uma conversa de perguntas e respostas quando a rede perde: uma
//! pergunta por vez, e a seguinte só depois da resposta.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`rodada`] | uma rodada em uma condição, e o que se mediu nela |
//! | [`tcp`] | uma conexão: o núcleo repete, quando ele acha que deve |
//! | [`udp`] | sem repetir: passado o prazo, a pergunta fica sem resposta |
//! | [`pare_e_espere`] | UDP com o ARQ do chat: janela de um segmento, prazo fixo |
//! | [`previsao`] | o que as fórmulas esperam |
//! | [`linhas`] | as linhas das tabelas |
//!
//! # O que se cronometra
//! Quanto cada pergunta prendeu quem perguntava: até a resposta ou, no `udp`, até
//! desistir dela. Contar só as respondidas daria ao `udp` uma cauda que ele não tem.
//!
//! # O que vai às fórmulas
//! A ida e volta e os prazos que houve de fato: `rtt_us` é a média das perguntas de que
//! nada se perdeu, e `rto_ms`, quanto se esperou antes de repetir ou desistir. No TCP
//! quem repete primeiro é a sonda de cauda, e a espera dela é `sonda_ms`.
//!
//! # Duas razões
//! Quarenta perdas que se esperam podem ser trinta ou cinquenta, e o tempo vai com elas.
//! `razao` compara o tempo com a fórmula das perdas que o caminho **fez** (`perda_na_ida`
//! e `perda_na_volta`), e diz se a conta de cada perda está certa; `razao_da_pedida`, com
//! a da perda que se **pediu** a ele, e traz também a sorte da rodada.

pub mod linhas;
pub mod pare_e_espere;
pub mod previsao;
pub mod rodada;
pub mod tcp;
pub mod udp;

use std::time::Duration;

pub use rodada::{Condicao, Medida, Protocolo};

use crate::resultados::Passo;

/// O subcomando, e a tabela.
pub const NOME: &str = "pergunta-resposta";

/// A tabela das caudas.
const CAUDA: &str = "pergunta-resposta-ccdf";

/// Bytes de cada pergunta e de cada resposta.
pub const TAMANHO: usize = 64;

/// Quanto o `udp` espera por uma resposta antes de passar à próxima pergunta, e o
/// pare-e-espere antes de repetir: o menor prazo do ARQ do chat.
pub const PRAZO: Duration = Duration::from_millis(50);

/// O menor prazo de retransmissão do TCP do Linux (`TCP_RTO_MIN`), quando ninguém o muda.
const DO_LINUX: Duration = Duration::from_millis(200);

/// Uma perda, e quantas perguntas fazer com ela.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Perda {
    /// A perda em cada sentido, em %.
    pub porcento: f64,
    /// Quantas perguntas.
    pub perguntas: u32,
}

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// As perdas. As perguntas rareiam quando a perda cresce: o que dá precisão a uma
    /// rodada são as perdas dela, e cada uma custa um prazo.
    pub perdas: Vec<Perda>,
    /// A ida e volta do caminho. Maior que [`PRAZO`], toda resposta chega tarde.
    pub atraso: Duration,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            perdas: perdas(&[(0.0, 1_000), (1.0, 300), (5.0, 60)]),
            atraso: Duration::ZERO,
            rodadas: 3,
        }
    }

    /// O do `medir completo`: umas quarenta perdas por rodada, ou mais.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            perdas: perdas(&[
                (0.0, 2_000),
                (1.0, 2_000),
                (5.0, 600),
                (10.0, 300),
                (20.0, 150),
            ]),
            atraso: Duration::ZERO,
            rodadas: 5,
        }
    }
}

fn perdas(pares: &[(f64, u32)]) -> Vec<Perda> {
    pares
        .iter()
        .map(|&(porcento, perguntas)| Perda {
            porcento,
            perguntas,
        })
        .collect()
}

/// Os passos: em cada rodada, todas as perdas, pelos três protocolos.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    let mut passos = Vec::new();
    for rodada in 1..=pedido.rodadas {
        for perda in &pedido.perdas {
            for protocolo in Protocolo::TODOS {
                let condicao = Condicao {
                    protocolo,
                    perda: perda.porcento / 100.0,
                    perguntas: perda.perguntas,
                    atraso: pedido.atraso,
                    menor_prazo_do_tcp: DO_LINUX,
                };
                passos.push(passo(perda.porcento, condicao, rodada));
            }
        }
    }
    passos
}

fn passo(porcento: f64, condicao: Condicao, rodada: u32) -> Passo {
    Passo {
        chave: format!(
            "pergunta-resposta {} p={porcento} n={} rtt={} rodada={rodada}",
            condicao.protocolo.nome(),
            condicao.perguntas,
            condicao.atraso.as_millis(),
        ),
        estimativa: previsao::estimativa(&condicao),
        fazer: Box::new(move |contexto| {
            let medida = rodada::medir(contexto, &condicao, contexto.semente)?;
            Ok(linhas::comuns(contexto.semente, rodada, &medida))
        }),
    }
}
