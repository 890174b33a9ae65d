//! Duas escritas e uma leitura: com Nagle, cada mensagem espera a confirmação atrasada.

use libtest_mimic::Trial;
use provas::Falha;
use provas::medir::Linha;

use super::{com, exigir, mediana, medir_e_conferir, prova, soma};

pub fn provas() -> Vec<Trial> {
    vec![prova("nagle::a_ordem_dos_modos", ordem)]
}

fn ordem() -> Result<(), Falha> {
    medir_e_conferir(&["nagle", "--quantos", "50"], 3, conferir)
}

fn conferir(todas: &[Linha]) -> Result<(), Falha> {
    let de = |modo| com(todas, &[("modo", modo)]);
    let (duas, sem_nagle, uma) = (
        de("duas-escritas")?,
        de("duas-escritas-nodelay")?,
        de("uma-escrita")?,
    );
    let p50 = mediana(&duas, "p50_ms")?;
    for outras in [&sem_nagle, &uma] {
        let outro = mediana(outras, "p50_ms")?;
        exigir(
            p50 > 10.0 * outro,
            &format!("em duas escritas o p50 é {p50} ms, e sem a espera, {outro} ms"),
            outras,
        )?;
    }
    let segmentos = [&uma, &sem_nagle, &duas]
        .map(|linhas| Ok(soma(linhas, "segmentos")? / soma(linhas, "mensagens")?))
        .into_iter()
        .collect::<Result<Vec<f64>, Falha>>()?;
    exigir(
        segmentos.is_sorted_by(|menos, mais| menos < mais),
        &format!("segmentos por mensagem: {segmentos:?}"),
        &uma,
    )
}
