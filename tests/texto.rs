//! A prosa do livro e da casa: capítulos, figuras, dados, o que os programas dizem e o que
//! o código comenta.
//!
//! Cada regra lê os mesmos trechos (`texto/fontes.rs`), e cada uma tem a sua prova de que
//! pode falhar: um texto com o defeito é acusado, no arquivo e na linha.

#[path = "texto/fontes.rs"]
mod fontes;
#[path = "texto/frases.rs"]
mod frases;
#[path = "texto/javascript.rs"]
mod javascript;
#[path = "texto/legibilidade.rs"]
mod legibilidade;
#[path = "texto/ortografia.rs"]
mod ortografia;
#[path = "texto/palavras.rs"]
mod palavras;
#[path = "texto/referencias.rs"]
mod referencias;
#[path = "texto/rust.rs"]
mod rust;
#[path = "texto/termos.rs"]
mod termos;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut provas = Vec::new();
    provas.extend(fontes::provas());
    provas.extend(rust::provas());
    provas.extend(javascript::provas());
    provas.extend(palavras::provas());
    provas.extend(ortografia::provas());
    provas.extend(termos::provas());
    provas.extend(frases::provas());
    provas.extend(referencias::provas());
    provas.extend(legibilidade::provas());
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

/// Uma prova com nome.
fn prova(nome: &str, roda: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::test(nome, roda)
}

/// Falha com os achados, um por linha, e a frase que diz o que fazer.
fn sem_achados(achados: &[String], o_que_fazer: &str) -> Result<(), Failed> {
    if achados.is_empty() {
        return Ok(());
    }
    let quantos = achados.len();
    Err(format!("{}\n\n{quantos} ao todo. {o_que_fazer}", achados.join("\n")).into())
}
