//! Quanto demora uma transferência inteira: o ARQ do chat sobre UDP, com várias janelas,
//! e o TCP.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`condicao`] | com que protocolo e por que caminho |
//! | [`conteudo`] | o que se transfere, e como se sabe que chegou o mesmo |
//! | [`udp`] | uma transferência com a entrega confiável sobre UDP |
//! | [`tcp`] | uma transferência por TCP |
//! | [`linhas`] | as linhas da tabela |
//!
//! # O que se cronometra
//! Do instante em que se manda o primeiro byte ao instante em que quem recebe tem o
//! último, com a conversa já aberta e a ida e volta já medida: nem o aperto de mãos do
//! TCP nem o cumprimento do ARQ contam. O aviso de que tudo chegou, que ainda tem de
//! voltar, também não.

pub mod condicao;
pub mod conteudo;
pub mod linhas;
pub mod tcp;
pub mod udp;

use std::time::Duration;

use anyhow::Result;
use sockets::sorteio::Sorteio;

pub use condicao::{Condicao, Gargalo, Protocolo};

use crate::caminho::Contas;
use crate::cpu::Ocupacao;
use crate::resultados::{Contexto, Passo};
use conteudo::Soma;

/// O subcomando, e a tabela.
pub const NOME: &str = "transferencia";

/// Depois disto se desiste de uma transferência.
const DESISTENCIA: Duration = Duration::from_secs(120);

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// Quantos bytes se transferem.
    pub bytes: usize,
    /// Quantos bytes vão em cada segmento do ARQ.
    pub carga: usize,
    /// A ida e volta do caminho, sem fila.
    pub ida_e_volta: Duration,
    /// As janelas do ARQ, em segmentos; 1 é o pare-e-espere.
    pub janelas: Vec<u16>,
    /// Os controles de congestionamento do TCP.
    pub congestionamentos: Vec<&'static str>,
    /// As perdas de cada sentido, em %.
    pub perdas: Vec<f64>,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            bytes: 50_000,
            janelas: vec![1, 16, 128],
            congestionamentos: vec!["reno"],
            perdas: vec![0.0, 5.0],
            rodadas: 3,
            ..Self::completo()
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            bytes: 300_000,
            carga: 1000,
            ida_e_volta: Duration::from_millis(20),
            janelas: vec![1, 4, 16, 32, 64, 128],
            congestionamentos: vec!["reno", "cubic", "bbr"],
            perdas: vec![0.0, 1.0, 5.0, 10.0],
            rodadas: 5,
        }
    }

    /// Todas as condições, uma vez cada.
    fn condicoes(&self) -> Vec<Condicao> {
        let mut condicoes = Vec::new();
        for &porcento in &self.perdas {
            let protocolos =
                Protocolo::todos(&self.janelas, &self.congestionamentos);
            condicoes.extend(protocolos.map(|protocolo| Condicao {
                protocolo,
                bytes: self.bytes,
                carga: self.carga,
                ida_e_volta: self.ida_e_volta,
                porcento,
                gargalo: None,
                buffer: None,
            }));
        }
        condicoes
    }
}

/// Os passos: em cada rodada, todas as condições.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    (1..=pedido.rodadas)
        .flat_map(|rodada| {
            let condicoes = pedido.condicoes().into_iter();
            condicoes.map(move |condicao| passo(NOME, rodada, condicao))
        })
        .collect()
}

/// O passo de uma transferência, que vai para a tabela `tabela`.
#[must_use]
pub fn passo(tabela: &'static str, rodada: u32, condicao: Condicao) -> Passo {
    Passo {
        chave: format!("{tabela} {} rodada={rodada}", condicao.chave()),
        estimativa: condicao.estimativa(),
        fazer: Box::new(move |contexto| {
            let medida = medir(contexto, &condicao)?;
            let semente = contexto.semente;
            Ok(vec![linhas::linha(tabela, rodada, semente, &medida)])
        }),
    }
}

/// O que se mediu em uma transferência.
#[derive(Debug, Clone, PartialEq)]
pub struct Medida {
    /// Em que condição.
    pub condicao: Condicao,
    /// Do primeiro byte mandado ao último entregue.
    pub tempo: Duration,
    /// A soma do que se mandou.
    pub mandada: Soma,
    /// A soma do que se entregou.
    pub entregue: Soma,
    /// Segmentos de dados que saíram, repetições incluídas.
    pub segmentos: u64,
    /// Quantos deles eram repetições.
    pub retransmitidos: u64,
    /// O que só se conta do ARQ.
    pub arq: Option<udp::ContasDoArq>,
    /// O que o caminho fez.
    pub contas: Contas,
}

/// Faz uma transferência.
///
/// # Errors
/// Quando ela não acaba, quando o que chega não é o que se mandou, e onde o sistema não
/// deixa medir (em particular, sem o controle de congestionamento pedido).
pub fn medir(contexto: &Contexto<'_>, condicao: &Condicao) -> Result<Medida> {
    contexto.laboratorio.cpus(Ocupacao::Livres)?;
    match condicao.protocolo {
        Protocolo::UdpJanela(janela) => udp::medir(contexto, condicao, janela),
        Protocolo::Tcp(controle) => tcp::medir(contexto, condicao, controle),
    }
}

/// Os acasos de uma transferência: saem todos da semente do passo.
struct Sementes {
    conteudo: u64,
    caminho: u64,
    /// O número da conversa: o que sobrou de outra não se confunde com ela.
    conversa: u32,
}

impl Sementes {
    fn de(semente: u64) -> Self {
        let mut sorteio = Sorteio::novo(semente);
        Self {
            conteudo: sorteio.numero(),
            caminho: sorteio.numero(),
            conversa: (sorteio.numero() >> 32) as u32,
        }
    }
}

#[cfg(test)]
mod testes;
