//! Trechos de programas: o que está entre duas âncoras, sem o recuo comum.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::enderecos::relativo;

static MARCA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"ANCHOR(_END)?:[ \t]*([A-Za-z0-9_-]+)").expect("a expressão é constante")
});

/// Um trecho pronto para o livro.
#[derive(Debug, PartialEq, Eq)]
pub struct Trecho {
    /// As linhas, sem as das âncoras e sem o recuo que todas têm.
    pub codigo: String,
    /// A primeira e a última linha no arquivo, a partir de 1.
    pub linhas: (usize, usize),
}

/// O texto de `arquivo`, que é um caminho a partir da `raiz` do projeto.
///
/// # Errors
/// Por que não se lê: sai do projeto, não existe ou o sistema não deixa.
pub fn ler(raiz: &Path, arquivo: &str) -> Result<String, String> {
    if Path::new(arquivo).is_absolute() || relativo("", arquivo).as_deref() != Some(arquivo) {
        return Err(format!(
            "«{arquivo}» não é um caminho a partir da raiz do projeto"
        ));
    }
    fs::read_to_string(raiz.join(arquivo)).map_err(|erro| match erro.kind() {
        ErrorKind::NotFound => format!("não existe {arquivo}"),
        _ => format!("não foi possível ler {arquivo}: {erro}"),
    })
}

/// O id, na página, da listagem deste trecho.
pub fn id(arquivo: &str, ancora: Option<&str>) -> String {
    let partes = ["listagem", arquivo].into_iter().chain(ancora);
    let simples = |c: char| {
        if c.is_ascii_alphanumeric() || c == '_' {
            c
        } else {
            '-'
        }
    };
    let junto = partes.collect::<Vec<_>>().join("-");
    junto.chars().map(simples).collect()
}

/// O trecho de `texto` entre `ANCHOR: nome` e `ANCHOR_END: nome`, ou o texto
/// inteiro quando não se pede uma âncora.
///
/// # Errors
/// O que falta: a âncora, o fim dela ou alguma linha entre as duas.
pub fn trecho(texto: &str, ancora: Option<&str>) -> Result<Trecho, String> {
    let mut dentro = ancora.is_none();
    let mut achou = dentro;
    let mut linhas: Vec<(usize, &str)> = Vec::new();
    for (indice, linha) in texto.lines().enumerate() {
        match MARCA.captures(linha) {
            Some(marca) if Some(&marca[2]) == ancora => {
                dentro = marca.get(1).is_none();
                achou = true;
            }
            None if dentro => linhas.push((indice + 1, linha)),
            _ => {}
        }
    }
    let nome = ancora.unwrap_or_default();
    if !achou {
        return Err(format!("não tem a âncora «{nome}»"));
    }
    if dentro && ancora.is_some() {
        return Err(format!(
            "abre a âncora «{nome}» e não a fecha com ANCHOR_END"
        ));
    }
    while linhas
        .last()
        .is_some_and(|(_, linha)| linha.trim().is_empty())
    {
        linhas.pop();
    }
    let (Some(primeira), Some(ultima)) = (linhas.first(), linhas.last()) else {
        return Err(match ancora {
            Some(nome) => format!("não tem nada dentro da âncora «{nome}»"),
            None => "está vazio".to_string(),
        });
    };
    let recuo = linhas
        .iter()
        .filter(|(_, linha)| !linha.trim().is_empty())
        .map(|(_, linha)| linha.len() - linha.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let faixa = (primeira.0, ultima.0);
    let codigo: Vec<&str> = linhas
        .iter()
        .map(|(_, linha)| linha.get(recuo..).unwrap_or(""))
        .collect();
    Ok(Trecho {
        codigo: codigo.join("\n"),
        linhas: faixa,
    })
}

/// Confere que a página mostrará todas as linhas do trecho.
///
/// # Errors
/// A linha que o mdBook esconderia, porque começa com `#` em um bloco de Rust.
pub fn sem_linhas_escondidas(arquivo: &str, trecho: &Trecho) -> Result<(), String> {
    let some = |linha: &&str| *linha == "#" || linha.starts_with("# ") || linha.starts_with("##");
    match trecho.codigo.lines().map(str::trim_start).find(some) {
        Some(linha) if linguagem(arquivo) == "rust" => {
            Err(format!("tem uma linha que o mdBook esconderia: {linha}"))
        }
        _ => Ok(()),
    }
}

fn linguagem(arquivo: &str) -> &'static str {
    match arquivo.rsplit_once('.') {
        Some((_, "rs")) => "rust",
        Some((_, "py")) => "python",
        Some((_, "toml")) => "toml",
        _ => "text",
    }
}

/// O Markdown que mostra um trecho de `arquivo`, com a legenda de onde ele vem.
pub fn desenhar(arquivo: &str, ancora: Option<&str>, trecho: &Trecho) -> String {
    let id = id(arquivo, ancora);
    let linguagem = linguagem(arquivo);
    let (primeira, ultima) = trecho.linhas;
    let onde = if ancora.is_none() {
        String::new()
    } else if primeira == ultima {
        format!(", linha {primeira}")
    } else {
        format!(", linhas {primeira} a {ultima}")
    };
    let cerca = "`".repeat(3.max(maior_sequencia_de_crases(&trecho.codigo) + 1));
    format!(
        "<figure class=\"listagem\" id=\"{id}\"><figcaption><code>{arquivo}</code>{onde}</figcaption>\n\n\
         {cerca}{linguagem}\n{}\n{cerca}\n\n</figure>",
        trecho.codigo
    )
}

fn maior_sequencia_de_crases(codigo: &str) -> usize {
    codigo.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod testes {
    use super::*;

    const PROGRAMA: &str = "\
fn main() {
    // ANCHOR: um
    let a = 1;

    if a == 1 {
        // ANCHOR: dois
        conta();
        // ANCHOR_END: dois
    }
    // ANCHOR_END: um
}
// ANCHOR: aberta
// ANCHOR: vazia
// ANCHOR_END: vazia
";

    #[test]
    fn tira_o_recuo_e_as_marcas_de_dentro() {
        let um = trecho(PROGRAMA, Some("um")).unwrap();
        assert_eq!(um.codigo, "let a = 1;\n\nif a == 1 {\n    conta();\n}");
        assert_eq!(um.linhas, (3, 9));
        assert_eq!(trecho(PROGRAMA, Some("dois")).unwrap().codigo, "conta();");
    }

    #[test]
    fn o_arquivo_inteiro_vem_sem_as_marcas() {
        let inteiro = trecho(PROGRAMA, None).unwrap();
        assert!(inteiro.codigo.starts_with("fn main() {") && !inteiro.codigo.contains("ANCHOR"));
        assert_eq!(inteiro.linhas, (1, 11));
    }

    #[test]
    fn ancora_que_falta_aberta_ou_vazia_e_erro() {
        for (nome, parte) in [
            ("tres", "não tem a âncora"),
            ("aberta", "não a fecha"),
            ("vazia", "nada dentro"),
        ] {
            let erro = trecho(PROGRAMA, Some(nome)).unwrap_err();
            assert!(erro.contains(parte) && erro.contains(nome), "{erro}");
        }
    }

    #[test]
    fn linhas_que_o_mdbook_esconderia_sao_acusadas() {
        let trecho = |codigo: &str| Trecho {
            codigo: codigo.into(),
            linhas: (1, 1),
        };
        assert!(sem_linhas_escondidas("a.rs", &trecho("let a = r\"\n  # some\n\";")).is_err());
        assert!(sem_linhas_escondidas("a.rs", &trecho("#[cfg(unix)]\n#![allow(x)]")).is_ok());
        assert!(sem_linhas_escondidas("a.py", &trecho("# comentário")).is_ok());
    }

    #[test]
    fn a_legenda_diz_o_arquivo_e_as_linhas() {
        let desenho = desenhar(
            "examples/a.rs",
            Some("dois"),
            &trecho(PROGRAMA, Some("dois")).unwrap(),
        );
        assert!(
            desenho.contains("id=\"listagem-examples-a-rs-dois\""),
            "{desenho}"
        );
        assert!(
            desenho.contains("<code>examples/a.rs</code>, linha 7<"),
            "{desenho}"
        );
        assert!(desenho.contains("\n```rust\nconta();\n```\n"), "{desenho}");
    }

    #[test]
    fn crases_no_codigo_nao_fecham_a_cerca() {
        let trecho = Trecho {
            codigo: "/// ```text".into(),
            linhas: (1, 1),
        };
        assert!(desenhar("a.rs", None, &trecho).contains("\n````rust\n/// ```text\n````\n"));
    }
}
