//! O exercício `varias`.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::apoio::{self, contar, culpa, despede, servir};
#[cfg(target_os = "linux")]
use crate::nucleo;
use crate::{Falha, Lido, PACIENCIA, Par, Processo, Programa, Resultado, Termino};

/// Quantos clientes o programa atende ao mesmo tempo, nesta prova.
const MAXIMO: &str = "3";

/// Quanto se espera do quarto cliente o que viria logo.
const LOGO: Duration = Duration::from_secs(3);

/// Quantas conexões somem no meio.
const SUMIDAS: usize = 30;

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    let (mut aluno, endereco) = servir(programa, &["127.0.0.1:0", MAXIMO])?;
    let aluno = &mut aluno;
    let feito = "Conectei um cliente, que ficou calado, e depois outro, que mandou “oi”.";
    let mut calado = ligar(aluno, endereco, feito)?;
    let mut segundo = ligar(aluno, endereco, feito)?;
    eco(aluno, &mut segundo, feito, "um-por-vez")?;
    let feito =
        "Com dois clientes conectados, um deles calado, conectei o terceiro, que mandou “oi”.";
    let mut terceiro = ligar(aluno, endereco, feito)?;
    eco(aluno, &mut terceiro, feito, "um-por-vez")?;
    o_quarto(aluno, endereco)?;
    quem_nao_ouve(aluno, endereco)?;
    eco(
        aluno,
        &mut segundo,
        "Recusado o quarto, o segundo mandou outro “oi”.",
        "um-por-vez",
    )?;

    terceiro.fechar_escrita();
    let feito = "O terceiro cliente acabou o envio.";
    despede(aluno, &mut terceiro, feito, "vaga-perdida")?;
    drop(terceiro);
    drop(segundo);
    let feito = "Dos três clientes, dois saíram; conectei outro, e insisti por 5 s.";
    drop(entrar(aluno, endereco, feito, "vaga-perdida")?);

    let feito = "Com um cliente calado, 30 outros sumiram no meio (RST), um de cada vez, e conectei mais um.";
    for _ in 0..SUMIDAS {
        let mut par = entrar(aluno, endereco, feito, "vaga-de-quem-some")?;
        let _ = par.enviar(b"meia");
        par.derrubar();
    }
    drop(entrar(aluno, endereco, feito, "vaga-de-quem-some")?);
    let feito = "Depois de todos os outros, o cliente calado mandou “oi”.";
    eco(aluno, &mut calado, feito, "um-por-vez")
}

fn ligar(aluno: &mut Processo, endereco: SocketAddr, feito: &str) -> Resultado<Par> {
    apoio::ligar(aluno, endereco, feito, "acabou-cedo")
}

fn oi(par: &mut Par, prazo: Duration) -> Lido {
    // Se a conexão já caiu, é a leitura que conta como.
    let _ = par.enviar(b"oi\n");
    par.linha(prazo)
}

fn eco(aluno: &mut Processo, par: &mut Par, feito: &str, diagnostico: &str) -> Resultado {
    let lido = oi(par, PACIENCIA);
    if lido.termino == Termino::Completo && lido.bytes == b"oi" {
        return Ok(());
    }
    let calou = lido.termino == Termino::Calou;
    let falha = Falha::nova(if calou { diagnostico } else { "eco" })
        .feito(feito)
        .esperado("O “oi” de volta.")
        .veio(contar(&lido));
    Err(if calou {
        falha
    } else {
        culpa(aluno, falha, "acabou-cedo")
    })
}

/// Com três conectados, o quarto ouve `cheio` e é desligado.
fn o_quarto(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    let feito = "Com um máximo de 3 e três clientes conectados, conectei o quarto.";
    let mut par = ligar(aluno, endereco, feito)?;
    // Quem não se limita espera que este fale: não é preciso dar a ele o prazo todo.
    let mut lido = par.linha(LOGO);
    if lido.termino == Termino::Completo && lido.bytes == b"cheio" {
        return despede(aluno, &mut par, feito, "sem-maximo");
    }
    let calou = lido.termino == Termino::Calou && lido.bytes.is_empty();
    if calou {
        lido = oi(&mut par, LOGO);
    }
    let na_fila = calou && lido.termino == Termino::Calou;
    let falha = Falha::nova(if na_fila {
        "espera-na-fila"
    } else {
        "sem-maximo"
    })
    .feito(feito)
    .esperado("A linha “cheio”, e o fim da conexão.")
    .veio(contar(&lido));
    Err(match lido.termino {
        Termino::Fechou | Termino::Derrubou => culpa(aluno, falha, "acabou-cedo"),
        _ => falha,
    })
}

/// Com todos os lugares ocupados, quem passa do máximo some antes de ouvir `cheio`.
fn quem_nao_ouve(aluno: &mut Processo, endereco: SocketAddr) -> Resultado {
    if cfg!(windows) {
        // Lá quem some antes de ser aceito faz falhar o próprio `accept`, que é outra história.
        return Ok(());
    }
    let feito = "Com os três lugares ocupados, 30 clientes conectaram e sumiram (RST) antes de ouvir “cheio”; depois conectei mais um.";
    for _ in 0..SUMIDAS {
        some_antes_de_ouvir(aluno, endereco, feito)?;
    }
    let mut par = apoio::ligar(aluno, endereco, feito, "cai-com-o-cliente")?;
    let lido = par.linha(PACIENCIA);
    if lido.termino == Termino::Completo && lido.bytes == b"cheio" {
        return despede(aluno, &mut par, feito, "cai-com-o-cliente");
    }
    let falha = Falha::nova("cai-com-o-cliente")
        .feito(feito)
        .esperado("A linha “cheio”, e o fim da conexão.")
        .veio(contar(&lido));
    Err(culpa(aluno, falha, "cai-com-o-cliente"))
}

/// Parado, o programa só aceita depois da queda: não importa quem corre mais.
#[cfg(target_os = "linux")]
fn some_antes_de_ouvir(aluno: &mut Processo, endereco: SocketAddr, feito: &str) -> Resultado {
    nucleo::suspender(aluno.pid());
    let sumiu = Par::ligar(endereco).map(Par::derrubar);
    nucleo::seguir(aluno.pid());
    sumiu.map_err(|mut falha| {
        falha.feito = feito.to_string();
        culpa(aluno, falha, "cai-com-o-cliente")
    })
}

#[cfg(not(target_os = "linux"))]
fn some_antes_de_ouvir(aluno: &mut Processo, endereco: SocketAddr, feito: &str) -> Resultado {
    apoio::ligar(aluno, endereco, feito, "cai-com-o-cliente").map(Par::derrubar)
}

/// Insiste até ser atendido: o servidor pode ainda não ter notado que alguém saiu.
fn entrar(
    aluno: &mut Processo,
    endereco: SocketAddr,
    feito: &str,
    diagnostico: &str,
) -> Resultado<Par> {
    let ate = Instant::now() + PACIENCIA;
    loop {
        let mut par = ligar(aluno, endereco, feito)?;
        let lido = oi(&mut par, PACIENCIA);
        if lido.termino == Termino::Completo && lido.bytes == b"oi" {
            return Ok(par);
        }
        if Instant::now() >= ate || lido.termino == Termino::Calou || !aluno.roda() {
            let falha = Falha::nova(diagnostico)
                .feito(feito)
                .esperado("Que quem saiu deixasse o lugar, e o “oi” voltasse.")
                .veio(contar(&lido));
            return Err(culpa(aluno, falha, "acabou-cedo"));
        }
        thread::sleep(Duration::from_millis(5));
    }
}
