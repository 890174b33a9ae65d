//! A omissão coordenada: quem só pergunta depois da resposta não conta o tempo de quem
//! queria perguntar e esperou.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use sockets::medir::estatistica::percentil;

use super::perguntas::{em_ordem_ms, perguntar};
use super::{Achado, Engano};
use crate::caminho::Regras;
use crate::experimentos::datagramas::agenda::dormir_ate;
use crate::resultados::Contexto;

/// Veja [`Engano`].
pub const ENGANO: Engano = Engano {
    nome: "omissao",
    medida: "o tempo de uma pergunta em TCP, a 500 por segundo, com 0,5 % de perda",
    errado: "desde que a pergunta saiu, e ela só sai depois da resposta anterior",
    certo: "desde o instante marcado para ela sair",
    estimativa: Duration::from_millis(2_200),
    medir: os_dois,
};

const PERGUNTAS: u32 = 1_000;

/// De quanto em quanto tempo alguém quer perguntar.
const INTERVALO: Duration = Duration::from_millis(2);

/// As mesmas perguntas, cronometradas dos dois jeitos.
fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let ida = Regras {
        perda: 0.005,
        ..Regras::default()
    };
    let ((desde_o_envio, desde_o_marcado), ressalva) =
        perguntar(contexto, ida, Regras::default(), |fluxo| {
            let (mut do_envio, mut do_marcado) = (Vec::new(), Vec::new());
            let inicio = Instant::now();
            for qual in 0..PERGUNTAS {
                let marcado = inicio + INTERVALO * qual;
                dormir_ate(marcado);
                do_envio.push(fluxo.perguntar(1)?);
                do_marcado.push(marcado.elapsed());
            }
            Ok((em_ordem_ms(&do_envio), em_ordem_ms(&do_marcado)))
        })?;
    [("p50", 50.0), ("p90", 90.0), ("p99", 99.0)]
        .map(|(condicao, p)| {
            let nada = "nada foi medido";
            Ok(Achado {
                condicao: condicao.into(),
                errado: percentil(&desde_o_envio, p).context(nada)?,
                certo: percentil(&desde_o_marcado, p).context(nada)?,
                verdade: None,
                unidade: "ms",
                ressalva: ressalva.clone(),
            })
        })
        .into_iter()
        .collect()
}
