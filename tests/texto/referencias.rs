//! Como se cita uma RFC: «RFC 9293 §3.5», que é como a editora acha as seções, e sempre igual.

use std::sync::LazyLock;

use libtest_mimic::Trial;
use regex::Regex;
use texto::casa::{self, Arquivo};

use crate::{prova, sem_achados};

/// Uma RFC com a seção por extenso, ou com a vírgula ou o parêntese entre as duas. O texto pode
/// virar a linha, até em um comentário.
static POR_EXTENSO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"RFC\s\d{3,5}(?:,?\s(?:\s*//[/!]?\s)?\(?(?:n[ao]s? |d[ao]s? )?(?:se[cç](?:ão|ões|\.)\s|§\s)|,\s§|\s\(§|§)",
    )
    .expect("a expressão é constante")
});

/// Onde a forma é outra de propósito: quem acha as citações tem de conhecer as duas, e esta prova
/// as escreve.
const DE_PROPOSITO: [&str; 2] = ["editora/src/referencias.rs", "tests/texto/referencias.rs"];

fn por_extenso(arquivos: &[Arquivo]) -> Vec<String> {
    let no_arquivo = |arquivo: &Arquivo| {
        let achados = POR_EXTENSO.find_iter(&arquivo.texto).map(|achado| {
            let linha = arquivo.texto[..achado.start()].matches('\n').count() + 1;
            let citada = achado.as_str().split_whitespace().collect::<Vec<_>>();
            format!("{}:{linha}: «{}…»", arquivo.caminho, citada.join(" "))
        });
        achados.collect::<Vec<_>>()
    };
    let nossos = arquivos
        .iter()
        .filter(|arquivo| !DE_PROPOSITO.contains(&arquivo.caminho.as_str()));
    nossos.flat_map(no_arquivo).collect()
}

pub fn provas() -> Vec<Trial> {
    vec![
        prova(
            "referencias::as_secoes_se_citam_todas_do_mesmo_jeito",
            || {
                let arquivos = casa::arquivos(&provas::raiz(), &["md", "py", "rs", "toml"])
                    .map_err(|erro| format!("{erro:#}"))?;
                assert!(arquivos.len() > 300, "{} arquivos", arquivos.len());
                sem_achados(&por_extenso(&arquivos), "Escreva «RFC 9293 §3.5».")
            },
        ),
        prova("referencias::a_secao_por_extenso_e_acusada", || {
            let acha = |texto: &str| {
                let arquivo = Arquivo {
                    caminho: "a.md".to_string(),
                    texto: texto.to_string(),
                };
                por_extenso(&[arquivo])
            };
            assert_eq!(
                acha("Um.\n(RFC 9293, seção 3.5)"),
                ["a.md:2: «RFC 9293, seção…»"]
            );
            for errada in [
                "RFC 8085 (seção 3.1)",
                "RFC 8085, seções 3 e 4",
                "RFC 8085, na seção 3",
                "RFC 8085,\n/// seção 3.2",
                "RFC 8085, §3",
                "RFC 8085 § 3",
            ] {
                assert_eq!(acha(errada).len(), 1, "{errada}");
            }
            for certa in [
                "RFC 9293 §3.5",
                "(RFC 9293\n/// §3.5)",
                "a RFC 896 diz",
                "RFC 9293 §§3.5 e 4",
            ] {
                assert_eq!(acha(certa), [""; 0], "{certa}");
            }
            Ok(())
        }),
    ]
}
