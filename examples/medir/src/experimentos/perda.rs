//! Quanto se perde: datagramas numerados em instantes marcados, e a conta fechada ao
//! pacote com o que o caminho derrubou.

use std::time::Duration;

use anyhow::Result;

use super::datagramas::porcento::{campo, intervalo, porcento};
use super::datagramas::{
    BUFFER_FOLGADO, Medicao, Montagem, duracao_dos_envios, medir,
};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::resultados::{Contexto, Linha, Passo, Valor};

/// O subcomando, e a tabela.
pub const NOME: &str = "perda";

/// O que o caminho faz aos datagramas, em % deles.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Condicao {
    /// Quantos somem.
    pub perda: f64,
    /// Quantos passam duas vezes.
    pub duplicacao: f64,
    /// Quantos são ultrapassados.
    pub reordenacao: f64,
}

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// As condições do caminho.
    pub condicoes: Vec<Condicao>,
    /// Quantos datagramas em cada rodada.
    pub pacotes: u64,
    /// Quantos por segundo; zero, um atrás do outro.
    pub ritmo: u32,
    /// Bytes de cada um.
    pub tamanho: usize,
    /// Quanto todo datagrama demora em cada sentido.
    pub atraso: Duration,
    /// Quanto o atraso da ida varia.
    pub variacao: Duration,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

/// As perdas que se pedem ao caminho, em %: do cabo quase perfeito ao Wi-Fi de longe.
const PERDAS: [f64; 8] = [0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0];

impl Pedido {
    /// O do `medir rapido`: 2000 datagramas, o bastante para 5 % com uma casa.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            condicoes: condicoes(&[0.0, 1.0, 5.0, 20.0]),
            pacotes: 2_000,
            rodadas: 1,
            ..Self::completo()
        }
    }

    /// O do `medir completo`: 10 000 datagramas e cinco rodadas.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            condicoes: condicoes(&PERDAS),
            pacotes: 10_000,
            ritmo: 5_000,
            tamanho: 200,
            atraso: Duration::from_millis(10),
            variacao: Duration::ZERO,
            rodadas: 5,
        }
    }
}

/// Cada perda sozinha, e depois o que engana quem conta mal: só duplicação, só
/// reordenação, e tudo junto.
fn condicoes(perdas: &[f64]) -> Vec<Condicao> {
    let so_perdas = perdas.iter().map(|&perda| Condicao {
        perda,
        ..Condicao::default()
    });
    let confusas = [(0.0, 20.0, 0.0), (0.0, 0.0, 5.0), (5.0, 20.0, 5.0)].map(
        |(perda, duplicacao, reordenacao)| Condicao {
            perda,
            duplicacao,
            reordenacao,
        },
    );
    so_perdas.chain(confusas).collect()
}

/// Os passos: em cada rodada, todas as condições. Uma máquina que fica lenta no meio
/// estraga um pouco de todas, e não uma inteira.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    let rodadas = 1..=pedido.rodadas;
    rodadas
        .flat_map(|rodada| {
            pedido
                .condicoes
                .iter()
                .map(move |condicao| passo(pedido, *condicao, rodada))
        })
        .collect()
}

fn passo(pedido: &Pedido, condicao: Condicao, rodada: u32) -> Passo {
    let pedido = pedido.clone();
    let Condicao {
        perda,
        duplicacao,
        reordenacao,
    } = condicao;
    Passo {
        chave: format!(
            "perda p={perda} d={duplicacao} r={reordenacao} \
             n={} ritmo={} tamanho={} rodada={rodada}",
            pedido.pacotes, pedido.ritmo, pedido.tamanho
        ),
        estimativa: duracao_dos_envios(pedido.pacotes, pedido.ritmo),
        fazer: Box::new(move |contexto| {
            let medicao = uma_rodada(contexto, &pedido, condicao)?;
            let linha = linha(contexto, &pedido, condicao, rodada, &medicao);
            Ok(vec![linha])
        }),
    }
}

fn uma_rodada(
    contexto: &Contexto<'_>,
    pedido: &Pedido,
    condicao: Condicao,
) -> Result<Medicao> {
    let montagem = Montagem {
        tamanho: pedido.tamanho,
        pacotes: pedido.pacotes,
        ida: Regras {
            perda: condicao.perda / 100.0,
            duplicacao: condicao.duplicacao / 100.0,
            reordenacao: condicao.reordenacao / 100.0,
            atraso: pedido.atraso,
            variacao: pedido.variacao,
            ..Regras::default()
        },
        buffer: BUFFER_FOLGADO,
        ocupacao: Ocupacao::Juntas,
    };
    medir(
        contexto,
        &montagem,
        |emissor| emissor.mandar(pedido.pacotes, pedido.ritmo),
        |_| {},
    )
}

fn linha(
    contexto: &Contexto<'_>,
    pedido: &Pedido,
    condicao: Condicao,
    rodada: u32,
    medicao: &Medicao,
) -> Linha {
    use Valor::{Inteiro, Medida, Texto};
    let balanco = &medicao.balanco;
    let ida = &balanco.ida;
    let perdidos = balanco.perdidos();
    let intervalo = intervalo(perdidos, balanco.enviados);
    let medida = porcento(perdidos, balanco.enviados);
    let variacao = medicao.contagem.variacao().ns();
    let ritmo = medicao.mandados.por_segundo();
    let fecha = if balanco.fecha() { "sim" } else { "não" };
    let campos = vec![
        ("rodada", Inteiro(rodada.into())),
        ("semente", Inteiro(contexto.semente)),
        ("tamanho", Inteiro(pedido.tamanho as u64)),
        ("ritmo", Inteiro(pedido.ritmo.into())),
        ("perda", Medida(condicao.perda, 2)),
        ("duplicacao", Medida(condicao.duplicacao, 2)),
        ("reordenacao", Medida(condicao.reordenacao, 2)),
        ("enviados", Inteiro(balanco.enviados)),
        ("erros_de_envio", Inteiro(medicao.mandados.erros)),
        ("unicos", Inteiro(balanco.unicos)),
        ("duplicados", Inteiro(balanco.duplicados)),
        ("fora_de_ordem", Inteiro(balanco.fora_de_ordem)),
        ("perdidos", Inteiro(perdidos)),
        ("perda_medida", campo(medida)),
        ("de", Medida(intervalo.de, 3)),
        ("ate", Medida(intervalo.ate, 3)),
        ("derrubados", Inteiro(ida.derrubados)),
        ("duplicados_no_caminho", Inteiro(ida.duplicados)),
        ("reordenados_no_caminho", Inteiro(ida.reordenados)),
        ("sem_buffer", Inteiro(balanco.sem_buffer)),
        (
            "variacao_ms",
            variacao.map_or(Valor::Ausente, |ns| Medida(ns / 1e6, 4)),
        ),
        ("conta_fecha", Texto(fecha.into())),
        (
            "ritmo_medido",
            ritmo.map_or(Valor::Ausente, |r| Medida(r, 0)),
        ),
        ("remarcados", Inteiro(medicao.mandados.remarcados)),
        ("cpus", Texto(Ocupacao::Juntas.nome().into())),
        ("ressalva", Texto(balanco.ressalvas().join("; "))),
    ];
    Linha {
        tabela: NOME,
        campos,
    }
}
