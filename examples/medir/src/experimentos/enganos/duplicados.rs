//! Contar como chegado o que chegou duas vezes.

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
    nome: "duplicados",
    medida: "a perda de um caminho que perde 5 % e duplica 4 %",
    errado: "um menos chegadas sobre enviados, cópias incluídas",
    certo: "um menos números diferentes sobre enviados",
    estimativa: Duration::from_millis(1_100),
    medir: os_dois,
};

const PACOTES: u64 = 5_000;
const POR_SEGUNDO: u32 = 10_000;

fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let montagem = Montagem {
        tamanho: 200,
        pacotes: PACOTES,
        ida: Regras {
            perda: 0.05,
            duplicacao: 0.04,
            ..Regras::default()
        },
        buffer: BUFFER_FOLGADO,
        ocupacao: Ocupacao::Juntas,
    };
    let medicao = medir(
        contexto,
        &montagem,
        |emissor| emissor.mandar(PACOTES, POR_SEGUNDO),
        |_| {},
    )?;
    let balanco = &medicao.balanco;
    let chegadas = balanco.unicos + balanco.duplicados;
    let nada = "nada foi mandado";
    // Com mais cópias que perdas, a “perda” fica negativa.
    let chegaram = porcento(chegadas, balanco.enviados).context(nada)?;
    Ok(vec![Achado {
        errado: 100.0 - chegaram,
        certo: porcento(balanco.perdidos(), balanco.enviados).context(nada)?,
        verdade: porcento(balanco.ida.derrubados, balanco.enviados),
        unidade: "%",
        ressalva: balanco.ressalvas().join("; "),
        ..Achado::default()
    }])
}
