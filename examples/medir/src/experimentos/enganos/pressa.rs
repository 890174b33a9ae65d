//! Fechar a conta antes que chegue o que está no ar.

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
    nome: "pressa",
    medida: "a perda de um caminho que nada perde e demora 100 ms",
    errado: "fechada a conta quando o último saiu",
    certo: "fechada depois de escoar",
    estimativa: Duration::from_millis(1_200),
    medir: os_dois,
};

const PACOTES: u64 = 500;
const POR_SEGUNDO: u32 = 1_000;

fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let montagem = Montagem {
        tamanho: 200,
        pacotes: PACOTES,
        ida: Regras {
            atraso: Duration::from_millis(100),
            ..Regras::default()
        },
        buffer: BUFFER_FOLGADO,
        ocupacao: Ocupacao::Juntas,
    };
    let mut chegadas_ns = Vec::new();
    let medicao = medir(
        contexto,
        &montagem,
        |emissor| emissor.mandar(PACOTES, POR_SEGUNDO),
        |chegada| chegadas_ns.push(chegada.chegada_ns),
    )?;
    let ultimo = medicao.ultimo_envio_ns;
    let no_ar = chegadas_ns.iter().filter(|&&ns| ns > ultimo).count() as u64;
    let balanco = &medicao.balanco;
    let nada = "nada foi mandado";
    let certo = porcento(balanco.perdidos(), balanco.enviados).context(nada)?;
    Ok(vec![Achado {
        errado: certo + porcento(no_ar, balanco.enviados).context(nada)?,
        certo,
        verdade: porcento(balanco.ida.derrubados, balanco.enviados),
        unidade: "%",
        ressalva: balanco.ressalvas().join("; "),
        ..Achado::default()
    }])
}
