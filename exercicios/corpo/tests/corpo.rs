//! O conferidor ensina: todo esqueleto é reprovado, toda solução passa, e cada engano de
//! sempre é achado pelo nome que o cabeçalho dele promete.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use conferidor::{Fichas, Programa, exercicios};
use corpo::{Papel, Peca, pasta, pecas};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut argumentos = Arguments::from_args();
    // Quase todo o tempo de uma prova é espera.
    argumentos.test_threads = argumentos.test_threads.or(Some(8));
    let provas = pecas()
        .expect("as pastas dos exercícios se leem")
        .into_iter()
        .map(|peca| {
            let nao_se_ve = !peca.vale_aqui();
            Trial::test(peca.executavel.clone(), move || provar(&peca)).with_ignored_flag(nao_se_ve)
        })
        .collect();
    libtest_mimic::run(&argumentos, provas).exit_code()
}

fn provar(peca: &Peca) -> Result<(), Failed> {
    let conferir = exercicios::conferencia(&peca.exercicio)
        .ok_or_else(|| format!("não há conferência de {}", peca.exercicio))?;
    let executavel = executavel(&peca.executavel)?;
    let veredito = conferir(&Programa::novo(&executavel));
    match (peca.papel, veredito) {
        (Papel::Solucao, Ok(())) => Ok(()),
        (Papel::Solucao, Err(falha)) => Err(format!("a solução foi reprovada: {falha}").into()),
        (papel, Ok(())) => Err(format!("passou, e é {papel:?}").into()),
        (_, Err(falha)) if falha.diagnostico == "conferidor" => Err(falha.to_string().into()),
        (Papel::Esqueleto, Err(falha)) => tem_frase(peca, &falha.diagnostico),
        (Papel::Errada, Err(falha)) => {
            if falha.feito.is_empty() || falha.esperado.is_empty() || falha.veio.is_empty() {
                return Err(format!("o veredito não conta a história toda: {falha}").into());
            }
            let prometido = peca.diagnostico().unwrap_or_default();
            if falha.diagnostico == prometido {
                Ok(())
            } else {
                Err(format!("o cabeçalho promete {prometido}, e veio {falha}").into())
            }
        }
    }
}

fn tem_frase(peca: &Peca, diagnostico: &str) -> Result<(), Failed> {
    let fichas = Fichas::ler(&pasta().join("..")).map_err(|erro| format!("{erro:#}"))?;
    let ficha = fichas.achar(&peca.exercicio).ok_or("não há ficha")?;
    fichas
        .diagnostico(ficha, diagnostico)
        .map(|_| ())
        .ok_or_else(|| format!("a ficha não tem o diagnóstico {diagnostico}").into())
}

/// Os executáveis deste pacote ficam todos na pasta de um deles.
fn executavel(nome: &str) -> Result<PathBuf, Failed> {
    let um = Path::new(env!("CARGO_BIN_EXE_solucao-socket"));
    let caminho = um
        .with_file_name(nome)
        .with_extension(um.extension().unwrap_or_default());
    if caminho.is_file() {
        Ok(caminho)
    } else {
        Err(format!("{nome} não foi compilado: está no Cargo.toml?").into())
    }
}
