//! As palavras de um trecho: o que um dicionário pode conhecer.

use std::sync::LazyLock;

use libtest_mimic::Trial;
use regex::Regex;

use crate::prova;

/// Um endereço da rede.
static ENDERECO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"https?://\S+").expect("a expressão é constante"));

/// Uma palavra com os hifens e os apóstrofos dela.
static PALAVRA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\p{L}+(?:[-‑’']\p{L}+)*$").expect("a expressão é constante"));

/// As palavras de um trecho, na ordem. O que tem cara de código não é uma: caminhos,
/// opções, nomes com `_`, com algarismos ou com maiúsculas no meio.
pub fn palavras(texto: &str) -> Vec<String> {
    let texto = ENDERECO.replace_all(texto, " ");
    texto
        .split(|letra: char| letra.is_whitespace() || "…—–→←↔⇒·•|×÷≤≥≈±".contains(letra))
        .filter(|palavra| !entre_colchetes(palavra))
        .map(limpar)
        .filter(|palavra| PALAVRA.is_match(palavra) && !no_estilo_camelo(palavra))
        .map(|palavra| palavra.replace('‑', "-").replace('\'', "’"))
        .collect()
}

/// `[seção]`, como em um arquivo de configuração.
fn entre_colchetes(palavra: &str) -> bool {
    let palavra = palavra.trim_end_matches(['.', ',', ';', ':']);
    palavra.starts_with('[') && palavra.ends_with(']')
}

/// Uma palavra sem a pontuação de fora.
fn limpar(palavra: &str) -> &str {
    let fora = |letra: char| "“”‘’«»\"'()[]{}.,;:!?*¹²³".contains(letra);
    // `-x` e `--porta` são opções: o hífen do começo fica, e a expressão a recusa.
    palavra.trim_matches(fora)
}

/// `nomeComposto`, `TcpListener`: uma maiúscula depois de uma minúscula.
fn no_estilo_camelo(palavra: &str) -> bool {
    let letras: Vec<char> = palavra.chars().collect();
    letras
        .windows(2)
        .any(|par| par[0].is_lowercase() && par[1].is_uppercase())
}

pub fn provas() -> Vec<Trial> {
    vec![prova("palavras::so_o_que_e_palavra", || {
        for (texto, esperadas) in [
            ("Você (lê) “isto”, sim?", "Você lê isto sim"),
            (
                "fechá-la, d'água e guarda-chuva.",
                "fechá-la d’água e guarda-chuva",
            ),
            ("abra src/main.rs com --porta e x_y", "abra com e"),
            ("o TcpListener em IPv6 diz 42 ms", "o em diz ms"),
            ("veja https://pikchr.org agora…sim", "veja agora sim"),
            ("falta [book] no [padrão: nenhum]", "falta no padrão nenhum"),
            ("as RFCs e o ACK", "as RFCs e o ACK"),
        ] {
            assert_eq!(palavras(texto).join(" "), esperadas, "{texto}");
        }
        Ok(())
    })]
}
