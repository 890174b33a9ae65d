//! O exercício `recusa`.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use super::apoio::{self, contar, culpa, gotejar, insistir, servir};
use crate::{Falha, PACIENCIA, Par, Processo, Programa, Resultado, Termino, exigir};

/// O que o servidor diz a cada um.
const FRASE: &[u8] = b"recusado: em obras";

/// Quanto se insiste em pingar para um servidor que já devia ter fechado: dez vezes o
/// prazo que ele tem.
const INSISTENCIA: Duration = Duration::from_secs(3);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "20000"])?;
    quem_so_ouve(&mut aluno, endereco)?;
    quem_mandou_muito(&mut aluno, endereco)?;
    quem_some(&mut aluno, endereco)?;
    drop(aluno);
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", "300"])?;
    quem_nao_fecha(&mut aluno, endereco)?;
    quem_pinga(&mut aluno, endereco)
}

fn ligar(aluno: &mut Processo, endereco: SocketAddr, feito: &str) -> Resultado<Par> {
    apoio::ligar(aluno, endereco, feito, "cai-com-o-cliente")
}

/// Exige a frase; se ela não vem, o diagnóstico é este.
fn ler_a_frase(aluno: &mut Processo, par: &mut Par, feito: &str, diagnostico: &str) -> Resultado {
    let lido = par.linha(PACIENCIA);
    if lido.termino == Termino::Completo && lido.bytes == FRASE {
        return Ok(());
    }
    let falha = Falha::nova(diagnostico)
        .feito(feito)
        .esperado("A linha “recusado: em obras”.")
        .veio(contar(&lido));
    Err(match lido.termino {
        Termino::Fechou | Termino::Derrubou => culpa(aluno, falha, diagnostico),
        _ => falha,
    })
}

/// A frase e o fim, para quem não manda nada.
fn quem_so_ouve(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Conectei e não mandei nada.";
    let mut par = ligar(aluno, endereco, feito)?;
    ler_a_frase(aluno, &mut par, feito, "sem-frase")?;
    let lido = par.ate_o_fim(1024, PACIENCIA);
    exigir(
        lido.termino == Termino::Fechou && lido.bytes.is_empty(),
        || {
            Falha::nova("sem-fim")
                .feito("Conectei, li a frase e continuei a ler.")
                .esperado("O fim do fluxo: o programa não tem mais o que dizer.")
                .veio(contar(&lido))
        },
    )
}

/// A frase e o fim chegam a quem mandou, e continua mandando, o que ninguém quer ler.
fn quem_mandou_muito(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Mandei 40 mil bytes, li a frase, mandei mais 160 mil e continuei a ler.";
    let mut par = ligar(
        aluno,
        endereco,
        "Conectei de novo, depois de um cliente que acabou.",
    )?;
    let derrubada = |veio: String| {
        Falha::nova("bytes-por-ler")
            .feito(feito)
            .esperado("A frase, o fim do fluxo, e nenhum erro no envio.")
            .veio(veio)
    };
    let caiu = |falha: Falha| derrubada(falha.veio);
    par.enviar(&vec![b'x'; 40_000]).map_err(caiu)?;
    ler_a_frase(aluno, &mut par, feito, "bytes-por-ler")?;
    let mut le = true;
    for _ in 0..8 {
        par.enviar(&vec![b'x'; 20_000]).map_err(caiu)?;
        // O RST, se houver um, vem antes do envio seguinte: ou o programa lê o que tem, ou
        // fecha sem o ter lido.
        le = le && par.esperar_que_leia();
    }
    let lido = par.ate_o_fim(1024, PACIENCIA);
    exigir(lido.termino == Termino::Fechou, || derrubada(contar(&lido)))
}

/// Quem some antes de ouvir não leva o servidor junto.
fn quem_some(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    for espera in [false, true, false] {
        let mut par = ligar(aluno, endereco, "Derrubei uma conexão (RST) e abri outra.")?;
        let _ = par.enviar(b"oi");
        // No Windows quem some antes de ser aceito faz falhar o próprio `accept`: lá só some
        // quem já começou a ouvir.
        if espera || cfg!(windows) {
            par.ate_haver_algo(1, PACIENCIA);
        }
        par.derrubar();
    }
    let feito = "Derrubei três conexões (RST), e abri mais uma.";
    let mut par = ligar(aluno, endereco, feito)?;
    ler_a_frase(aluno, &mut par, feito, "cai-com-o-cliente")
}

/// Quem ouve a frase e não fecha nunca não segura o servidor.
fn quem_nao_fecha(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Com um prazo de 300 ms, um cliente ouviu a frase e não fechou; conectei outro.";
    let mut calado = ligar(aluno, endereco, "Conectei no endereço que ele escreveu.")?;
    ler_a_frase(
        aluno,
        &mut calado,
        "Conectei e não mandei nada.",
        "sem-frase",
    )?;
    let mut par = ligar(aluno, endereco, feito)?;
    ler_a_frase(aluno, &mut par, feito, "espera-para-sempre")
}

/// Quem pinga sem parar também não.
fn quem_pinga(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Com um prazo de 300 ms, ouvi a frase e mandei um byte a cada 30 ms.";
    insistir(|| {
        let mut par = ligar(aluno, endereco, "Conectei de novo.")?;
        ler_a_frase(aluno, &mut par, feito, "espera-para-sempre")?;
        let desistiu = gotejar(Duration::from_millis(300), INSISTENCIA, || {
            let mandou = par.enviar(b"x").is_ok();
            thread::sleep(Duration::from_millis(30));
            mandou
        });
        exigir(desistiu != Some(false), || {
            Falha::nova("prazo-por-chamada")
                .feito(feito)
                .esperado("Que o programa desistisse de ler e fechasse.")
                .veio("Depois de 3 s ele continuava a ler.")
        })?;
        Ok(desistiu.map(|_| ()))
    })
}
