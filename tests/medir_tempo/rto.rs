//! O menor prazo do TCP é a causa: com ele, e só com ele, o tempo muda.

use libtest_mimic::Trial;
use provas::Falha;
use provas::medir::Linha;

use super::{com, exigir, medir_e_conferir, prova, soma};

pub fn provas() -> Vec<Trial> {
    vec![prova("rto::so_o_prazo_muda_o_tempo", so_o_prazo)]
}

fn so_o_prazo() -> Result<(), Falha> {
    medir_e_conferir(&["rto", "--quantos", "150"], 6, conferir)
}

fn conferir(todas: &[Linha]) -> Result<(), Falha> {
    let outro = com(todas, &[("protocolo", "pare-e-espere")])?;
    let tempo_do_outro = soma(&outro, "tempo_s")?;
    let mut anterior: Option<Corrida> = None;
    for menor_prazo in ["200", "100", "50"] {
        let linhas = com(todas, &[("protocolo", "tcp"), ("rto_min_ms", menor_prazo)])?;
        let corrida = Corrida {
            vezes_o_outro: soma(&linhas, "tempo_s")? / tempo_do_outro,
            prazo: soma(&linhas, "rto_ms")?,
            repeticoes: soma(&linhas, "retransmissoes")?,
        };
        let Corrida {
            vezes_o_outro,
            prazo,
            repeticoes,
        } = corrida;
        if let Some(antes) = anterior {
            exigir(
                vezes_o_outro < 0.75 * antes.vezes_o_outro && prazo < 0.75 * antes.prazo,
                &format!(
                    "com {menor_prazo} ms o TCP levou {vezes_o_outro} vezes o \
                     pare-e-espere, e com o dobro, {} vezes",
                    antes.vezes_o_outro
                ),
                &linhas,
            )?;
            exigir(
                (0.85..=1.15).contains(&(repeticoes / antes.repeticoes)),
                &format!(
                    "as repetições passaram de {} a {repeticoes}: não foi só o prazo",
                    antes.repeticoes
                ),
                &linhas,
            )?;
        }
        anterior = Some(corrida);
    }
    // O que resta: o TCP dobra o prazo a cada perda seguida, e o relógio dele é grosso.
    let fim = anterior.map_or(f64::INFINITY, |corrida| corrida.vezes_o_outro);
    exigir(
        fim < 1.6,
        &format!("com o mesmo prazo, o TCP ainda levou {fim} vezes o pare-e-espere"),
        &outro,
    )
}

/// O TCP com um menor prazo.
struct Corrida {
    /// O tempo dele sobre o do pare-e-espere.
    vezes_o_outro: f64,
    /// O prazo que o núcleo usou, somado.
    prazo: f64,
    repeticoes: f64,
}
