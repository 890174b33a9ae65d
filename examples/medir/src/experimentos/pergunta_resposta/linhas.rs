//! As linhas das tabelas.

use std::time::Duration;

use super::previsao::{Perdas, da_medida};
use super::rodada::Medida;
use super::{CAUDA, NOME};
use crate::experimentos::latencia::{Demoras, Unidade};
use crate::resultados::{Linha, Valor};

/// Os campos de uma linha, com os nomes das colunas.
type Campos = Vec<(&'static str, Valor)>;

/// As linhas de uma rodada: a de [`NOME`] e as da cauda dela.
#[must_use]
pub fn comuns(semente: u64, rodada: u32, medida: &Medida) -> Vec<Linha> {
    let demoras = demoras(medida);
    let campos =
        [comeco(semente, rodada, medida), resto(medida, &demoras)].concat();
    let mut linhas = vec![Linha {
        tabela: NOME,
        campos,
    }];
    let ressalva = ressalva(medida);
    linhas.extend(demoras.cauda(Unidade::Ms).into_iter().map(
        |(demora, acima)| Linha {
            tabela: CAUDA,
            campos: vec![
                ("rodada", Valor::Inteiro(rodada.into())),
                ("semente", Valor::Inteiro(semente)),
                ("protocolo", protocolo(medida)),
                ("perda", perda(medida)),
                ("ms", demora),
                ("acima", acima),
                ressalva.clone(),
            ],
        },
    ));
    linhas
}

/// A linha de uma tabela em que também muda o menor prazo do protocolo.
#[must_use]
pub fn com_menor_prazo(
    tabela: &'static str,
    semente: u64,
    rodada: u32,
    menor_prazo: Duration,
    medida: &Medida,
) -> Linha {
    let menor_ms = menor_prazo.as_secs_f64() * 1e3;
    let menor = vec![("rto_min_ms", Valor::Medida(menor_ms, 0))];
    let demoras = demoras(medida);
    Linha {
        tabela,
        campos: [
            comeco(semente, rodada, medida),
            menor,
            resto(medida, &demoras),
        ]
        .concat(),
    }
}

/// As colunas até a da perda.
fn comeco(semente: u64, rodada: u32, medida: &Medida) -> Campos {
    let controle = medida.congestionamento.unwrap_or("nenhum");
    vec![
        ("rodada", Valor::Inteiro(rodada.into())),
        ("semente", Valor::Inteiro(semente)),
        ("protocolo", protocolo(medida)),
        ("congestionamento", Valor::Texto(controle.into())),
        ("perda", perda(medida)),
    ]
}

/// As colunas depois da perda.
fn resto(medida: &Medida, demoras: &Demoras) -> Campos {
    let perguntas = f64::from(medida.condicao.perguntas);
    let tempo_s = medida.tempo.as_secs_f64();
    let feitas = Perdas::feitas(medida);
    let formula_s = da_medida(medida, feitas);
    let pedidas = Perdas::pedidas(&medida.condicao);
    let formula_da_pedida_s = da_medida(medida, pedidas);
    let atraso_ms = medida.condicao.atraso.as_secs_f64() * 1e3;
    let porcento = |fracao: f64| Valor::Medida(fracao * 100.0, 3);
    vec![
        ("rto_ms", Unidade::Ms.valor(medida.prazos.seguinte_s())),
        (
            "perguntas",
            Valor::Inteiro(medida.condicao.perguntas.into()),
        ),
        ("respondidas", Valor::Inteiro(medida.respondidas())),
        ("tempo_s", Valor::Medida(tempo_s, 4)),
        (
            "ms_por_pergunta",
            Valor::Medida(tempo_s / perguntas * 1e3, 4),
        ),
        ("formula_s", Valor::Medida(formula_s, 4)),
        ("razao", Valor::Medida(tempo_s / formula_s, 3)),
        ("p50_us", demoras.percentil(50.0, Unidade::Us)),
        ("p99_us", demoras.percentil(99.0, Unidade::Us)),
        ("maior_ms", demoras.maior(Unidade::Ms)),
        ("retransmissoes", Valor::Inteiro(medida.retransmissoes)),
        (
            "derrubados_na_ida",
            Valor::Inteiro(medida.contas.ida.derrubados),
        ),
        (
            "derrubados_na_volta",
            Valor::Inteiro(medida.contas.volta.derrubados),
        ),
        ("alheias", Valor::Inteiro(medida.alheias)),
        ("perda_na_ida", porcento(feitas.ida)),
        ("perda_na_volta", porcento(feitas.volta)),
        ("formula_da_pedida_s", Valor::Medida(formula_da_pedida_s, 4)),
        (
            "razao_da_pedida",
            Valor::Medida(tempo_s / formula_da_pedida_s, 3),
        ),
        ("sonda_ms", Unidade::Ms.valor(medida.prazos.primeiro_s())),
        ("rtt_us", Unidade::Us.valor(medida.ida_e_volta_s())),
        ("atraso_ms", Valor::Medida(atraso_ms, 0)),
        ressalva(medida),
    ]
}

fn demoras(medida: &Medida) -> Demoras {
    let demoras: Vec<Duration> =
        medida.perguntas.iter().map(|p| p.demora).collect();
    Demoras::novas(&demoras)
}

fn protocolo(medida: &Medida) -> Valor {
    Valor::Texto(medida.condicao.protocolo.nome().into())
}

/// A perda pedida em cada sentido, em %.
fn perda(medida: &Medida) -> Valor {
    Valor::Medida(medida.condicao.perda * 100.0, 2)
}

fn ressalva(medida: &Medida) -> (&'static str, Valor) {
    ("ressalva", Valor::Texto(medida.ressalvas.join("; ")))
}
