//! `medir perda`: perdidos, duplicados e reordenados são os que o caminho diz que fez.

use libtest_mimic::Trial;
use provas::Falha;
use provas::medir::{Linha, Medicao};

use crate::{conferir, inteiro, prova};

/// Datagramas em cada rodada.
const QUANTOS: u64 = 5_000;

pub fn provas() -> Vec<Trial> {
    vec![
        prova("conta::perdidos_sao_os_derrubados", &[], perdidos),
        prova("conta::duplicados_sao_os_injetados", &[], duplicados),
        prova("conta::reordenados_sao_os_injetados", &[], reordenados),
        prova("conta::tudo_junto_tambem_fecha", &[], tudo_junto),
    ]
}

fn perdidos() -> Result<(), Falha> {
    let linhas = medir(&["--perda", "0,1,5,20", "--rodadas", "2"])?;
    conferir(
        linhas.len() == 8,
        &linhas[0],
        "são quatro perdas, duas vezes",
    )?;
    for linha in &linhas {
        fecha(linha)?;
        let pedida = linha.numero("perda")? / 100.0;
        let medida = linha.numero("perda_medida")? / 100.0;
        // Quatro desvios padrão: uma em dezesseis mil, e a semente é sempre a mesma.
        let raio = 4.0 * (pedida * (1.0 - pedida) / 5_000.0).sqrt();
        conferir(
            (medida - pedida).abs() <= raio,
            linha,
            "longe do que se pediu",
        )?;
        let (de, ate) = (linha.numero("de")?, linha.numero("ate")?);
        let dentro = (de..=ate).contains(&(medida * 100.0));
        conferir(dentro, linha, "o intervalo não contém o que se mediu")?;
    }
    Ok(())
}

fn duplicados() -> Result<(), Falha> {
    for linha in medir(&["--perda", "0,5", "--duplicacao", "20"])? {
        fecha(&linha)?;
        conferir(
            inteiro(&linha, "duplicados")? > 0,
            &linha,
            "nada se duplicou",
        )?;
    }
    Ok(())
}

fn reordenados() -> Result<(), Falha> {
    for linha in medir(&["--perda", "0,5", "--reordenacao", "10"])? {
        fecha(&linha)?;
        let trocados = inteiro(&linha, "fora_de_ordem")?;
        conferir(trocados > 0, &linha, "nada se trocou")?;
    }
    Ok(())
}

fn tudo_junto() -> Result<(), Falha> {
    let pedido = [
        "--perda",
        "1,20",
        "--duplicacao",
        "10",
        "--reordenacao",
        "5",
    ];
    for linha in medir(&pedido)? {
        fecha(&linha)?;
    }
    Ok(())
}

fn medir(mais: &[&str]) -> Result<Vec<Linha>, Falha> {
    let quantos = QUANTOS.to_string();
    let comuns = ["perda", "--quantos", &quantos, "--ritmo", "5000"];
    Medicao::comecar(&[&comuns, mais].concat())?
        .tabelas()?
        .ler("perda")
}

/// Cada número da aplicação é o do caminho. Em uma máquina tão ocupada que o buffer do
/// receptor encheu, não se sabe se o que ele não guardou era a primeira vez ou uma cópia:
/// sobra a soma, que é o que `conta_fecha` diz.
fn fecha(linha: &Linha) -> Result<(), Falha> {
    let numero = |coluna| inteiro(linha, coluna);
    let enviados = numero("enviados")?;
    conferir(enviados == QUANTOS, linha, "não se mandou tudo")?;
    conferir(
        linha.texto("conta_fecha")? == "sim",
        linha,
        "a conta não fecha",
    )?;
    let perdidos = enviados - numero("unicos")?;
    conferir(
        perdidos == numero("perdidos")?,
        linha,
        "perdidos não é o que falta",
    )?;
    let sem_buffer = numero("sem_buffer")?;
    let chegadas = numero("unicos")? + numero("duplicados")?;
    let do_caminho = enviados - numero("derrubados")? + numero("duplicados_no_caminho")?;
    conferir(
        chegadas + sem_buffer == do_caminho,
        linha,
        "chegadas e o que não coube não são o que saiu do caminho",
    )?;
    if sem_buffer == 0 {
        for (contado, feito) in [
            ("perdidos", "derrubados"),
            ("duplicados", "duplicados_no_caminho"),
            ("fora_de_ordem", "reordenados_no_caminho"),
        ] {
            let iguais = numero(contado)? == numero(feito)?;
            conferir(iguais, linha, &format!("{contado} não é {feito}"))?;
        }
    }
    Ok(())
}
