//! O exercício `desconfie`.

use std::thread;
use std::time::Duration;

use super::apoio::{acaba, atender, gotejar, insistir, mandar};
use crate::{Falha, Programa, Resultado, exigir, mostrar};

/// O prazo total, em milissegundos, quando a prova não depende dele.
const FOLGADO: &str = "30000";

/// O prazo total nas provas em que ele tem de vencer.
const CURTO: &str = "400";

/// Quantos bytes o programa aceita ao todo.
const MAXIMO: usize = 4096;

/// Quanto se insiste em pingar para um programa que já devia ter desistido: sete vezes o
/// prazo que ele tem.
const INSISTENCIA: Duration = Duration::from_secs(3);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    for prova in TEXTOS {
        mostra(programa, prova)?;
    }
    o_maximo(programa)?;
    mais_que_o_maximo(programa)?;
    quem_cala(programa)?;
    quem_pinga(programa)
}

/// O que se manda, e o que o programa tem de escrever.
struct Prova {
    feito: &'static str,
    pedacos: &'static [&'static [u8]],
    escrito: &'static str,
    diagnostico: &'static str,
}

const TEXTOS: &[Prova] = &[
    Prova {
        feito: "Mandei um texto comum, de duas linhas.",
        pedacos: &["Olá, João! São 3 < 5 maçãs.\nÇa va? 日本 🦀\n".as_bytes()],
        escrito: "Olá, João! São 3 < 5 maçãs.\nÇa va? 日本 🦀\n",
        diagnostico: "ilegivel",
    },
    Prova {
        feito: "Mandei “maçã” com as letras cortadas ao meio.",
        pedacos: &[b"ma\xc3", b"\xa7\xc3", b"\xa3\n"],
        escrito: "maçã\n",
        diagnostico: "letra-cortada",
    },
    Prova {
        feito: "Mandei sequências que um terminal obedece, com ESC, BEL, \\r, tabulação e DEL.",
        pedacos: &[b"a\x1b", b"[2Jb\x1b]0;x\x07c\rd\te\x7f\n"],
        escrito: "a<1b>[2Jb<1b>]0;x<07>c<0d>d<09>e<7f>\n",
        diagnostico: "obedece",
    },
    Prova {
        feito: "Mandei U+009B, que alguns terminais tomam por ESC e colchete.",
        pedacos: &[b"a\xc2\x9b2Jb\xc2\x85c\n"],
        escrito: "a<9b>2Jb<85>c\n",
        diagnostico: "escondido",
    },
    Prova {
        feito: "Mandei marcas de direção, que trocam a ordem das letras na tela.",
        pedacos: &["saldo \u{202e}001\u{202c} \u{2066}x\u{2069}\u{200f}\u{61c}\n".as_bytes()],
        escrito: "saldo <202e>001<202c> <2066>x<2069><200f><61c>\n",
        diagnostico: "escondido",
    },
    Prova {
        feito: "Mandei bytes que não são UTF-8, e no fim meia letra.",
        pedacos: &[b"a\xffb\xc3\x28c\n\xe2\x82"],
        escrito: "a<ff>b<c3>(c\n<e2><82>",
        diagnostico: "nao-utf8",
    },
];

fn mostra(programa: &Programa, prova: &Prova) -> Resultado {
    let Prova {
        feito,
        pedacos,
        escrito,
        diagnostico,
    } = prova;
    let (mut aluno, mut par) = atender(programa, &[FOLGADO])?;
    mandar(&mut aluno, &mut par, feito, pedacos, diagnostico)?;
    par.fechar_escrita();
    let fim = acaba(&mut aluno, feito, 0, diagnostico)?;
    // Uma quebra a mais no fim não muda o que se lê.
    let saida = String::from_utf8_lossy(&fim.saida);
    exigir(
        saida.trim_end_matches(['\r', '\n']) == escrito.trim_end(),
        || {
            Falha::nova(diagnostico)
                .feito(*feito)
                .esperado(format!("Na saída, {}.", mostrar(escrito.as_bytes())))
                .veio(format!("Saiu {}.", mostrar(&fim.saida)))
                .erros(fim.erros.clone())
        },
    )
}

/// O máximo exato ainda passa.
fn o_maximo(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = atender(programa, &[FOLGADO])?;
    let feito = "Mandei 4096 bytes e acabei o envio.";
    let texto = "a".repeat(MAXIMO);
    mandar(&mut aluno, &mut par, feito, &[texto.as_bytes()], "limite")?;
    par.fechar_escrita();
    let fim = acaba(&mut aluno, feito, 0, "limite")?;
    exigir(fim.saida.trim_ascii_end() == texto.as_bytes(), || {
        Falha::nova("limite")
            .feito(feito)
            .esperado("Os 4096 na saída.")
            .veio(format!("Saiu {}.", mostrar(fim.saida.trim_ascii_end())))
    })
}

/// O que passa do máximo se recusa sem esperar pelo fim.
fn mais_que_o_maximo(programa: &Programa) -> Resultado {
    for (quantos, feito) in [
        (MAXIMO + 1, "Mandei 4097 bytes, e deixei a conexão aberta."),
        (200_000, "Mandei 200 mil bytes, e deixei a conexão aberta."),
    ] {
        let (mut aluno, mut par) = atender(programa, &[FOLGADO])?;
        // Quem recusa fecha no meio do envio: o que conta é como acaba.
        let _ = par.enviar(&vec![b'a'; quantos]);
        acaba(&mut aluno, feito, 1, "limite")?;
    }
    Ok(())
}

fn quem_cala(programa: &Programa) -> Resultado {
    let (mut aluno, _par) = atender(programa, &[CURTO])?;
    let feito = "Com um prazo total de 400 ms, aceitei a conexão e não mandei nada.";
    acaba(&mut aluno, feito, 1, "prazo").map(|_| ())
}

fn quem_pinga(programa: &Programa) -> Resultado {
    let feito = "Com um prazo total de 400 ms, mandei um byte a cada 40 ms.";
    insistir(|| {
        let (mut aluno, mut par) = atender(programa, &[CURTO])?;
        let desistiu = gotejar(Duration::from_millis(400), INSISTENCIA, || {
            let mandou = par.enviar(b"x").is_ok();
            thread::sleep(Duration::from_millis(40));
            mandou && aluno.roda()
        });
        exigir(desistiu != Some(false), || {
            Falha::nova("prazo")
                .feito(feito)
                .esperado("Que o programa desistisse.")
                .veio("Depois de 3 s ele continuava a ler.")
        })?;
        acaba(&mut aluno, feito, 1, "prazo")?;
        Ok(desistiu.map(|_| ()))
    })
}
