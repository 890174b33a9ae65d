//! O exercício `prazo`.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::apoio::{self, contar, culpa, despede, gotejar, insistir, mandar, responde, servir};
use crate::{Falha, PACIENCIA, Par, Processo, Programa, Resultado, Termino, exigir};

/// Quanto se insiste em pingar para um servidor que já devia ter desistido: sete vezes o
/// prazo que ele tem.
const INSISTENCIA: Duration = Duration::from_secs(3);

/// O que o servidor diz a quem passou do prazo.
const AVISO: &[u8] = b"tempo esgotado";

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    qualquer_corte(programa)?;
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "400"])?;
    quem_cala(&mut aluno, endereco)?;
    quem_pinga(&mut aluno, endereco)?;
    o_seguinte(&mut aluno, endereco)?;
    o_prazo_e_de_cada_mensagem(programa)
}

fn ligar(aluno: &mut Processo, endereco: SocketAddr, feito: &str) -> Resultado<Par> {
    apoio::ligar(aluno, endereco, feito, "cai-com-o-cliente")
}

/// Com um prazo que não vence, cada linha tem um `ok`.
fn qualquer_corte(programa: &Programa) -> Resultado {
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "30000"])?;
    let mut par = ligar(
        &mut aluno,
        endereco,
        "Conectei no endereço que ele escreveu.",
    )?;
    let feito = "Mandei “bom dia” em dois pedaços, e acabei o envio.";
    mandar(&mut aluno, &mut par, feito, &[b"bom", b" dia\n"], "linhas")?;
    par.fechar_escrita();
    responde(&mut aluno, &mut par, feito, "ok", "linhas")?;
    despede(&mut aluno, &mut par, feito, "linhas")?;
    let feito = "Mandei duas linhas e meia em um envio só, depois o resto, e acabei o envio.";
    let mut par = ligar(&mut aluno, endereco, "Conectei de novo.")?;
    let pedacos: &[&[u8]] = &[b"um\ndois\nqua", b"tro\n"];
    mandar(&mut aluno, &mut par, feito, pedacos, "linhas")?;
    par.fechar_escrita();
    for _ in 0..3 {
        responde(&mut aluno, &mut par, feito, "ok", "linhas")?;
    }
    despede(&mut aluno, &mut par, feito, "linhas")
}

/// Quem não manda nada é despedido, com o aviso.
fn quem_cala(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Com um prazo de 400 ms, conectei e não mandei nada.";
    let mut par = ligar(aluno, endereco, feito)?;
    let lido = par.linha(PACIENCIA);
    if lido.termino == Termino::Completo && lido.bytes == AVISO {
        return despede(aluno, &mut par, feito, "sem-prazo");
    }
    let calou = lido.termino == Termino::Calou && lido.bytes.is_empty();
    let falha = Falha::nova(if calou { "sem-prazo" } else { "sem-aviso" })
        .feito(feito)
        .esperado("A linha “tempo esgotado”.")
        .veio(contar(&lido));
    Err(if calou {
        falha
    } else {
        culpa(aluno, falha, "cai-com-o-cliente")
    })
}

/// Quem pinga um byte de cada vez também é despedido.
fn quem_pinga(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Com um prazo de 400 ms, mandei um byte a cada 40 ms, sem quebra de linha.";
    insistir(|| {
        let mut par = ligar(aluno, endereco, "Conectei depois de um cliente calado.")?;
        let mut lido = None;
        let desistiu = gotejar(Duration::from_millis(400), INSISTENCIA, || {
            let mandou = par.enviar(b"x").is_ok();
            let resposta = par.linha(Duration::from_millis(40));
            let calou = resposta.termino == Termino::Calou && resposta.bytes.is_empty();
            lido = Some(resposta);
            mandou && calou
        });
        exigir(desistiu != Some(false), || {
            Falha::nova("prazo-por-chamada")
                .feito(feito)
                .esperado("Que o programa desistisse desta mensagem.")
                .veio("Depois de 3 s ele continuava a esperar por ela.")
        })?;
        // O aviso pode se perder: o servidor fecha com um byte por ler. Mas não pode ser
        // outro.
        match lido {
            Some(lido) if lido.termino == Termino::Completo && lido.bytes != AVISO => {
                Err(Falha::nova("sem-aviso")
                    .feito(feito)
                    .esperado("A linha “tempo esgotado”.")
                    .veio(contar(&lido)))
            }
            _ => Ok(desistiu.map(|_| ())),
        }
    })
}

/// Despedido um, o seguinte é atendido.
fn o_seguinte(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Depois de dois clientes despedidos, conectei e mandei uma linha.";
    let mut lido = None;
    // Em uma máquina ocupada, 400 ms podem passar antes que a linha saia daqui.
    for _ in 0..8 {
        let mut par = ligar(aluno, endereco, feito)?;
        let mandou = par.enviar(b"ainda ai?\n");
        let resposta = par.linha(PACIENCIA);
        if mandou.is_ok() && resposta.bytes == b"ok" {
            return Ok(());
        }
        let tarde = resposta.bytes == AVISO;
        lido = Some(resposta);
        if !tarde {
            break;
        }
    }
    let falha = Falha::nova("cai-com-o-cliente")
        .feito(feito)
        .esperado("A linha “ok”.")
        .veio(lido.as_ref().map(contar).unwrap_or_default());
    Err(culpa(aluno, falha, "cai-com-o-cliente"))
}

/// Uma conversa pode durar mais que o prazo: ele é de cada mensagem.
fn o_prazo_e_de_cada_mensagem(programa: &Programa) -> Resultado {
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "1000"])?;
    insistir(|| conversa_pausada(&mut aluno, endereco))
}

/// Uma linha a cada 350 ms, até passar de 1 s. `None` se esta máquina atrasou uma delas
/// tanto que o prazo do servidor pode ter vencido com razão.
fn conversa_pausada(aluno: &mut Processo, endereco: SocketAddr) -> Resultado<Option<()>> {
    let feito = "Com um prazo de 1000 ms, mandei uma linha a cada 350 ms.";
    let mut antes = Instant::now();
    let mut par = ligar(aluno, endereco, feito)?;
    for _ in 0..4 {
        thread::sleep(Duration::from_millis(350));
        let agora = Instant::now();
        let mandou = par.enviar(b"mais uma\n");
        let no_prazo = antes.elapsed() < Duration::from_millis(700);
        antes = agora;
        let lido = par.linha(PACIENCIA);
        if mandou.is_ok() && lido.bytes == b"ok" {
            continue;
        }
        if !no_prazo {
            return Ok(None);
        }
        return Err(Falha::nova("prazo-da-conexao")
            .feito(feito)
            .esperado("Um “ok” para cada uma.")
            .veio(contar(&lido)));
    }
    Ok(Some(()))
}
