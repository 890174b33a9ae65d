//! Os experimentos de tempo, pelo programa inteiro, diante das fórmulas: quanto cada
//! perda custa, por que o prazo do TCP é a causa, o que uma perda faz à fila e o que o
//! Nagle faz a duas escritas.
//!
//! Aqui não se afirma quanto nada demora, e sim razões: entre o tempo e a fórmula dele, e
//! entre dois protocolos. Cada uma sai de muitas perdas, de várias execuções que correm
//! ao mesmo tempo, porque quase todo o tempo delas é de espera por um relógio. Onde não
//! há espaços de rede, as provas são ignoradas, com o motivo; com `EXIGIR_TUDO=1`, falham.

#[path = "medir_tempo/fila.rs"]
mod fila;
#[path = "medir_tempo/nagle.rs"]
mod nagle;
#[path = "medir_tempo/perguntas.rs"]
mod perguntas;
#[path = "medir_tempo/rto.rs"]
mod rto;

use std::ops::RangeInclusive;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::Falha;
use provas::medir::{Linha, Medicao, possivel};

fn main() {
    let provas = [
        // As que mais esperam começam antes.
        perguntas::provas(),
        rto::provas(),
        fila::provas(),
        nagle::provas(),
    ];
    let provas: Vec<Trial> = provas.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

fn prova(nome: &str, roda: fn() -> Result<(), Falha>) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = possivel() {
            return ausente.concluir();
        }
        roda().map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

/// Mede com tantas sementes e dá todas as linhas a `conferir`. Se ela não as aceita, mede
/// com outras tantas, e dá-lhe as de todas: em poucas, a sorte das perdas ou uma pausa da
/// máquina pesam mais.
fn medir_e_conferir(
    argumentos: &[&str],
    sementes: u64,
    conferir: impl Fn(&[Linha]) -> Result<(), Falha>,
) -> Result<(), Falha> {
    let mut linhas = medir(argumentos, 1..=sementes)?;
    if conferir(&linhas).is_err() {
        linhas.extend(medir(argumentos, sementes + 1..=2 * sementes)?);
    }
    conferir(&linhas)
}

/// Faz a medição uma vez com cada semente, todas ao mesmo tempo, e junta as linhas da
/// tabela que tem o nome do experimento.
fn medir(argumentos: &[&str], sementes: RangeInclusive<u64>) -> Result<Vec<Linha>, Falha> {
    let medicoes = sementes
        .map(|semente| {
            let semente = semente.to_string();
            let comuns = ["--rodadas", "1", "--semente", &semente];
            Medicao::comecar(&[argumentos, &comuns].concat())
        })
        .collect::<Result<Vec<_>, Falha>>()?;
    let mut linhas = Vec::new();
    for medicao in medicoes {
        linhas.extend(medicao.tabelas()?.ler(argumentos[0])?);
    }
    Ok(linhas)
}

/// As linhas em que cada coluna tem o texto dado; é uma falha não haver nenhuma.
fn com<'a>(linhas: &'a [Linha], condicoes: &[(&str, &str)]) -> Result<Vec<&'a Linha>, Falha> {
    let mut escolhidas = Vec::new();
    for linha in linhas {
        let mut serve = true;
        for (coluna, texto) in condicoes {
            serve &= linha.texto(coluna)? == *texto;
        }
        if serve {
            escolhidas.push(linha);
        }
    }
    if escolhidas.is_empty() {
        return Err(Falha::nova(format!("nenhuma linha com {condicoes:?}")));
    }
    Ok(escolhidas)
}

/// A soma de uma coluna.
fn soma(linhas: &[&Linha], coluna: &str) -> Result<f64, Falha> {
    linhas.iter().map(|linha| linha.numero(coluna)).sum()
}

/// A mediana de uma coluna: a do meio, ou a maior das duas do meio.
fn mediana(linhas: &[&Linha], coluna: &str) -> Result<f64, Falha> {
    let mut valores = linhas
        .iter()
        .map(|linha| linha.numero(coluna))
        .collect::<Result<Vec<f64>, Falha>>()?;
    valores.sort_unstable_by(f64::total_cmp);
    Ok(valores[valores.len() / 2])
}

/// Uma falha com as linhas que a mostram, se `certo` não é verdade.
fn exigir(certo: bool, mensagem: &str, linhas: &[&Linha]) -> Result<(), Falha> {
    if certo {
        return Ok(());
    }
    let linhas: Vec<String> = linhas.iter().map(|linha| format!("{linha:?}")).collect();
    Err(Falha::nova(format!("{mensagem}\n{}", linhas.join("\n"))))
}
