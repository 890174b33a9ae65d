//! O exercício `linhas`.

use super::apoio::{acaba, acaba_bem, atender, escreve, mandar};
use crate::{Falha, Programa, Resultado, exigir, mostrar};

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    qualquer_corte(programa)?;
    meia_linha(programa)?;
    linha_do_tamanho_maximo(programa)?;
    linha_sem_fim(programa)
}

/// O que se manda, e as linhas que o programa tem de escrever logo depois.
struct Prova {
    feito: &'static str,
    pedacos: &'static [&'static [u8]],
    linhas: &'static [&'static str],
    diagnostico: &'static str,
}

const CORTES: &[Prova] = &[
    Prova {
        feito: "Mandei a linha “bom dia” inteira, e deixei a conexão aberta.",
        pedacos: &[b"bom dia\n"],
        linhas: &["1: bom dia"],
        diagnostico: "so-no-fim",
    },
    Prova {
        feito: "Mandei a linha “aos poucos” um byte por vez.",
        pedacos: &[
            b"a", b"o", b"s", b" ", b"p", b"o", b"u", b"c", b"o", b"s", b"\n",
        ],
        linhas: &["2: aos poucos"],
        diagnostico: "leitura-nao-e-linha",
    },
    Prova {
        feito: "Mandei quatro linhas em um envio só, a terceira vazia.",
        pedacos: &["três\nquatro\n\nseis\n".as_bytes()],
        linhas: &["3: três", "4: quatro", "5: ", "6: seis"],
        diagnostico: "coladas",
    },
    Prova {
        feito: "Mandei uma linha e metade de outra, e depois o resto.",
        pedacos: &[b"sete\noi", b"to\n"],
        linhas: &["7: sete", "8: oito"],
        diagnostico: "coladas",
    },
    Prova {
        feito: "Mandei a linha “maçã” com o ç cortado ao meio.",
        pedacos: &[b"ma\xc3", b"\xa7\xc3\xa3\n"],
        linhas: &["9: maçã"],
        diagnostico: "letra-cortada",
    },
    Prova {
        feito: "Mandei duas linhas com \\r\\n no fim, uma delas cortada entre o \\r e o \\n.",
        pedacos: &[b"dez\r", b"\nonze\r\n"],
        linhas: &["10: dez", "11: onze"],
        diagnostico: "crlf",
    },
];

/// Cada linha sai assim que está inteira, seja qual for o corte.
fn qualquer_corte(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    for prova in CORTES {
        mandar(
            &mut aluno,
            &mut par,
            prova.feito,
            prova.pedacos,
            prova.diagnostico,
        )?;
        for linha in prova.linhas {
            escreve(&mut aluno, prova.feito, linha, prova.diagnostico)?;
        }
        // Quem o põe na tela como veio não o vê, e a comparação de cima também não.
        exigir(!aluno.escrito().contains(&b'\r'), || {
            Falha::nova("crlf")
                .feito(prova.feito)
                .esperado("Nenhum \\r na saída: ele é parte da quebra.")
                .veio(format!("Ele escreveu {}.", mostrar(&aluno.escrito())))
        })?;
    }
    par.fechar_escrita();
    let feito = "Acabei o envio depois de uma linha inteira.";
    acaba_bem(&mut aluno, feito).map(|_| ())
}

/// O fim no meio de uma linha é um erro que se diz; as de antes aparecem.
fn meia_linha(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    let feito = "Mandei uma linha inteira e metade de outra, e acabei o envio.";
    mandar(
        &mut aluno,
        &mut par,
        feito,
        &[b"inteira\nmeia"],
        "meia-linha",
    )?;
    par.fechar_escrita();
    escreve(&mut aluno, feito, "1: inteira", "meia-linha")?;
    acaba(&mut aluno, feito, 1, "meia-linha").map(|_| ())
}

/// 1024 bytes cabem.
fn linha_do_tamanho_maximo(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    let maior = "x".repeat(1024);
    let feito = "Mandei uma linha de 1024 bytes e \\r\\n.";
    mandar(
        &mut aluno,
        &mut par,
        feito,
        &[maior.as_bytes(), b"\r\n"],
        "limite",
    )?;
    escreve(&mut aluno, feito, &format!("1: {maior}"), "limite")?;
    let feito = "Depois de uma linha de 1024 bytes, que cabe, mandei uma de 1025.";
    let grande = "y".repeat(1025) + "\n";
    mandar(&mut aluno, &mut par, feito, &[grande.as_bytes()], "limite")?;
    par.fechar_escrita();
    acaba(&mut aluno, feito, 1, "limite").map(|_| ())
}

/// Uma linha que não acaba se recusa antes do fim dela.
fn linha_sem_fim(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[])?;
    let feito = "Mandei 100 mil bytes sem quebra de linha, e deixei a conexão aberta.";
    // Quem recusa fecha no meio do envio: o que conta é como acaba.
    let _ = par.enviar(&vec![b'z'; 100_000]);
    acaba(&mut aluno, feito, 1, "limite").map(|_| ())
}
