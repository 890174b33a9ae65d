//! As frases de um bloco de prosa, e as palavras de uma frase.
//!
//! Uma frase acaba em `.`, `?`, `!` ou `…` seguido de espaço e de algo que pode começar
//! outra: não em `1.024`, em `p. ex.` nem em `Sr. Silva`. O fim do bloco também a acaba.
//! Dois-pontos e ponto e vírgula não: quem lê ainda espera o resto.

use std::sync::LazyLock;

use regex::Regex;

use crate::markdown::{Bloco, Jeito};
use crate::silabas;

/// As sílabas de um trecho de código ou de um número em algarismos, que se leem de uma vez:
/// as de uma palavra curta, como “porta”.
const DE_UM_CODIGO: usize = 2;

/// No texto de um bloco, o lugar de um trecho de código.
const CODIGO: char = '\u{FFFC}';

/// Uma palavra (com hifens e apóstrofos), um número ou um trecho de código.
static PALAVRA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\d+(?:[.,:]\d+)*|\u{FFFC}|\p{L}[\p{L}\p{N}]*(?:[-’'‑]\p{L}[\p{L}\p{N}]*)*")
        .expect("a expressão é constante")
});

/// O fim de uma frase, com o fecho das aspas e dos parênteses, e o que pode vir depois.
static FIM: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[.?!…]+[”»’\x22)\]]*\s+").expect("a expressão é constante"));

/// Abreviações cujo ponto não acaba uma frase.
const ABREVIACOES: &[&str] = &[
    "art", "cap", "cf", "dr", "dra", "etc", "ex", "fig", "nº", "p", "pág", "pp", "prof", "séc",
    "sr", "sra", "v", "vol", "vs",
];

/// Uma frase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frase {
    /// A linha em que começa, a partir de 1.
    pub linha: usize,
    /// O texto, com o código entre crases.
    pub texto: String,
    /// Quantas palavras.
    pub palavras: usize,
    /// Quantas sílabas.
    pub silabas: usize,
}

/// As frases de um bloco. O que não tem nenhuma palavra não é uma frase.
#[must_use]
pub fn frases(bloco: &Bloco) -> Vec<Frase> {
    let mut corrido = String::new();
    let mut codigos = Vec::new();
    let mut linhas = Vec::new();
    for pedaco in &bloco.pedacos {
        linhas.push((corrido.len(), pedaco.linha));
        if pedaco.jeito == Jeito::Codigo {
            corrido.push(CODIGO);
            codigos.push(pedaco.texto.as_str());
        } else {
            corrido.push_str(&pedaco.texto);
        }
    }
    let mut codigos = codigos.into_iter();
    let mut achadas = Vec::new();
    let mut comeco = 0;
    for fim in cortes(&corrido).into_iter().chain([corrido.len()]) {
        let crua = &corrido[comeco..fim];
        let vazio = crua.len() - crua.trim_start().len();
        let linha = linhas
            .iter()
            .rev()
            .find(|(inicio, _)| *inicio <= comeco + vazio)
            .map_or(0, |(_, linha)| *linha);
        comeco = fim;
        let (palavras, silabas) = contar(crua);
        let mut texto = String::new();
        for letra in crua.trim().chars() {
            if letra == CODIGO {
                texto.push('`');
                texto.push_str(codigos.next().unwrap_or_default());
                texto.push('`');
            } else {
                texto.push(letra);
            }
        }
        if palavras > 0 {
            achadas.push(Frase {
                linha,
                texto,
                palavras,
                silabas,
            });
        }
    }
    achadas
}

/// Quantas palavras e quantas sílabas há em um texto.
fn contar(texto: &str) -> (usize, usize) {
    PALAVRA
        .find_iter(texto)
        .fold((0, 0), |(palavras, silabas), palavra| {
            let palavra = palavra.as_str();
            let de_uma_vez =
                palavra.starts_with(|letra: char| letra.is_numeric() || letra == CODIGO);
            let mais = if de_uma_vez {
                DE_UM_CODIGO
            } else {
                silabas::contar(palavra)
            };
            (palavras + 1, silabas + mais)
        })
}

/// Onde cada frase, menos a última, acaba.
fn cortes(texto: &str) -> Vec<usize> {
    FIM.find_iter(texto)
        .filter(|fim| {
            let antes = &texto[..fim.start()];
            let depois = &texto[fim.end()..];
            comeca_outra(depois) && !(fim.as_str().starts_with('.') && abreviada(antes))
        })
        .map(|fim| fim.end())
        .collect()
}

/// Se o que vem depois do ponto pode começar uma frase: uma maiúscula, um número, código
/// ou o abre de aspas e parênteses.
fn comeca_outra(depois: &str) -> bool {
    depois
        .trim_start_matches(['“', '«', '(', '[', '"', '‘'])
        .chars()
        .next()
        .is_some_and(|letra| {
            letra.is_uppercase() || letra.is_numeric() || letra == CODIGO || letra == '—'
        })
}

/// Se o que vem antes do ponto é uma abreviação, ou a inicial de um nome.
fn abreviada(antes: &str) -> bool {
    let palavra = antes
        .rsplit(|letra: char| !letra.is_alphanumeric() && letra != 'º')
        .next()
        .unwrap_or_default();
    let inicial = palavra.chars().count() == 1 && palavra.chars().all(char::is_uppercase);
    inicial || ABREVIACOES.contains(&palavra.to_lowercase().as_str())
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::markdown;

    fn de(markdown: &str) -> Vec<Frase> {
        markdown::ler(markdown).iter().flat_map(frases).collect()
    }

    fn textos(markdown: &str) -> Vec<String> {
        de(markdown).into_iter().map(|frase| frase.texto).collect()
    }

    #[test]
    fn o_ponto_acaba_a_frase_quando_vem_outra() {
        assert_eq!(
            textos("Um. Dois? “Três!” Quatro… `cinco` vem. `Seis`. 7 é sete."),
            [
                "Um.",
                "Dois?",
                "“Três!”",
                "Quatro…",
                "`cinco` vem.",
                "`Seis`.",
                "7 é sete."
            ]
            .map(String::from)
        );
    }

    #[test]
    fn numeros_e_abreviacoes_nao_a_acabam() {
        for uma in [
            "São 1.024 bytes, p. ex. Quatro não são.",
            "Fala o Sr. Silva, ou W. Richard Stevens, na v. 2 dele: 3.5 segundos.",
            "Ele disse “não”. e seguiu; depois: voltou.",
        ] {
            assert_eq!(textos(uma), [uma.to_string()]);
        }
    }

    #[test]
    fn o_fim_do_bloco_acaba_a_frase() {
        let achadas = de("Veja:\n\n- um\n- dois\n\nFim. E\nmais.");
        let lidas: Vec<(usize, &str)> = achadas
            .iter()
            .map(|frase| (frase.linha, frase.texto.as_str()))
            .collect();
        let esperadas = [
            (1, "Veja:"),
            (3, "um"),
            (4, "dois"),
            (6, "Fim."),
            (6, "E mais."),
        ];
        assert_eq!(lidas, esperadas);
    }

    #[test]
    fn conta_as_palavras_e_as_silabas() {
        for (texto, palavras, silabas) in [
            ("Você fecha a porta.", 4, 7),
            ("Escreva `let x = 1;` e leia 1.024 bytes.", 6, 12),
            ("A porta (50000) é dele — não sua.", 7, 11),
            ("Guarda-chuva, lê-lo.", 2, 6),
        ] {
            let frase = &de(texto)[0];
            assert_eq!(
                (frase.palavras, frase.silabas),
                (palavras, silabas),
                "{texto}"
            );
        }
    }
}
