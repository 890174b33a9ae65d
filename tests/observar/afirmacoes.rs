//! O que o capítulo diz de cada captura, conferido com o `tshark`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use provas::{Falha, Filho, raiz};
use regex::Regex;

use crate::capturas::arquivo;

/// O capítulo.
const CAPITULO: &str = "book/src/armadilhas/observar.md";

/// Uma frase do capítulo e o que a sustenta: quantos pacotes da captura passam no
/// filtro de exibição do `tshark`.
pub struct Afirmacao {
    captura: &'static str,
    filtro: &'static str,
    pacotes: usize,
    frase: &'static str,
}

const fn diz(
    frase: &'static str,
    captura: &'static str,
    filtro: &'static str,
    pacotes: usize,
) -> Afirmacao {
    Afirmacao {
        captura,
        filtro,
        pacotes,
        frase,
    }
}

include!("frases.rs");

/// Cada frase está no capítulo, e o `tshark` conta o que ela conta.
///
/// # Errors
/// A frase que falta, ou a conta que não fecha.
pub fn conferir() -> Result<(), Falha> {
    let capitulo = capitulo()?;
    let mut problemas = Vec::new();
    for afirmacao in AFIRMACOES {
        let Afirmacao {
            captura,
            filtro,
            pacotes,
            frase,
        } = afirmacao;
        if !capitulo.contains(frase) {
            problemas.push(format!("o capítulo não diz «{frase}»"));
        }
        let vistos = contar(captura, filtro)?;
        if vistos != *pacotes {
            problemas.push(format!(
                "«{frase}»: em {captura}.pcapng passam em «{filtro}» {vistos} pacotes, e não {pacotes}"
            ));
        }
    }
    // Um filtro que o leitor vai digitar também está na tabela.
    let conferidos: BTreeSet<&str> = AFIRMACOES.iter().map(|a| a.filtro).collect();
    let filtro = Regex::new(r#"-Y ['"]([^'"]+)['"]"#).expect("a expressão é constante");
    for partes in filtro.captures_iter(&capitulo) {
        if !conferidos.contains(&partes[1]) {
            problemas.push(format!("ninguém confere o filtro «{}»", &partes[1]));
        }
    }
    if problemas.is_empty() {
        Ok(())
    } else {
        Err(Falha::nova(problemas.join("\n")))
    }
}

/// O capítulo, com cada parágrafo em uma linha.
fn capitulo() -> Result<String, Falha> {
    fs::read_to_string(raiz().join(CAPITULO))
        .map_err(|erro| Falha::nova(format!("não foi possível ler {CAPITULO}: {erro}")))
}

/// Quantos pacotes da captura passam no filtro.
fn contar(captura: &str, filtro: &str) -> Result<usize, Falha> {
    let mut tshark = Command::new("tshark");
    tshark
        .args([
            "-n",
            "-Y",
            filtro,
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-r",
        ])
        .arg(arquivo(captura));
    let mut filho = Filho::rodar("tshark", tshark)?;
    if filho.esperar_fim()? != 0 {
        return Err(filho.falha("não leu a captura"));
    }
    let so_numero = |linha: &&str| linha.trim().parse::<u32>().is_ok();
    Ok(filho.tudo().lines().filter(so_numero).count())
}
