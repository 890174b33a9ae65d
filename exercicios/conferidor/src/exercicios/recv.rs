//! O exercício `recv`.

use super::apoio::{acaba_bem, acabou_mal, atender, mandar};
use crate::{Falha, PACIENCIA, Programa, Resultado, exigir, mostrar};

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    let frase = "olá, coração";
    recebe(
        programa,
        &format!("Mandei “{frase}”, um byte por vez, e fechei."),
        &frase.as_bytes().chunks(1).collect::<Vec<_>>(),
    )?;
    let longa = "a".repeat(1023) + "ç";
    recebe(
        programa,
        "Mandei 1023 letras e um ç, com o corte no meio dele, e fechei.",
        &longa.as_bytes().chunks(1024).collect::<Vec<_>>(),
    )?;
    let justa = "x".repeat(1024);
    recebe(
        programa,
        "Mandei 1024 letras de uma vez, e fechei.",
        &[justa.as_bytes()],
    )?;
    recebe(programa, "Fechei sem mandar nada.", &[])?;
    let muitas = "não há pressa; ".repeat(20_000) + "fim";
    recebe(
        programa,
        "Mandei uns 300 mil bytes sem parar, e fechei.",
        &[muitas.as_bytes()],
    )?;
    derrubada(programa)
}

fn recebe(programa: &Programa, feito: &str, pedacos: &[&[u8]]) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    mandar(&mut aluno, &mut par, feito, pedacos, "parou-antes")?;
    par.fechar_escrita();
    // Os dois jeitos de não ver o fim: calado, ou escrevendo o nada que lê.
    let fim = acaba_bem(&mut aluno, feito).map_err(|falha| {
        let falha = falha.quando("nao-termina", "nao-ve-o-fim");
        falha.quando("enxurrada", "nao-ve-o-fim")
    })?;
    let tudo = pedacos.concat();
    let saida = String::from_utf8_lossy(&fim.saida);
    let mut linhas = saida.lines();
    let texto = linhas.next().unwrap_or_default().trim_end();
    let conta = linhas.next().unwrap_or_default().trim_end();
    let certo = String::from_utf8_lossy(&tudo);
    let falha = |nome: &str| {
        Falha::nova(nome)
            .feito(feito)
            .esperado(format!(
                "O texto {} e a linha `{} bytes`.",
                mostrar(&tudo),
                tudo.len()
            ))
            .veio(mostrar(&fim.saida))
    };
    exigir(texto == certo, || falha(engano(texto, &certo)))?;
    exigir(conta == format!("{} bytes", tudo.len()), || {
        falha("conta-errada")
    })
}

/// O que há de errado em um texto que não é o que se mandou.
fn engano(texto: &str, certo: &str) -> &'static str {
    let inteiro = texto.chars().count() >= certo.chars().count();
    if texto.contains('\0') || texto.contains(r"\u{0}") || texto.contains(r"\0") {
        "sobras"
    } else if texto.contains('\u{fffd}') && inteiro {
        "letra-partida"
    } else if texto.len() > certo.len() {
        "sobras"
    } else {
        "parou-antes"
    }
}

/// Metade do texto, e a conexão cai.
fn derrubada(programa: &Programa) -> Resultado {
    let feito = "Mandei “metade da frase”, esperei que o programa lesse e derrubei a conexão.";
    let (mut aluno, mut par) = atender(programa, &[])?;
    mandar(
        &mut aluno,
        &mut par,
        feito,
        &["metade da frase".as_bytes()],
        "parou-antes",
    )?;
    par.derrubar();
    let fim = aluno
        .fim_em(PACIENCIA)
        .map_err(|falha| falha.depois_de(feito).quando("nao-termina", "nao-ve-o-fim"))?;
    acabou_mal(&fim, feito, "erro-como-fim")
}
