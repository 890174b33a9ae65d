//! As frases que o livro não diz (`book/dados/frases.toml`), com a razão de cada uma.

use std::collections::BTreeSet;
use std::fs;

use libtest_mimic::{Failed, Trial};
use regex::Regex;

use crate::fontes::{self, Trecho, Voz};
use crate::termos::inteiras;
use crate::{prova, sem_achados};

/// Onde elas estão.
const ARQUIVO: &str = "book/dados/frases.toml";

/// O que não se diz, e onde se pode dizer.
struct Proibida {
    formas: Regex,
    razao: String,
    excecoes: Vec<Excecao>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Excecao {
    arquivo: String,
    trecho: String,
}

/// Lê o arquivo.
///
/// # Errors
/// O que falta ou sobra nele.
fn ler(texto: &str) -> Result<Vec<Proibida>, Failed> {
    let tabela: toml::Table = texto.parse().map_err(|erro| format!("{ARQUIVO}: {erro}"))?;
    let frases = tabela.get("frase").and_then(toml::Value::as_array);
    frases.into_iter().flatten().map(proibida).collect()
}

fn proibida(frase: &toml::Value) -> Result<Proibida, Failed> {
    let formas = frase.get("formas").and_then(toml::Value::as_array);
    let formas = formas.into_iter().flatten().filter_map(toml::Value::as_str);
    let excecoes = frase.get("excecao").and_then(toml::Value::as_array);
    let excecao = |excecao: &toml::Value| {
        // Uma exceção sem a razão dela não se entende depois.
        campo(excecao, "razao")?;
        Ok(Excecao {
            arquivo: campo(excecao, "arquivo")?,
            trecho: campo(excecao, "trecho")?,
        })
    };
    Ok(Proibida {
        formas: inteiras(formas).ok_or("as formas de uma frase não se leem")?,
        razao: campo(frase, "razao")?,
        excecoes: excecoes
            .into_iter()
            .flatten()
            .map(excecao)
            .collect::<Result<_, Failed>>()?,
    })
}

fn campo(tabela: &toml::Value, nome: &str) -> Result<String, Failed> {
    let campo = tabela.get(nome).and_then(toml::Value::as_str);
    campo
        .filter(|texto| !texto.is_empty())
        .map(String::from)
        .ok_or_else(|| format!("{ARQUIVO}: falta «{nome}» em {tabela}").into())
}

/// O que os trechos dizem e não deviam, e as exceções que ninguém usou.
fn conferir(proibidas: &[Proibida], trechos: &[Trecho]) -> Vec<String> {
    let mut achados = Vec::new();
    let mut usadas = BTreeSet::new();
    for trecho in trechos.iter().filter(|trecho| trecho.voz != Voz::Citada) {
        for proibida in proibidas {
            let excecao = proibida.excecoes.iter().find(|excecao| {
                excecao.arquivo == trecho.arquivo && trecho.texto.contains(&excecao.trecho)
            });
            let perdoado = excecao.map_or("", |excecao| excecao.trecho.as_str());
            let resto = if perdoado.is_empty() {
                trecho.texto.clone()
            } else {
                trecho.texto.replace(perdoado, " ")
            };
            if let Some(excecao) = excecao
                && proibida.formas.is_match(perdoado)
            {
                usadas.insert(excecao.clone());
            }
            for achada in proibida.formas.find_iter(&resto) {
                let (arquivo, linha) = (&trecho.arquivo, trecho.linha);
                let (frase, razao) = (achada.as_str(), &proibida.razao);
                achados.push(format!("{arquivo}:{linha}: «{frase}»: {razao}"));
            }
        }
    }
    for excecao in proibidas.iter().flat_map(|proibida| &proibida.excecoes) {
        if !usadas.contains(excecao) {
            let (arquivo, trecho) = (&excecao.arquivo, &excecao.trecho);
            achados.push(format!(
                "{ARQUIVO}: a exceção de «{trecho}» em {arquivo} não faz mais falta: tire-a"
            ));
        }
    }
    achados
}

pub fn provas() -> Vec<Trial> {
    vec![
        prova("frases::a_casa_nao_diz_as_proibidas", || {
            let texto = fs::read_to_string(provas::raiz().join(ARQUIVO))
                .map_err(|erro| format!("não foi possível ler {ARQUIVO}: {erro}"))?;
            let proibidas = ler(&texto)?;
            // O próprio arquivo diz cada uma delas.
            let mut trechos = fontes::todas().to_vec();
            trechos.retain(|trecho| trecho.arquivo != ARQUIVO);
            sem_achados(
                &conferir(&proibidas, &trechos),
                &format!("Escreva de outro modo, ou abra uma exceção, com a razão, em {ARQUIVO}."),
            )
        }),
        prova("frases::uma_proibida_e_acusada_na_linha", || {
            let proibidas = ler(
                "[[frase]]\nformas = ['basta', 'bastam']\nrazao = 'R.'\n[[frase.excecao]]\n\
                 arquivo = 'a.md'\ntrecho = 'Quanto basta?'\nrazao = 'x'\n",
            )?;
            let um = |texto: &str, linha, voz| Trecho {
                arquivo: "a.md".to_string(),
                linha,
                texto: texto.to_string(),
                voz,
            };
            let perdoado = um("Quanto basta? Isto.", 1, Voz::Nossa);
            let sem_nada = conferir(&proibidas, std::slice::from_ref(&perdoado));
            assert_eq!(sem_nada, [""; 0]);
            let trechos = [
                perdoado.clone(),
                um("Basta rodar.", 2, Voz::Nossa),
                um("dois bastam", 3, Voz::Dita),
                um("basta", 4, Voz::Citada),
                um("bastante", 5, Voz::Nossa),
            ];
            let achados = conferir(&proibidas, &trechos);
            assert_eq!(achados, ["a.md:2: «Basta»: R.", "a.md:3: «bastam»: R."]);
            let sobra = conferir(&proibidas, &[]);
            assert!(sobra[0].contains("não faz mais falta"), "{sobra:?}");
            Ok(())
        }),
        prova("frases::uma_excecao_sem_razao_nao_se_le", || {
            let lido = ler(
                "[[frase]]\nformas = ['x']\nrazao = 'R.'\n[[frase.excecao]]\narquivo = 'a'\ntrecho = 'x'\n",
            );
            let erro = lido.err().ok_or("leu")?;
            assert!(erro.message().unwrap_or_default().contains("falta «razao»"));
            Ok(())
        }),
    ]
}
