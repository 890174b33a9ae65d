//! Quantos bits por segundo o TCP leva, sem parar, por um caminho que perde.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`massa`] | um lado escreve sem parar, o outro lê sem parar |
//! | [`linhas`] | as linhas da tabela |
//!
//! Só a ida perde: é dela que a fórmula de Mathis fala. As confirmações se acumulam, e
//! perder uma ou outra quase não muda nada.

pub mod linhas;
pub mod massa;

use std::time::Duration;

use anyhow::Result;
use sockets::medir::formulas;

use crate::caminho::{Contas, Regras};
use crate::cpu::Ocupacao;
use crate::laboratorio::{AjustesTcp, Conexao};
use crate::resultados::{Contexto, Passo};
use massa::{Duracao, Lido};

/// O subcomando, e a tabela.
pub const NOME: &str = "vazao";

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// A ida e volta do caminho.
    pub ida_e_volta: Duration,
    /// Os controles de congestionamento.
    pub congestionamentos: Vec<&'static str>,
    /// As perdas da ida, em %.
    pub perdas: Vec<f64>,
    /// Quanto dura cada rodada.
    pub duracao: Duracao,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            congestionamentos: vec!["reno", "bbr"],
            perdas: vec![1.0],
            duracao: Duracao {
                aquecimento: Duration::from_millis(500),
                medida: Duration::from_secs(1),
            },
            rodadas: 3,
            ..Self::completo()
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            ida_e_volta: Duration::from_millis(20),
            congestionamentos: vec!["reno", "cubic", "bbr"],
            perdas: vec![0.1, 0.3, 1.0, 3.0, 5.0],
            duracao: Duracao {
                aquecimento: Duration::from_secs(1),
                medida: Duration::from_secs(4),
            },
            rodadas: 5,
        }
    }
}

/// Uma condição.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condicao {
    /// A ida e volta do caminho.
    pub ida_e_volta: Duration,
    /// O controle de congestionamento.
    pub congestionamento: &'static str,
    /// A perda da ida, em %.
    pub porcento: f64,
    /// Quanto dura.
    pub duracao: Duracao,
}

/// Os passos: em cada rodada, todas as perdas, com todos os controles.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    let mut passos = Vec::new();
    for rodada in 1..=pedido.rodadas {
        for &porcento in &pedido.perdas {
            for congestionamento in &pedido.congestionamentos {
                passos.push(passo(
                    rodada,
                    Condicao {
                        ida_e_volta: pedido.ida_e_volta,
                        congestionamento,
                        porcento,
                        duracao: pedido.duracao,
                    },
                ));
            }
        }
    }
    passos
}

fn passo(rodada: u32, condicao: Condicao) -> Passo {
    let Condicao {
        ida_e_volta,
        congestionamento,
        porcento,
        duracao,
    } = condicao;
    let rtt = ida_e_volta.as_millis();
    Passo {
        chave: format!(
            "vazao {congestionamento} p={porcento} rtt={rtt}ms \
             rodada={rodada}"
        ),
        estimativa: duracao.aquecimento
            + duracao.medida
            + Duration::from_millis(200),
        fazer: Box::new(move |contexto| {
            let medida = medir(contexto, condicao)?;
            Ok(vec![linhas::linha(rodada, contexto.semente, &medida)])
        }),
    }
}

/// O que se mediu.
#[derive(Debug, Clone, PartialEq)]
pub struct Medida {
    /// Em que condição.
    pub condicao: Condicao,
    /// O que foi lido, e o estado da conexão e as contas do caminho no começo e no fim.
    pub lido: Lido<(Conexao, Contas)>,
}

impl Medida {
    /// A vazão, em Mbit/s.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "são menos que 2⁵³ bytes")]
    pub fn mbits(&self) -> f64 {
        8.0 * self.lido.bytes as f64 / self.lido.tempo.as_secs_f64() / 1e6
    }

    /// O que Mathis espera, em Mbit/s; `None` sem perda, quando não há limite.
    #[must_use]
    pub fn mathis_mbits(&self) -> Option<f64> {
        let maior_carga = f64::from(self.lido.depois.0.maior_carga);
        let rtt_s = self.condicao.ida_e_volta.as_secs_f64();
        let p = self.condicao.porcento / 100.0;
        let bits = formulas::mathis(maior_carga, rtt_s, p);
        bits.is_finite().then_some(bits / 1e6)
    }
}

/// Faz uma rodada.
///
/// # Errors
/// Onde não se mede TCP, e onde o sistema não deixa; em particular, sem o controle de
/// congestionamento pedido.
pub fn medir(contexto: &Contexto<'_>, condicao: Condicao) -> Result<Medida> {
    let laboratorio = contexto.laboratorio;
    laboratorio.cpus(Ocupacao::Livres)?;
    let volta = Regras {
        atraso: condicao.ida_e_volta / 2,
        ..Regras::default()
    };
    laboratorio.aplicar(volta.clone(), volta.clone(), contexto.semente);
    let pontas = laboratorio.par_tcp(AjustesTcp {
        congestionamento: Some(condicao.congestionamento),
        sem_nagle: false,
    })?;
    let ida = Regras {
        perda: condicao.porcento / 100.0,
        ..volta.clone()
    };
    laboratorio.aplicar(ida, volta, contexto.semente);
    let lido =
        massa::correr(&pontas, condicao.duracao, contexto.interrompido, || {
            Ok((laboratorio.estado_tcp(&pontas.0)?, laboratorio.contas()))
        });
    laboratorio.encerrar(pontas)?;
    Ok(Medida {
        condicao,
        lido: lido?,
    })
}
