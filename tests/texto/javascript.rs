//! A prosa de um programa em JavaScript: os comentários e os textos.

use std::sync::LazyLock;

use libtest_mimic::Trial;
use regex::Regex;

use crate::fontes::{Voz, ditos, do_markdown};
use crate::prova;

/// Um comentário, um texto ou uma expressão regular, o que vier antes. A barra só começa uma
/// expressão depois do que não é um valor: um operador, um parêntese, uma vírgula.
static PARTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?s)//(?P<linha>[^\n]*)|/\*(?P<bloco>.*?)\*/|"(?P<duplas>(?:\\.|[^"\\\n])*)"|'(?P<simples>(?:\\.|[^'\\\n])*)'|`(?P<crases>(?:\\.|[^`\\])*)`|[(,=:\[!&|?]\s*/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])*/"#,
    )
    .expect("a expressão é constante")
});

/// O lugar de um valor em um texto: `${nome}`.
static LUGAR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{[^}]*\}").expect("a expressão é constante"));

/// O que se lê no programa, com a linha.
pub fn prosa(programa: &str) -> Vec<(usize, String, Voz)> {
    let mut achados = Vec::new();
    for partes in PARTE.captures_iter(programa) {
        let linha_de = |inicio: usize| programa[..inicio].matches('\n').count() + 1;
        if let Some(comentario) = partes.name("linha").or_else(|| partes.name("bloco")) {
            let linha = linha_de(comentario.start());
            for (linha, texto) in (linha..).zip(comentario.as_str().lines()) {
                let texto = texto.trim_start().trim_start_matches('*').trim_start();
                achados.extend(do_markdown(texto, linha));
            }
        }
        let nomes = ["duplas", "simples", "crases"];
        if let Some(texto) = nomes.iter().find_map(|nome| partes.name(nome)) {
            let legivel = LUGAR.replace_all(texto.as_str(), " 0 ");
            // Um seletor ou o nome de um evento não se lê; uma frase tem mais de uma palavra.
            let comum = legivel.contains(' ') && !legivel.contains(['.', '#', '<', '>', '=', '[']);
            if comum || !legivel.is_ascii() {
                let linha = linha_de(texto.start());
                let lido = do_markdown(&legivel, linha);
                achados.extend(ditos(lido));
            }
        }
    }
    achados
}

pub fn provas() -> Vec<Trial> {
    vec![prova("javascript::le_comentarios_e_textos", || {
        let programa = "// Um.\nconst a = 'não há'; /* Dois\n * três */\nf(\".x > p\", /\"'/, `são ${n} vezes`);\n";
        let achados: Vec<(usize, String)> = prosa(programa)
            .into_iter()
            .map(|(linha, texto, _)| (linha, texto.trim().to_string()))
            .collect();
        let esperados = [
            (1, "Um."),
            (2, "não há"),
            (2, "Dois"),
            (3, "três"),
            (4, "são  0  vezes"),
        ];
        assert_eq!(
            achados,
            esperados.map(|(linha, texto)| (linha, texto.to_string()))
        );
        Ok(())
    })]
}
