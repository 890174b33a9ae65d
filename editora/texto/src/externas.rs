//! Os endereços de fora que o livro e a casa citam.
//!
//! O livro não depende de nenhum deles, e por isso nenhuma prova os visita: um servidor
//! dos outros fora do ar não é um defeito daqui. Quem mantém o livro os confere à mão.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::casa::Arquivo;

/// As terminações dos arquivos em que se procura.
pub const TERMINACOES: &[&str] = &[
    "css", "js", "md", "mjs", "pikchr", "py", "rs", "sh", "toml", "yml",
];

/// Um endereço, até onde ele pode ir; o que sobra no fim se apara depois.
static ENDERECO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"https?://[^\s<>"'`«»“”‘’…\\|]+"#).expect("a expressão é constante")
});

/// Nomes de espaços de XML: parecem endereços, e ninguém os visita.
const ESPACOS_DE_NOMES: &[&str] = &["http://www.w3.org/"];

/// Onde um endereço aparece: o arquivo e a linha.
pub type Lugar = (String, usize);

/// Cada endereço de fora que aparece nos `arquivos`, e onde.
#[must_use]
pub fn nos_arquivos(arquivos: &[Arquivo]) -> BTreeMap<String, Vec<Lugar>> {
    let mut achados: BTreeMap<String, Vec<Lugar>> = BTreeMap::new();
    for arquivo in arquivos {
        for (linha, endereco) in em(sem_as_provas(arquivo)) {
            let lugares = achados.entry(endereco).or_default();
            lugares.push((arquivo.caminho.clone(), linha));
        }
    }
    achados
}

/// O que um arquivo diz; os endereços do módulo de provas de um em Rust são inventados.
fn sem_as_provas(arquivo: &Arquivo) -> &str {
    let texto = &arquivo.texto;
    let em_rust = Path::new(&arquivo.caminho)
        .extension()
        .is_some_and(|tipo| tipo == "rs");
    let provas = texto
        .find("\n#[cfg(test)]\nmod ")
        .filter(|_| em_rust)
        .unwrap_or(texto.len());
    &texto[..provas]
}

/// Os endereços de fora que aparecem em um texto, com a linha de cada um.
#[must_use]
pub fn em(texto: &str) -> Vec<(usize, String)> {
    let na_linha = |(linha, texto): (usize, &str)| {
        ENDERECO
            .find_iter(texto)
            .map(|achado| aparar(achado.as_str()))
            .filter(|endereco| de_fora(endereco))
            .map(|endereco| (linha, endereco.to_string()))
            .collect::<Vec<_>>()
    };
    (1..).zip(texto.lines()).flat_map(na_linha).collect()
}

/// Tira do fim a pontuação da frase e o fecho que o endereço não abriu.
fn aparar(endereco: &str) -> &str {
    let mut endereco = endereco;
    loop {
        let sem_ponto = endereco.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
        let sobra = [('(', ')'), ('[', ']'), ('{', '}')]
            .iter()
            .any(|(abre, fecha)| {
                sem_ponto.ends_with(*fecha)
                    && sem_ponto.matches(*fecha).count() > sem_ponto.matches(*abre).count()
            });
        let aparado = if sobra {
            &sem_ponto[..sem_ponto.len() - 1]
        } else {
            sem_ponto
        };
        // `[texto](https://a.br)](b)`: o que vem depois do fecho é do Markdown.
        let aparado = aparado.split_once(")]").map_or(aparado, |(antes, _)| antes);
        if aparado.len() == endereco.len() {
            return aparado;
        }
        endereco = aparado;
    }
}

/// Se o endereço é de uma página que existe fora daqui: não o deste computador, nem o de um
/// exemplo, nem um modelo com partes por preencher.
fn de_fora(endereco: &str) -> bool {
    let Some((_, resto)) = endereco.split_once("://") else {
        return false;
    };
    let maquina = resto.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let nomes: Vec<&str> = maquina.split('.').collect();
    let so_um = nomes.len() < 2;
    let numero = nomes.iter().all(|nome| nome.parse::<u8>().is_ok());
    // RFC 2606 §2 e §3, e os das nossas provas.
    let de_exemplo = nomes
        .last()
        .is_some_and(|ultimo| ["example", "invalid", "localhost", "test"].contains(ultimo))
        || nomes
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|nome| ["example", "exemplo"].contains(nome) || nome.len() == 1);
    let modelo = endereco.contains(['{', '$']);
    let espaco = ESPACOS_DE_NOMES
        .iter()
        .any(|espaco| endereco.starts_with(espaco));
    !(so_um || numero || de_exemplo || modelo || espaco)
}

#[cfg(test)]
mod testes {
    use super::*;

    fn achados(texto: &str) -> Vec<(usize, String)> {
        em(texto)
    }

    #[test]
    fn acha_cada_um_na_linha_dele() {
        let texto = "Veja <https://pikchr.org>.\n[A](https://a.org/b_(c)) e (https://doc.org/x).\n\
            url = \"http://um.com.br/?q=1#dois\"\n";
        let achados = achados(texto);
        let esperados = [(1, "https://pikchr.org"), (3, "http://um.com.br/?q=1#dois")];
        for (linha, endereco) in esperados {
            assert!(
                achados.contains(&(linha, endereco.to_string())),
                "{achados:?}"
            );
        }
        let da_segunda: Vec<&str> = achados
            .iter()
            .filter(|(linha, _)| *linha == 2)
            .map(|(_, endereco)| endereco.as_str())
            .collect();
        assert_eq!(
            da_segunda,
            ["https://doc.org/x"],
            "a.org é um nome de exemplo"
        );
    }

    #[test]
    fn os_parenteses_do_endereco_ficam() {
        let texto = "[A](https://wiki.org/b_(c)), [B](https://wiki.org/d)";
        let enderecos: Vec<String> = achados(texto).into_iter().map(|(_, e)| e).collect();
        assert_eq!(enderecos, ["https://wiki.org/b_(c)", "https://wiki.org/d"]);
    }

    #[test]
    fn nao_conta_o_que_nao_e_de_fora() {
        for texto in [
            "http://localhost:3000/",
            "http://127.0.0.1:8080/x",
            "https://exemplo.com/x.png",
            "https://www.example.org",
            "https://h.com/i.png",
            "https://…",
            "http://www.w3.org/2000/svg",
            "https://rfc-editor.org/rfc/rfc{numero}",
        ] {
            assert_eq!(achados(texto), [], "{texto}");
        }
    }

    #[test]
    fn junta_os_lugares_do_mesmo_endereco() {
        let arquivo = |caminho: &str, texto: &str| Arquivo {
            caminho: caminho.to_string(),
            texto: texto.to_string(),
        };
        let juntos = nos_arquivos(&[
            arquivo("a.md", "\nhttps://pikchr.org"),
            arquivo(
                "b.rs",
                "// https://pikchr.org.\n#[cfg(test)]\nmod testes { https://nada.org }",
            ),
        ]);
        assert_eq!(juntos.len(), 1);
        let lugares = [("a.md".to_string(), 2), ("b.rs".to_string(), 1)];
        assert_eq!(juntos["https://pikchr.org"], lugares);
    }
}
