//! As fichas dos exercícios: `exercicios/exercicios.toml`, de onde o livro também tira
//! os enunciados.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Onde ficam as fichas, a partir da raiz do projeto.
pub const ARQUIVO: &str = "exercicios/exercicios.toml";

/// Todas as fichas, na ordem dos capítulos, e os diagnósticos de qualquer exercício.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fichas {
    /// O que pode acontecer em qualquer exercício: um pânico, um silêncio, uma enxurrada.
    #[serde(rename = "comum")]
    pub comuns: Vec<Diagnostico>,
    /// Os exercícios.
    #[serde(rename = "exercicio")]
    pub exercicios: Vec<Ficha>,
}

/// Um exercício.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ficha {
    /// O nome, que é o do programa: `cargo conferir NOME`.
    pub nome: String,
    /// O título, em uma linha.
    pub titulo: String,
    /// O capítulo em que está o enunciado, a partir de `book/src`.
    pub capitulo: String,
    /// Como o conferidor chama o programa: `recv HOST:PORTA`.
    pub uso: String,
    /// O que se pede, em Markdown.
    pub objetivo: String,
    /// O que se confere, uma frase para cada coisa, em Markdown de uma linha.
    pub criterios: Vec<String>,
    /// As dicas, da mais leve à que quase responde, em Markdown.
    pub dicas: Vec<String>,
    /// O que se diz da solução, no apêndice, em Markdown.
    pub comentario: String,
    /// Os enganos que o conferidor reconhece.
    #[serde(rename = "diagnostico")]
    pub diagnosticos: Vec<Diagnostico>,
}

/// Um engano que o conferidor reconhece pelo que o programa faz.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Diagnostico {
    /// O nome: `um-recv-so`.
    pub nome: String,
    /// O que isso costuma ser, em uma ou duas frases, sem dar a solução.
    pub frase: String,
    /// A seção que explica: `chamadas/recv.md#ancora`, a partir de `book/src`.
    pub secao: String,
}

impl Fichas {
    /// Lê as fichas do projeto em `raiz`.
    ///
    /// # Errors
    /// Quando o arquivo não se lê ou não é o que devia ser, com o lugar.
    pub fn ler(raiz: &Path) -> Result<Self> {
        let texto = fs::read_to_string(raiz.join(ARQUIVO))
            .with_context(|| format!("não foi possível ler {ARQUIVO}"))?;
        Self::de(&texto).with_context(|| format!("{ARQUIVO} tem um problema"))
    }

    /// As fichas escritas em `texto`.
    ///
    /// # Errors
    /// Quando o texto não é TOML, falta um campo, ou um nome se repete.
    pub fn de(texto: &str) -> Result<Self> {
        let fichas: Self = toml::from_str(texto)?;
        let mut vistos = BTreeMap::new();
        for (i, ficha) in fichas.exercicios.iter().enumerate() {
            if let Some(antes) = vistos.insert(&ficha.nome, i) {
                bail!(
                    "o exercício «{}» aparece duas vezes ({antes} e {i})",
                    ficha.nome
                );
            }
        }
        Ok(fichas)
    }

    /// A ficha do exercício `nome`.
    #[must_use]
    pub fn achar(&self, nome: &str) -> Option<&Ficha> {
        self.exercicios.iter().find(|ficha| ficha.nome == nome)
    }

    /// O diagnóstico `nome`, da ficha ou dos comuns.
    #[must_use]
    pub fn diagnostico<'f>(&'f self, ficha: &'f Ficha, nome: &str) -> Option<&'f Diagnostico> {
        ficha
            .diagnosticos
            .iter()
            .chain(&self.comuns)
            .find(|diagnostico| diagnostico.nome == nome)
    }
}
