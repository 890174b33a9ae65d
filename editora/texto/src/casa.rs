//! Os arquivos da casa, e as páginas do livro.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Pastas que não são de quem escreve: o que se monta, o que se baixa, a história.
const ALHEIAS: &[&str] = &["target", "node_modules", ".git"];

/// Onde quem estuda faz os exercícios: o que ele comenta, e como, é com ele.
const DE_QUEM_ESTUDA: &str = "exercicios/src/bin";

/// Um arquivo da casa.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arquivo {
    /// O caminho a partir da raiz, com `/`.
    pub caminho: String,
    /// O que há nele.
    pub texto: String,
}

/// Os arquivos de texto da casa com uma destas terminações, na ordem dos caminhos.
///
/// # Errors
/// Quando uma pasta ou um arquivo não se deixa ler.
pub fn arquivos(raiz: &Path, terminacoes: &[&str]) -> Result<Vec<Arquivo>> {
    let mut achados = Vec::new();
    let mut pastas = vec![raiz.to_path_buf()];
    while let Some(pasta) = pastas.pop() {
        let nao_leu = || format!("não foi possível ler a pasta {}", pasta.display());
        for entrada in fs::read_dir(&pasta).with_context(nao_leu)? {
            let entrada = entrada.with_context(nao_leu)?;
            let nome = entrada.file_name();
            let caminho = entrada.path();
            let tipo = entrada.file_type().with_context(nao_leu)?;
            if tipo.is_dir() {
                let alheia = ALHEIAS.iter().any(|alheia| nome == *alheia);
                if !alheia && caminho != raiz.join(DE_QUEM_ESTUDA) {
                    pastas.push(caminho);
                }
            } else if tipo.is_file() && termina(&caminho, terminacoes) {
                achados.push(ler(raiz, &caminho)?);
            }
        }
    }
    achados.sort_by(|um, outro| um.caminho.cmp(&outro.caminho));
    Ok(achados)
}

/// As páginas do livro, menos o sumário, que não tem prosa; o caminho é a partir da raiz.
///
/// # Errors
/// Quando uma pasta ou um arquivo não se deixa ler.
pub fn paginas(raiz: &Path) -> Result<Vec<Arquivo>> {
    let mut paginas = arquivos(&raiz.join("book").join("src"), &["md"])?;
    paginas.retain(|pagina| pagina.caminho != "SUMMARY.md");
    for pagina in &mut paginas {
        pagina.caminho.insert_str(0, "book/src/");
    }
    Ok(paginas)
}

fn termina(caminho: &Path, terminacoes: &[&str]) -> bool {
    caminho
        .extension()
        .is_some_and(|tipo| terminacoes.iter().any(|terminacao| tipo == *terminacao))
}

fn ler(raiz: &Path, caminho: &PathBuf) -> Result<Arquivo> {
    let bytes =
        fs::read(caminho).with_context(|| format!("não foi possível ler {}", caminho.display()))?;
    let relativo = caminho.strip_prefix(raiz).unwrap_or(caminho);
    let partes: Vec<_> = relativo
        .components()
        .map(|parte| parte.as_os_str().to_string_lossy())
        .collect();
    Ok(Arquivo {
        caminho: partes.join("/"),
        texto: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_casa_nao_tem_o_que_se_monta_nem_o_que_e_de_quem_estuda() {
        let raiz = tempfile::tempdir().unwrap();
        for arquivo in [
            "a.rs",
            "b.md",
            "target/c.rs",
            "exercicios/src/lib.rs",
            "exercicios/src/bin/bind.rs",
            "exercicios/corpo/src/bin/d.rs",
        ] {
            let arquivo = raiz.path().join(arquivo);
            fs::create_dir_all(arquivo.parent().unwrap()).unwrap();
            fs::write(arquivo, "x").unwrap();
        }
        let achados = arquivos(raiz.path(), &["rs"]).unwrap();
        let caminhos: Vec<&str> = achados.iter().map(|a| a.caminho.as_str()).collect();
        let esperados = [
            "a.rs",
            "exercicios/corpo/src/bin/d.rs",
            "exercicios/src/lib.rs",
        ];
        assert_eq!(caminhos, esperados);
    }
}
