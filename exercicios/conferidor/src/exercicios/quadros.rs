//! O exercício `quadros`.

use super::apoio::{acaba, atender, escreve, mandar};
use crate::{Falha, Programa, Resultado};

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    ordem_dos_bytes(programa)?;
    qualquer_corte(programa)?;
    tamanho_que_mente(programa)?;
    for cortado in [&b"\x00\x05sa"[..], b"\x00"] {
        fim_no_meio(programa, cortado)?;
    }
    Ok(())
}

/// `texto` com o tamanho na frente.
fn quadro(texto: &str) -> Vec<u8> {
    // Os textos destas provas são curtos: o tamanho sempre cabe em 2 bytes.
    let tamanho = u16::try_from(texto.len()).unwrap_or(u16::MAX);
    [&tamanho.to_be_bytes()[..], texto.as_bytes()].concat()
}

/// 513 é 258 para quem lê os bytes ao contrário: os dois cabem, e dá para ver qual foi.
fn ordem_dos_bytes(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    let texto = "a".repeat(513);
    let feito = "Mandei um quadro de 513 bytes: 0x02, 0x01 e o texto.";
    mandar(
        &mut aluno,
        &mut par,
        feito,
        &[&quadro(&texto)],
        "um-por-leitura",
    )?;
    let linha = aluno.linha().map_err(|falha| falha.depois_de(feito))?;
    if linha == format!("513: {texto}") {
        return Ok(());
    }
    let trocado = linha.starts_with("258:");
    Err(Falha::nova(if trocado {
        "ordem-dos-bytes"
    } else {
        "formato"
    })
    .feito(feito)
    .esperado("Uma linha com o tamanho, “: ” e o texto.")
    .veio(format!("A linha {}.", crate::mostrar(linha.as_bytes()))))
}

/// Cada quadro sai inteiro, seja qual for o corte.
fn qualquer_corte(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    let gotas = quadro("gota a gota");
    let gotas: Vec<&[u8]> = gotas.chunks(1).collect();
    let feito = "Mandei um quadro um byte por vez.";
    mandar(&mut aluno, &mut par, feito, &gotas, "um-por-leitura")?;
    escreve(&mut aluno, feito, "11: gota a gota", "um-por-leitura")?;

    let feito = "Mandei um quadro em dois envios, o corte no meio do texto.";
    let meio = quadro("maçã");
    mandar(
        &mut aluno,
        &mut par,
        feito,
        &[&meio[..5], &meio[5..]],
        "um-por-leitura",
    )?;
    escreve(&mut aluno, feito, "6: maçã", "um-por-leitura")?;

    let feito = "Mandei três quadros em um envio só, o último de 1024 bytes.";
    let maior = "x".repeat(1024);
    let colados = [quadro("um"), quadro("três"), quadro(&maior)].concat();
    mandar(&mut aluno, &mut par, feito, &[&colados], "colados")?;
    escreve(&mut aluno, feito, "2: um", "colados")?;
    escreve(&mut aluno, feito, "5: três", "colados")?;
    let maior = format!("1024: {maior}");
    escreve(&mut aluno, feito, &maior, "tamanho-que-mente")?;

    let feito = "Mandei um quadro vazio, e depois outro que não é.";
    let depois = quadro("depois");
    let pedacos: [&[u8]; 2] = [&quadro(""), &depois];
    mandar(&mut aluno, &mut par, feito, &pedacos, "quadro-vazio")?;
    escreve(&mut aluno, feito, "0: ", "quadro-vazio")?;
    escreve(&mut aluno, feito, "6: depois", "quadro-vazio")?;

    par.fechar_escrita();
    let feito = "Acabei o envio depois de um quadro inteiro.";
    acaba(&mut aluno, feito, 0, "fim-no-meio").map(|_| ())
}

/// Um tamanho maior que o máximo se recusa sem esperar pelo texto.
fn tamanho_que_mente(programa: &Programa) -> Resultado {
    for (tamanho, feito) in [
        (
            [0xff, 0xff],
            "Mandei o tamanho 65535, nem um byte de texto, e deixei a conexão aberta.",
        ),
        (
            [0x04, 0x01],
            "Mandei o tamanho 1025, nem um byte de texto, e deixei a conexão aberta.",
        ),
    ] {
        let (mut aluno, mut par) = atender(programa, &[])?;
        let diagnostico = "tamanho-que-mente";
        mandar(&mut aluno, &mut par, feito, &[&tamanho], diagnostico)?;
        acaba(&mut aluno, feito, 1, diagnostico)?;
    }
    Ok(())
}

/// O fim no meio de um quadro, ou do tamanho dele, é um erro que se diz.
fn fim_no_meio(programa: &Programa, cortado: &[u8]) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    let feito = format!(
        "Mandei um quadro inteiro e só o começo do seguinte ({}), e acabei o envio.",
        crate::mostrar(cortado)
    );
    let tudo = [&quadro("inteiro")[..], cortado].concat();
    mandar(&mut aluno, &mut par, &feito, &[&tudo], "fim-no-meio")?;
    par.fechar_escrita();
    escreve(&mut aluno, &feito, "7: inteiro", "fim-no-meio")?;
    acaba(&mut aluno, &feito, 1, "fim-no-meio").map(|_| ())
}
