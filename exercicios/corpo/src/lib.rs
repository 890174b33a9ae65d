//! Onde estão os programas que provam o conferidor, e o que o cabeçalho de cada um promete.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// O que se espera de um programa.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Papel {
    /// O começo que a pessoa recebe: compila e não passa.
    Esqueleto,
    /// Passa.
    Solucao,
    /// Não passa, pelo motivo que o cabeçalho nomeia.
    Errada,
}

/// Um programa do corpo.
#[derive(Debug, Clone)]
pub struct Peca {
    /// O papel.
    pub papel: Papel,
    /// O exercício.
    pub exercicio: String,
    /// O nome do executável.
    pub executavel: String,
    /// O arquivo, a partir de `exercicios/`.
    pub arquivo: String,
    /// O texto.
    pub texto: String,
}

impl Peca {
    /// O diagnóstico que o cabeçalho promete: a linha `//! diagnostico: NOME`.
    #[must_use]
    pub fn diagnostico(&self) -> Option<&str> {
        self.texto
            .lines()
            .find_map(|linha| linha.strip_prefix("//! diagnostico: "))
            .map(str::trim)
    }

    /// Se este sistema tem como ver o que há de errado no programa: a linha
    /// `//! sistema: linux` diz que só o Linux o mostra, e `//! sistema: unix`, que o Windows
    /// não.
    #[must_use]
    pub fn vale_aqui(&self) -> bool {
        self.texto
            .lines()
            .find_map(|linha| linha.strip_prefix("//! sistema: "))
            .is_none_or(|sistema| {
                [std::env::consts::OS, std::env::consts::FAMILY].contains(&sistema.trim())
            })
    }
}

/// A pasta `exercicios/`.
#[must_use]
pub fn pasta() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Todos os programas, pela ordem do nome do executável.
///
/// # Errors
/// Quando uma pasta ou um arquivo não se lê, ou tem algo que não é um programa.
pub fn pecas() -> io::Result<Vec<Peca>> {
    let mut pecas = BTreeMap::new();
    for (papel, sub, prefixo) in [
        (Papel::Esqueleto, "esqueletos", "esqueleto"),
        (Papel::Solucao, "solucoes", "solucao"),
    ] {
        for (nome, texto) in programas(sub)? {
            let peca = Peca {
                papel,
                executavel: format!("{prefixo}-{nome}"),
                arquivo: format!("{sub}/{nome}.rs"),
                exercicio: nome,
                texto,
            };
            pecas.insert(peca.executavel.clone(), peca);
        }
    }
    for entrada in fs::read_dir(pasta().join("erradas"))? {
        let exercicio = entrada?.file_name().to_string_lossy().into_owned();
        if exercicio.starts_with('.') {
            continue;
        }
        for (defeito, texto) in programas(&format!("erradas/{exercicio}"))? {
            let peca = Peca {
                papel: Papel::Errada,
                executavel: format!("errada-{exercicio}-{defeito}"),
                arquivo: format!("erradas/{exercicio}/{defeito}.rs"),
                exercicio: exercicio.clone(),
                texto,
            };
            pecas.insert(peca.executavel.clone(), peca);
        }
    }
    Ok(pecas.into_values().collect())
}

fn programas(sub: &str) -> io::Result<Vec<(String, String)>> {
    let mut programas = Vec::new();
    for entrada in fs::read_dir(pasta().join(sub))? {
        let entrada = entrada?;
        let nome = entrada.file_name().to_string_lossy().into_owned();
        if nome.starts_with('.') {
            continue;
        }
        let nome = nome.strip_suffix(".rs").ok_or_else(|| {
            let texto = format!("exercicios/{sub}/{nome} não é um programa em Rust");
            io::Error::new(io::ErrorKind::InvalidData, texto)
        })?;
        let texto = fs::read_to_string(entrada.path())?.replace("\r\n", "\n");
        programas.push((nome.to_string(), texto));
    }
    Ok(programas)
}

/// A parte do `Cargo.toml` que declara os programas.
#[must_use]
pub fn declaracoes(pecas: &[Peca]) -> String {
    pecas
        .iter()
        .map(|peca| {
            format!(
                "\n[[bin]]\nname = \"{}\"\npath = \"../{}\"\ntest = false\nbench = false\ndoc = false\n",
                peca.executavel, peca.arquivo
            )
        })
        .collect()
}
