//! Uma porcentagem tirada de cem pacotes.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Achado, Engano};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::experimentos::datagramas::porcento::porcento;
use crate::experimentos::datagramas::{BUFFER_FOLGADO, Montagem, medir};
use crate::resultados::Contexto;

/// Veja [`Engano`].
pub const ENGANO: Engano = Engano {
    nome: "amostra",
    medida: "a perda de um caminho que perde 5 %",
    errado: "contada em 100 datagramas",
    certo: "contada em 10.000 datagramas",
    estimativa: Duration::from_millis(1_600),
    medir: os_dois,
};

const PERDA: f64 = 0.05;
const PACOTES: u64 = 10_000;
const POR_SEGUNDO: u32 = 10_000;

/// Quantos pacotes quem se engana acha suficientes.
const POUCOS: usize = 100;

/// Quantas vezes ele repete a conta.
const VEZES: usize = 20;

/// As primeiras centenas da mesma medição, cada uma como se fosse uma medição inteira.
fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let montagem = Montagem {
        tamanho: 200,
        pacotes: PACOTES,
        ida: Regras {
            perda: PERDA,
            ..Regras::default()
        },
        buffer: BUFFER_FOLGADO,
        ocupacao: Ocupacao::Juntas,
    };
    let mut chegou = vec![false; VEZES * POUCOS];
    let medicao = medir(
        contexto,
        &montagem,
        |emissor| emissor.mandar(PACOTES, POR_SEGUNDO),
        |chegada| {
            let numero = usize::try_from(chegada.numero).ok();
            if let Some(este) = numero.and_then(|n| chegou.get_mut(n)) {
                *este = true;
            }
        },
    )?;
    let balanco = &medicao.balanco;
    let certo = porcento(balanco.perdidos(), balanco.enviados)
        .context("nada foi mandado")?;
    let verdade = porcento(balanco.ida.derrubados, balanco.enviados);
    let ressalva = balanco.ressalvas().join("; ");
    let centenas = chegou.chunks(POUCOS).zip(1..);
    Ok(centenas
        .filter_map(|(centena, vez)| {
            let perdidos = centena.iter().filter(|chegou| !**chegou).count();
            let errado = porcento(perdidos as u64, POUCOS as u64)?;
            Some(Achado {
                condicao: format!("vez {vez}"),
                errado,
                certo,
                verdade,
                unidade: "%",
                ressalva: ressalva.clone(),
            })
        })
        .collect())
}
