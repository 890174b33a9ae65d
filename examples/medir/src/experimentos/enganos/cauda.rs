//! Procurar buracos entre os números que chegam: os últimos que se perdem não deixam
//! buraco.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Achado, Engano};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::experimentos::datagramas::porcento::porcento;
use crate::experimentos::datagramas::{
    BUFFER_FOLGADO, Emissor, Montagem, medir,
};
use crate::resultados::Contexto;

/// Veja [`Engano`].
pub const ENGANO: Engano = Engano {
    nome: "cauda",
    medida: "a perda de um caminho cortado no último terço",
    errado: "os buracos, sobre o maior número que chegou",
    certo: "os que faltam, sobre os que o emissor mandou",
    estimativa: Duration::from_millis(900),
    medir: os_dois,
};

/// Antes do corte: nenhum se perde.
const ANTES: u64 = 2_000;
/// Depois dele: todos.
const DEPOIS: u64 = 1_000;
const POR_SEGUNDO: u32 = 10_000;

fn os_dois(contexto: &Contexto<'_>) -> Result<Vec<Achado>> {
    let montagem = Montagem {
        tamanho: 200,
        pacotes: ANTES + DEPOIS,
        ida: Regras::default(),
        buffer: BUFFER_FOLGADO,
        ocupacao: Ocupacao::Juntas,
    };
    let caminho = contexto.laboratorio;
    let mut derrubados_antes = 0;
    let emitir = |emissor: &mut Emissor<'_>| {
        emissor.mandar(ANTES, POR_SEGUNDO)?;
        // Dar as contas espera que o caminho se esvazie: o corte não leva ninguém que já
        // estivesse nele.
        let antes = caminho.contas().ida;
        ensure!(antes.sairam == ANTES, "o caminho não se esvaziou a tempo");
        derrubados_antes = antes.derrubados;
        let cortado = Regras {
            perda: 1.0,
            ..Regras::default()
        };
        caminho.aplicar(cortado, Regras::default(), contexto.semente);
        emissor.mandar(DEPOIS, POR_SEGUNDO)
    };
    let mut maior = None;
    let medicao = medir(contexto, &montagem, emitir, |chegada| {
        maior = maior.max(Some(chegada.numero));
    })?;
    let balanco = &medicao.balanco;
    let vistos = maior.context("nada chegou")? + 1;
    let derrubados = derrubados_antes + balanco.ida.derrubados;
    let ressalva = if balanco.perdidos() == derrubados + balanco.sem_buffer {
        String::new()
    } else {
        "a conta não fecha".into()
    };
    let nada = "nada foi mandado";
    Ok(vec![Achado {
        errado: porcento(vistos - balanco.unicos, vistos).context(nada)?,
        certo: porcento(balanco.perdidos(), balanco.enviados).context(nada)?,
        verdade: porcento(derrubados, balanco.enviados),
        unidade: "%",
        ressalva,
        ..Achado::default()
    }])
}
