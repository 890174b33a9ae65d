//! O que se mostra no fim: o resumo de cada tabela, as ressalvas e o que não foi medido.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use sockets::chat::unidades::contar;

use super::diario::{Registro, Situacao};
use super::formas::FORMAS;
use super::numeros::com_casas;
use super::pasta::ler_tabela;
use super::quadro::quebrar;
use super::resumo::resumir;
use crate::ambiente::avisa_da_carga;
use crate::experimentos::enganos::{self, relato};

/// Acima disto, o que outros programas fizeram enquanto se media pode ter mudado uma
/// medida.
pub const OUTROS_DEMAIS: f64 = 0.2;

/// Quantas ressalvas diferentes se mostram.
const MAIS_RESSALVAS: usize = 5;

/// As linhas do relatório da pasta `caminho`.
///
/// # Errors
/// O que o disco não deixou ler.
pub fn relatar(caminho: &Path, registros: &[Registro]) -> Result<Vec<String>> {
    let mut texto = Vec::new();
    let mut ressalvas = BTreeMap::new();
    for forma in FORMAS {
        let Some(guardado) = ler_tabela(caminho, forma.tabela, registros)?
        else {
            continue;
        };
        if let Some(falta) = forma.falta_em(&guardado) {
            bail!("a tabela {} não tem a coluna {falta}", forma.tabela);
        }
        if let Some(qual) = guardado.coluna("ressalva") {
            let celulas = guardado.linhas.iter().filter_map(|l| l.get(qual));
            for ressalva in celulas.filter(|ressalva| !ressalva.is_empty()) {
                let chave = (forma.tabela, ressalva.to_string());
                *ressalvas.entry(chave).or_default() += 1;
            }
        }
        texto.extend(match forma.tabela {
            enganos::NOME => {
                relato::contar(&guardado.colunas, &guardado.linhas)
            }
            _ => resumir(forma, &guardado),
        });
        texto.push(String::new());
    }
    texto.extend(com_ressalva(&ressalvas));
    texto.extend(nao_medidos(registros));
    texto.extend(outros_programas(registros));
    while texto.last().is_some_and(String::is_empty) {
        texto.pop();
    }
    Ok(texto)
}

/// As ressalvas de cada tabela, e em quantas linhas dela estão.
fn com_ressalva(
    ressalvas: &BTreeMap<(&'static str, String), usize>,
) -> Vec<String> {
    let frases = ressalvas.iter().map(|((tabela, ressalva), linhas)| {
        let linhas = contar(*linhas as u64, "linha", "linhas");
        format!("* {tabela}: {linhas} com ressalva: {ressalva}")
    });
    let mut frases: Vec<String> = frases.collect();
    if let Some(demais) = frases.len().checked_sub(MAIS_RESSALVAS + 1) {
        frases.truncate(MAIS_RESSALVAS);
        frases.push(format!(
            "* e mais {} ressalvas: estão na coluna ressalva das tabelas",
            demais + 1
        ));
    }
    frases.iter().flat_map(|frase| quebrar(frase)).collect()
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
    if demais == 0 || !avisa_da_carga() {
        return Vec::new();
    }
    let limite = com_casas(100.0 * OUTROS_DEMAIS, 0);
    quebrar(&format!(
        "aviso: em {demais} de {} passos, outros programas usaram mais de {limite} % \
         das CPUs: feche-os e meça de novo (a parte de cada passo está em passos.csv)",
        partes.len()
    ))
}

#[cfg(test)]
mod testes {
    use super::*;

    fn registro(chave: &str, motivo: &str, outros: Option<f64>) -> Registro {
        Registro {
            experimento: "vazao".into(),
            chave: chave.into(),
            situacao: if motivo.is_empty() {
                Situacao::Feito
            } else {
                Situacao::NaoMedido
            },
            levou_s: 1.0,
            estimativa_s: 1.0,
            outros_programas: outros,
            linhas: BTreeMap::new(),
            motivo: motivo.into(),
        }
    }

    #[test]
    fn o_que_nao_foi_medido_se_conta_por_motivo() {
        let bbr = "este núcleo não deixa usar bbr";
        let linhas = nao_medidos(&[
            registro("vazao reno", "", None),
            registro("vazao bbr 1", bbr, None),
            registro("vazao bbr 2", bbr, None),
            registro("vazao cubic", "\u{1b}[2J", None),
        ]);
        assert_eq!(
            linhas,
            [
                r"não medido: «vazao cubic»: \u{1b}[2J",
                "não medido: 2 passos de vazao, como «vazao bbr 1»: este núcleo não deixa usar",
                "  bbr",
            ]
        );
    }

    #[test]
    fn outros_programas_so_se_contam_se_gastam_demais() {
        let com = |partes: &[f64]| {
            let registros: Vec<Registro> =
                partes.iter().map(|p| registro("a", "", Some(*p))).collect();
            outros_programas(&registros).join(" ")
        };
        assert_eq!(com(&[0.0, OUTROS_DEMAIS]), "");
        assert!(com(&[0.9, 0.1, 0.3]).contains("em 2 de 3 passos"));
    }

    #[test]
    fn as_ressalvas_se_contam_e_nao_enchem_a_tela() {
        let ressalvas = |quantas: u64| {
            let uma = |n| (("perda", format!("mandou {n} por segundo")), 1);
            com_ressalva(&(0..quantas).map(uma).collect())
        };
        assert!(ressalvas(0).is_empty());
        assert_eq!(
            ressalvas(1),
            ["* perda: 1 linha com ressalva: mandou 0 por segundo"]
        );
        let muitas = ressalvas(9);
        assert_eq!(muitas.len(), MAIS_RESSALVAS + 1);
        assert!(muitas[MAIS_RESSALVAS].contains("mais 4 ressalvas"));
    }
}
