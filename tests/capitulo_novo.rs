//! O esqueleto que `cargo run -- novo` cria: o programa dele compila, e a cena dele passa e
//! se grava de novo. Que o livro monta com ele se prova em `editora/tests/novo.rs`.

use std::fs;
use std::path::PathBuf;

use provas::{Ambiente, Falha, cenario, comparar, gravar, raiz};
use tempfile::TempDir;

/// Uma cópia da cena do esqueleto: gravá-la não muda a da casa.
fn copia() -> (TempDir, PathBuf) {
    let pasta = tempfile::tempdir().unwrap();
    let cena = pasta.path().join("esqueleto.cena");
    fs::copy(raiz().join("editora/modelos/esqueleto.cena"), &cena).unwrap();
    (pasta, cena)
}

#[test]
fn a_cena_do_esqueleto_e_a_do_programa_dele() -> Result<(), Falha> {
    let (_pasta, arquivo) = copia();
    let (_, cena) = cenario::abrir(&arquivo)?;
    cenario::conferir_requisitos(&cena)?;
    comparar("esqueleto", &cena, &Ambiente::do_livro())
}

#[test]
fn a_cena_do_esqueleto_se_grava_e_continua_a_passar() -> Result<(), Falha> {
    let (_pasta, arquivo) = copia();
    gravar(&arquivo, &Ambiente::do_livro())?;
    let (texto, cena) = cenario::abrir(&arquivo)?;
    assert!(texto.contains("‹porta="), "{texto}");
    comparar("esqueleto", &cena, &Ambiente::do_livro())
}

#[test]
fn a_cena_do_esqueleto_percebe_quando_o_programa_diz_outra_coisa() {
    let (_pasta, arquivo) = copia();
    let texto = fs::read_to_string(&arquivo).unwrap();
    fs::write(&arquivo, texto.replace("O sistema", "O núcleo")).unwrap();
    let (_, cena) = cenario::abrir(&arquivo).unwrap();
    let falha = comparar("esqueleto", &cena, &Ambiente::do_livro()).unwrap_err();
    assert!(falha.to_string().contains("O sistema me pôs em"), "{falha}");
}
