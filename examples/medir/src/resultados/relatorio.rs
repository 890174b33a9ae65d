//! O que se mostra no fim: o resumo de cada tabela, as ressalvas e o que não foi medido.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;

use super::diario::{Registro, Situacao};
use super::formas::FORMAS;
use super::numeros::com_casas;
use super::pasta::ler_tabela;
use super::quadro::quebrar;
use super::resumo::resumir;

/// Acima disto, o que outros programas fizeram enquanto se media pode ter mudado uma
/// medida.
pub const OUTROS_DEMAIS: f64 = 0.2;

/// As linhas do relatório da pasta `caminho`.
///
/// # Errors
/// O que o disco não deixou ler.
pub fn relatar(caminho: &Path, registros: &[Registro]) -> Result<Vec<String>> {
    let mut texto = Vec::new();
    let mut ressalvas = BTreeSet::new();
    for forma in FORMAS {
        let Some(guardado) = ler_tabela(caminho, forma.tabela, registros)?
        else {
            continue;
        };
        if let Some(qual) = guardado.coluna("ressalva") {
            let celulas = guardado.linhas.iter().filter_map(|l| l.get(qual));
            ressalvas.extend(celulas.map(str::to_string));
        }
        texto.extend(resumir(forma, &guardado));
        texto.push(String::new());
    }
    ressalvas.remove("");
    for ressalva in ressalvas {
        texto.extend(quebrar(&format!("* com ressalva: {ressalva}")));
    }
    texto.extend(nao_medidos(registros));
    texto.extend(outros_programas(registros));
    while texto.last().is_some_and(String::is_empty) {
        texto.pop();
    }
    Ok(texto)
}

/// O que não pôde ser medido, pelo motivo.
fn nao_medidos(registros: &[Registro]) -> Vec<String> {
    let mut motivos: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for registro in registros {
        if registro.situacao == Situacao::NaoMedido {
            let motivo = (&*registro.experimento, &*registro.motivo);
            motivos.entry(motivo).or_default().push(&registro.chave);
        }
    }
    let linhas = motivos.iter().flat_map(|((experimento, motivo), chaves)| {
        let quais = match chaves.as_slice() {
            [um] => format!("«{um}»"),
            [um, ..] => {
                format!("{} passos de {experimento}, como «{um}»", chaves.len())
            }
            [] => String::new(),
        };
        quebrar(&format!("não medido: {quais}: {motivo}"))
    });
    linhas.collect()
}

/// Em quantos passos outros programas gastaram demais.
fn outros_programas(registros: &[Registro]) -> Vec<String> {
    let partes: Vec<f64> = registros
        .iter()
        .filter_map(|r| r.outros_programas)
        .collect();
    let demais = partes
        .iter()
        .filter(|parte| **parte > OUTROS_DEMAIS)
        .count();
    if demais == 0 {
        return Vec::new();
    }
    let limite = com_casas(100.0 * OUTROS_DEMAIS, 0);
    quebrar(&format!(
        "aviso: em {demais} de {} passos, outros programas usaram mais de {limite} % \
         das CPUs: feche-os e meça de novo (a parte de cada passo está em passos.csv)",
        partes.len()
    ))
}
