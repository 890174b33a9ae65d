//! Os termos: onde a editora não olha, a casa também diz «prazo» e não «timeout».
//!
//! A regra é a do glossário (`nunca = […]` em `book/dados/glossario.toml`). A editora a cobra
//! das páginas, das figuras e das cenas; aqui ela vale para todo o resto.

use std::fs;

use libtest_mimic::{Failed, Trial};
use regex::{Regex, RegexBuilder};

use crate::fontes::{self, Trecho, Voz};
use crate::{prova, sem_achados};

/// Onde estão os termos.
const GLOSSARIO: &str = "book/dados/glossario.toml";

/// Um termo e as outras grafias dele.
struct Termo {
    nome: String,
    nunca: Regex,
}

fn termos(texto: &str) -> Result<Vec<Termo>, Failed> {
    let nao_leu = |erro| format!("{GLOSSARIO}: {erro}");
    let tabela: toml::Table = texto.parse().map_err(nao_leu)?;
    let todos = tabela.get("termo").and_then(toml::Value::as_array);
    let termo = |termo: &toml::Value| {
        let nome = termo.get("nome")?.as_str()?.to_string();
        let grafias = termo.get("nunca")?.as_array()?;
        let grafias = grafias.iter().filter_map(toml::Value::as_str);
        let nunca = inteiras(grafias)?;
        Some(Termo { nome, nunca })
    };
    Ok(todos.into_iter().flatten().filter_map(termo).collect())
}

/// A expressão que acha qualquer uma das frases, como palavras inteiras.
pub fn inteiras<'t>(frases: impl Iterator<Item = &'t str>) -> Option<Regex> {
    let frases: Vec<String> = frases.map(regex::escape).collect();
    RegexBuilder::new(&format!(r"\b(?:{})\b", frases.join("|")))
        .case_insensitive(true)
        .build()
        .ok()
}

fn deslizes(termos: &[Termo], trechos: &[Trecho]) -> Vec<String> {
    let do_trecho = |trecho: &Trecho| {
        let achados = termos.iter().flat_map(|termo| {
            let grafias = termo.nunca.find_iter(&trecho.texto);
            let palavras =
                grafias.filter(|grafia| !e_parte_de_um_nome(&trecho.texto[grafia.end()..]));
            palavras.map(|grafia| {
                let (arquivo, linha) = (&trecho.arquivo, trecho.linha);
                let (nome, grafia) = (&termo.nome, grafia.as_str());
                format!("{arquivo}:{linha}: «{grafia}»: o livro diz «{nome}»")
            })
        });
        achados.collect::<Vec<_>>()
    };
    let nossos = trechos.iter().filter(|trecho| trecho.voz != Voz::Citada);
    nossos.flat_map(do_trecho).collect()
}

/// Se o que vem depois continua um nome: `kernel.unprivileged_userns_clone`.
fn e_parte_de_um_nome(depois: &str) -> bool {
    let mut letras = depois.chars();
    letras.next() == Some('.') && letras.next().is_some_and(char::is_alphanumeric)
}

pub fn provas() -> Vec<Trial> {
    vec![
        prova("termos::a_casa_usa_os_do_glossario", || {
            let texto = fs::read_to_string(provas::raiz().join(GLOSSARIO))
                .map_err(|erro| format!("não foi possível ler {GLOSSARIO}: {erro}"))?;
            let termos = termos(&texto)?;
            assert!(
                termos.len() > 10,
                "{} termos com outra grafia",
                termos.len()
            );
            sem_achados(
                &deslizes(&termos, fontes::todas()),
                &format!(
                    "Use o termo do livro ({GLOSSARIO}); o nome alheio vai em itálico ou entre crases."
                ),
            )
        }),
        prova("termos::outra_grafia_e_acusada_na_linha", || {
            let termos = termos(
                "[[termo]]\nnome = 'prazo'\nnunca = ['timeout', 'tempo limite']\n[[termo]]\nnome = 'x'\n",
            )?;
            let acha = |texto: &str, voz| {
                let trecho = Trecho {
                    arquivo: "src/a.rs".to_string(),
                    linha: 3,
                    texto: texto.to_string(),
                    voz,
                };
                deslizes(&termos, &[trecho])
            };
            assert_eq!(
                acha("O Tempo limite acabou.", Voz::Dita),
                ["src/a.rs:3: «Tempo limite»: o livro diz «prazo»"]
            );
            assert_eq!(acha("um timeout", Voz::Nossa).len(), 1);
            assert_eq!(acha("timeout", Voz::Citada), [""; 0]);
            assert_eq!(acha("ajuste timeout.segundos", Voz::Dita), [""; 0]);
            assert_eq!(acha("timeouts, não: prazos", Voz::Nossa), [""; 0]);
            Ok(())
        }),
    ]
}
