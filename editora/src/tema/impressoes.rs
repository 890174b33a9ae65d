//! A impressão digital de cada arquivo do mdBook que foi traduzido.
//!
//! As tabelas acusam o inglês que mudou; as impressões acusam também o que é novo.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::{IMPRESSOES, impressao};
use crate::problema::Problema;

/// O SHA-256 dos originais do mdBook 0.5.4.
const CONHECIDAS: &[(&str, &str)] = &[
    (
        "index.hbs",
        "bf8b6b7cc5c1e44b03ab0392297705a220b569b601286e0ad538cca6d56717f1",
    ),
    (
        "book.js",
        "609e4cb80f92aa954a3f48869c751f6f8848433604f1297bb70fde0e3e58a569",
    ),
    (
        "css/general.css",
        "e96d0476741bfcbe8cc0ac02db00187c45a63946834361d0eab846016787c646",
    ),
    (
        "css/chrome.css",
        "d279d366359c0d588c9c10cb46afe2b543fc731dea722803639b4e45016d5fe2",
    ),
    (
        "css/print.css",
        "9e4910d8eb508863172430c60d49fd3b442e9e7f5963a18cd1d655c386ffeae9",
    ),
    (
        "searcher.js",
        "b7551e8be39c55b55f61618fda226c3e058ac5e5d720875f8fed10ffb85e99d4",
    ),
    (
        "toc.js",
        "dfac290ebbc5901fbbbc9f7aaab78b188dce80f86865a5963720967bf444dc57",
    ),
    (
        "toc.html",
        "aba593f772b300069b66505d6decb0906d1f15f7254470e8c7af4d7f9a64ebb3",
    ),
];

/// Acusa o `arquivo` cujo texto não é mais o que foi traduzido.
pub fn conferir(arquivo: &str, original: &str, problemas: &mut Vec<Problema>) {
    let agora = impressao(&sem_o_livro(arquivo, original));
    let conhecida = CONHECIDAS
        .iter()
        .find(|(nome, _)| *nome == arquivo)
        .map(|(_, hex)| *hex);
    if conhecida != Some(&*agora) {
        problemas.push(Problema::novo(
            IMPRESSOES,
            1,
            format!(
                "o mdBook mudou {arquivo}, que pode ter ganhado texto em inglês ou um defeito novo; \
                 compare-o com o da versão anterior, complete as tabelas em editora/src/tema/ e \
                 ponha aqui a impressão nova: {agora}"
            ),
        ));
    }
}

/// Depois desta marca, até o fim do cabeçalho, só há folhas de estilo do livro.
const ESTILOS: &str = "<!-- Custom theme stylesheets -->";

/// O texto de um arquivo de saída sem o que muda de um livro para outro.
fn sem_o_livro(arquivo: &str, texto: &str) -> String {
    static RECURSO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"([A-Za-z0-9_./-]+?)-[0-9a-f]{8}\.(js|css)").expect("expressão regular válida")
    });
    if !matches!(arquivo, "searcher.js" | "toc.js" | "toc.html") {
        return texto.to_owned();
    }
    let mut texto = texto.to_owned();
    if let (Some(inicio), Some(fim)) = (texto.find(r#"<ol class="chapter">"#), texto.rfind("</ol>"))
    {
        texto.replace_range(inicio..fim + "</ol>".len(), "");
    }
    if let Some((antes, depois)) = texto.split_once(ESTILOS) {
        let (inicio, livro) = (antes.len() + ESTILOS.len(), depois.find("</head>"));
        texto.replace_range(inicio..inicio + livro.unwrap_or(0), "");
    }
    RECURSO
        .replace_all(&texto, |partes: &Captures| {
            format!("{}.{}", &partes[1], &partes[2])
        })
        .into_owned()
}
