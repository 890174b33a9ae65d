//! Resumir na média o que não tem um valor típico.

use std::time::Duration;

use anyhow::{Context as _, Result};
use sockets::medir::estatistica::percentil;

use super::perguntas::{em_ordem_ms, perguntar};
use super::{Achado, Engano};
use crate::caminho::Regras;
use crate::resultados::Contexto;

/// Veja [`Engano`].
pub const ENGANO: Engano = Engano {
    nome: "media",
    medida: "o tempo de uma pergunta em TCP, com 2 ms de ida e volta e 1 % de perda",
    errado: "a média",
    certo: "os percentis",
    estimativa: Duration::from_millis(2_600),
    medir: os_dois,
};

const PERGUNTAS: u32 = 400;

/// De cada sentido.
const ATRASO: Duration = Duration::from_millis(1);

fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let regras = Regras {
        perda: 0.01,
        atraso: ATRASO,
        ..Regras::default()
    };
    let (demoras, ressalva) =
        perguntar(contexto, regras.clone(), regras, |fluxo| {
            (0..PERGUNTAS).map(|_| fluxo.perguntar(1)).collect()
        })?;
    let demoras: Vec<Duration> = demoras;
    let total: Duration = demoras.iter().sum();
    let media = total.as_secs_f64() * 1e3 / f64::from(PERGUNTAS);
    let em_ordem = em_ordem_ms(&demoras);
    [
        ("p50", 50.0),
        ("p90", 90.0),
        ("p99", 99.0),
        ("maior", 100.0),
    ]
    .map(|(condicao, p)| {
        Ok(Achado {
            condicao: condicao.into(),
            errado: media,
            certo: percentil(&em_ordem, p).context("nada foi medido")?,
            verdade: Some(2.0 * ATRASO.as_secs_f64() * 1e3),
            unidade: "ms",
            ressalva: ressalva.clone(),
        })
    })
    .into_iter()
    .collect()
}
