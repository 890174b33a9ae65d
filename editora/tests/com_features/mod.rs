//! A editora compilada com features a mais, e um livro pequeno para ela.
//!
//! Ela fica em uma pasta de compilação só dela: na comum, tomaria o lugar da que
//! as outras provas rodam.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow};
use provas::raiz;
use serde_json::Value;
use tempfile::TempDir;

/// O executável da editora com as `features`, recém-compilado.
///
/// # Errors
/// Quando não compila: a mensagem traz o que o compilador disse.
pub fn editora_com(features: &str) -> Result<PathBuf> {
    // Um executável de prova fica em ALVO/debug/deps.
    let aqui = env::current_exe()?;
    let alvo = aqui.ancestors().nth(3).unwrap_or(&aqui).join(features);
    let saida = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "-p", "editora", "--message-format=json"])
        .args(["--features", features, "--target-dir"])
        .arg(alvo)
        .current_dir(raiz())
        .output()?;
    let texto = String::from_utf8_lossy(&saida.stdout);
    let executavel = texto
        .lines()
        .filter_map(|linha| serde_json::from_str::<Value>(linha).ok())
        .filter(|mensagem| mensagem["target"]["name"] == "editora")
        .find_map(|mensagem| mensagem["executable"].as_str().map(PathBuf::from));
    executavel
        .filter(|_| saida.status.success())
        .ok_or_else(|| {
            let erros = String::from_utf8_lossy(&saida.stderr);
            anyhow!("a editora com {features} não compila:\n{erros}")
        })
}

/// Uma cópia do tema de verdade em volta de um livro de duas páginas.
///
/// # Errors
/// Quando o disco recusa.
pub fn livro() -> Result<TempDir> {
    let pasta = tempfile::tempdir()?;
    let book = pasta.path().join("book");
    copiar(&raiz().join("book/tema"), &book.join("tema"))?;
    fs::create_dir_all(book.join("src/parte"))?;
    fs::copy(raiz().join("book/book.toml"), book.join("book.toml"))?;
    for (arquivo, texto) in [
        (
            "SUMMARY.md",
            "# Sumário\n\n- [Um](um.md)\n\n# Parte\n\n- [Dois](parte/dois.md)\n",
        ),
        ("um.md", "# Um\n\nOlá. Veja [o fim](parte/dois.md#fim).\n"),
        (
            "parte/dois.md",
            "# Dois\n\n## Fim\n\nVolte a [um](../um.md).\n",
        ),
        ("404.md", "# Não achei {#nao-achei}\n\nVolte ao começo.\n"),
    ] {
        fs::write(book.join("src").join(arquivo), texto)?;
    }
    Ok(pasta)
}

fn copiar(de: &Path, para: &Path) -> Result<()> {
    fs::create_dir_all(para)?;
    for entrada in fs::read_dir(de)? {
        let entrada = entrada?;
        fs::copy(entrada.path(), para.join(entrada.file_name()))?;
    }
    Ok(())
}
