//! O exercício `eco`.

use std::net::SocketAddr;

use super::apoio::{self, acaba_bem, despede, mandar, responde, servir};
use crate::{Par, Processo, Programa, Resultado};

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "5"])?;
    uma_conversa(&mut aluno, endereco)?;
    encerra_com_off(&mut aluno, endereco)?;
    meia_linha(&mut aluno, endereco)?;
    clientes_que_somem(&mut aluno, endereco)?;
    let feito = "Atendidos os 5 clientes pedidos, esperei que o programa acabasse.";
    acaba_bem(&mut aluno, feito).map(|_| ())
}

fn ligar(aluno: &mut Processo, endereco: SocketAddr, feito: &str) -> Resultado<Par> {
    apoio::ligar(aluno, endereco, feito, "cai-com-o-cliente")
}

/// O que se manda, e as linhas que têm de voltar.
struct Prova {
    feito: &'static str,
    pedacos: &'static [&'static [u8]],
    respostas: &'static [&'static str],
    diagnostico: &'static str,
}

const CORTES: &[Prova] = &[
    Prova {
        feito: "Mandei a linha “com calma” um byte por vez.",
        pedacos: &[b"c", b"o", b"m", b" ", b"c", b"a", b"l", b"m", b"a", b"\n"],
        respostas: &["COM CALMA"],
        diagnostico: "leitura-nao-e-linha",
    },
    Prova {
        feito: "Mandei a linha “Olá, pessoal”, inteira.",
        pedacos: &["Olá, pessoal\n".as_bytes()],
        respostas: &["OLÁ, PESSOAL"],
        diagnostico: "maiusculas",
    },
    Prova {
        feito: "Mandei a linha “ação”, com o ç cortado ao meio.",
        pedacos: &[b"a\xc3", b"\xa7\xc3\xa3o\n"],
        respostas: &["AÇÃO"],
        diagnostico: "letra-cortada",
    },
    Prova {
        feito: "Mandei “um”, “dois” e “três” em um envio só.",
        pedacos: &["um\ndois\ntrês\n".as_bytes()],
        respostas: &["UM", "DOIS", "TRÊS"],
        diagnostico: "coladas",
    },
    Prova {
        feito: "Mandei “uma” e metade de “outra”, e depois o resto.",
        pedacos: &[b"uma\nou", b"tra\n"],
        respostas: &["UMA", "OUTRA"],
        diagnostico: "coladas",
    },
    Prova {
        feito: "Mandei “  recuo ”, com espaços nas duas pontas, uma linha vazia e “fim”.",
        pedacos: &[b"  recuo \n\nfim\n"],
        respostas: &["  RECUO ", "", "FIM"],
        diagnostico: "linha-incompleta",
    },
];

/// Cada linha tem a resposta dela, sejam quais forem os cortes.
fn uma_conversa(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let mut par = ligar(aluno, endereco, "Conectei no endereço que ele escreveu.")?;
    for prova in CORTES {
        let Prova {
            feito,
            pedacos,
            respostas,
            diagnostico,
        } = prova;
        mandar(aluno, &mut par, feito, pedacos, diagnostico)?;
        for resposta in *respostas {
            responde(aluno, &mut par, feito, resposta, diagnostico)?;
        }
    }
    let feito = "Mandei a linha “off”.";
    mandar(aluno, &mut par, feito, &[b"off\n"], "off")?;
    despede(aluno, &mut par, feito, "off")
}

/// O `off` pode vir colado às outras, em maiúsculas, e com a quebra do Windows.
fn encerra_com_off(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Mandei “oi” e “OFF”, com \\r\\n no fim, em um envio só.";
    let mut par = ligar(
        aluno,
        endereco,
        "Conectei de novo, depois de um cliente que acabou.",
    )?;
    mandar(aluno, &mut par, feito, &[b"oi\r\nOFF\r\n"], "off")?;
    responde(aluno, &mut par, feito, "OI", "off")?;
    despede(aluno, &mut par, feito, "off")
}

/// O que não chegou inteiro não é uma linha.
fn meia_linha(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Mandei uma linha inteira, metade de outra, e acabei o envio.";
    let mut par = ligar(aluno, endereco, "Conectei de novo, depois de um “off”.")?;
    mandar(aluno, &mut par, feito, &[b"inteira\nmeia"], "meia-linha")?;
    par.fechar_escrita();
    responde(aluno, &mut par, feito, "INTEIRA", "meia-linha")?;
    despede(aluno, &mut par, feito, "meia-linha")
}

/// Um cliente que some no meio, ou manda o que não é texto, não derruba o servidor.
fn clientes_que_somem(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Mandei meia linha e derrubei a conexão (RST).";
    let mut par = ligar(aluno, endereco, "Conectei de novo.")?;
    mandar(aluno, &mut par, feito, &[b"meia"], "cai-com-o-cliente")?;
    par.derrubar();
    let feito = "Derrubei uma conexão no meio da linha e conectei outra vez.";
    let mut par = ligar(aluno, endereco, feito)?;
    let lixo: &[&[u8]] = &[b"\xff\xfe\n", b"ainda aqui\n"];
    mandar(aluno, &mut par, feito, lixo, "cai-com-o-cliente")?;
    let feito = "Derrubei uma conexão no meio da linha, conectei outra vez, mandei uma linha que não é texto e depois “ainda aqui”.";
    // A resposta à linha que não é texto é o que o programa quiser.
    let _ = par.linha(crate::PACIENCIA);
    responde(aluno, &mut par, feito, "AINDA AQUI", "cai-com-o-cliente")
}
