//! `medir estouro`: em um caminho perfeito, tudo que se perde é o que não coube no buffer.

use libtest_mimic::Trial;
use provas::Falha;
use provas::medir::{Linha, Medicao};

use crate::{conferir, inteiro, prova};

pub fn provas() -> Vec<Trial> {
    vec![
        prova("estouro::receptor_lento_perde_no_buffer", &[], lento),
        prova("estouro::receptor_a_tempo_so_perde_no_buffer", &[], a_tempo),
    ]
}

/// Quem trabalha 1 ms com cada um não dá conta de mil vezes mais que isso.
fn lento() -> Result<(), Falha> {
    let pedido = [
        "--ritmo",
        "0",
        "--trabalho",
        "1000",
        "--buffer",
        "16384,65536",
    ];
    let linhas = medir(&pedido)?;
    conferir(linhas.len() == 2, &linhas[0], "são dois buffers")?;
    let mut perdas = Vec::new();
    for linha in &linhas {
        so_no_buffer(linha)?;
        perdas.push(inteiro(linha, "perdidos")?);
    }
    conferir(perdas[1] > 0, &linhas[1], "nada estourou")?;
    let maior_guarda_mais = perdas[0] > perdas[1];
    conferir(maior_guarda_mais, &linhas[0], "o buffer menor guardou mais")
}

fn a_tempo() -> Result<(), Falha> {
    for linha in medir(&["--ritmo", "1000", "--trabalho", "0"])? {
        so_no_buffer(&linha)?;
    }
    Ok(())
}

fn medir(mais: &[&str]) -> Result<Vec<Linha>, Falha> {
    let comuns = ["estouro", "--quantos", "3000"];
    let tabelas = Medicao::comecar(&[&comuns, mais].concat())?.tabelas()?;
    tabelas.ler("estouro")
}

fn so_no_buffer(linha: &Linha) -> Result<(), Falha> {
    let numero = |coluna| inteiro(linha, coluna);
    conferir(numero("enviados")? == 3_000, linha, "não se mandou tudo")?;
    conferir(
        numero("derrubados")? == 0,
        linha,
        "o caminho não é perfeito",
    )?;
    conferir(
        linha.texto("conta_fecha")? == "sim",
        linha,
        "a conta não fecha",
    )?;
    let tudo = numero("perdidos")? == numero("sem_buffer")?;
    conferir(tudo, linha, "algo se perdeu fora do buffer")
}
