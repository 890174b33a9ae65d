//! `cargo conferir`: mostra onde a pessoa está nos exercícios e confere o que ela fez.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use conferidor::{Fichas, Programa, exercicios};

fn main() -> ExitCode {
    match principal() {
        Ok(codigo) => codigo,
        Err(erro) => {
            eprintln!("erro: {erro:#}");
            ExitCode::from(2)
        }
    }
}

fn principal() -> Result<ExitCode> {
    let mut argumentos = std::env::args().skip(1);
    let nome = argumentos.next().context("diga o nome do exercício")?;
    let executavel: PathBuf = argumentos.next().context("diga o executável")?.into();
    let conferir = exercicios::conferencia(&nome).context("não existe esse exercício")?;
    match conferir(&Programa::novo(&executavel)) {
        Ok(()) => {
            println!("passou");
            Ok(ExitCode::SUCCESS)
        }
        Err(falha) => {
            let fichas = Fichas::ler(&std::env::current_dir()?)?;
            let ficha = fichas.achar(&nome).context("não há ficha")?;
            println!("{falha}");
            if let Some(d) = fichas.diagnostico(ficha, &falha.diagnostico) {
                println!("{} ({})", d.frase, d.secao);
            }
            Ok(ExitCode::FAILURE)
        }
    }
}
