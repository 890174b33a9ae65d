//! As cores dos desenhos, sem variáveis de CSS.
//!
//! Muitos leitores digitais não conhecem `var(…)`, e um fundo de cor desconhecida é
//! preto, como as letras. Cada cor vira uma classe; a folha de estilo diz quanto ela
//! vale no claro e no escuro, com os valores de `book/tema`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use regex::Regex;

/// `propriedade:var(--nome)`.
static DECLARACAO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*([a-z-]+)\s*:\s*var\(--([a-z0-9-]+)\)\s*$").expect("a expressão é constante")
});

/// Uma cor do tema em uma propriedade.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cor {
    propriedade: String,
    nome: String,
}

impl Cor {
    /// A cor que `fill:var(--serie-1)` pede; `None` se a declaração não é assim.
    pub fn da_declaracao(declaracao: &str) -> Option<Self> {
        let partes = DECLARACAO.captures(declaracao)?;
        Some(Self {
            propriedade: partes[1].to_string(),
            nome: partes[2].to_string(),
        })
    }

    /// A classe que a pinta.
    pub fn classe(&self) -> String {
        format!("{}-{}", self.propriedade, self.nome)
    }
}

/// As regras das `cores`, com os valores de duas folhas de estilo do livro.
///
/// # Errors
/// Uma cor que uma das folhas não tem.
pub fn regras(cores: &BTreeSet<Cor>, claras: &str, escuras: &str) -> Result<String> {
    let no_claro = regras_de(cores, claras)?;
    let no_escuro = regras_de(cores, escuras)?;
    Ok(format!(
        "{no_claro}@media (prefers-color-scheme: dark) {{\n{no_escuro}}}\n"
    ))
}

fn regras_de(cores: &BTreeSet<Cor>, folha: &str) -> Result<String> {
    let mut regras = String::new();
    for cor in cores {
        let Cor { propriedade, nome } = cor;
        let declarada = format!("--{nome}:");
        let valor = folha
            .lines()
            .find_map(|linha| linha.trim().strip_prefix(&declarada))
            .with_context(|| format!("o tema não tem a cor --{nome}"))?;
        let valor = valor.trim().trim_end_matches(';');
        let _ = writeln!(regras, ".{} {{ {propriedade}: {valor}; }}", cor.classe());
    }
    Ok(regras)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn cada_cor_vira_uma_classe_com_dois_valores() {
        let cor = Cor::da_declaracao(" fill: var(--serie-1)").unwrap();
        assert_eq!(cor.classe(), "fill-serie-1");
        assert_eq!(Cor::da_declaracao("fill:currentColor"), None);
        let cores = BTreeSet::from([cor]);
        let regras = regras(
            &cores,
            ".claro {\n  --serie-1: #111;\n}",
            "  --serie-1: #eee;",
        )
        .unwrap();
        let escuro = regras.find("@media").unwrap();
        assert!(
            regras[..escuro].contains(".fill-serie-1 { fill: #111; }"),
            "{regras}"
        );
        assert!(regras[escuro..].contains("fill: #eee;"), "{regras}");
        assert!(super::regras(&cores, "", "").is_err());
    }
}
