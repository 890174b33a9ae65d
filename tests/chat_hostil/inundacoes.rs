//! Inchar o programa: muito do que ocupa pouco, ou do que nunca acaba.

use libtest_mimic::Trial;
use provas::Falha;
use sockets::chat::protocolo::{Item, Mensagem, Motivo};

use crate::alvo::{Alvo, conferir_memoria};
use crate::par::{Conversa, Datagramas, Fluxo, MAIOR, ola, quadro, texto};
use provas::chat::{MODOS, Modo, prova};

/// Um milhão, em TCP, de mensagens pequenas.
const MILHAO: usize = 1_000_000;

/// Quantos datagramas: uma inundação de segundos.
const DATAGRAMAS: u64 = 100_000;

/// Quantos deles entre um sinal e outro de quem conversa: muito mais do que cabe na fila
/// do sistema.
const LEVA: u64 = 5_000;

pub fn provas() -> Vec<Trial> {
    let mut provas = vec![
        prova("tcp::inundacao::olas", olas),
        prova("tcp::inundacao::sem_ler", sem_ler),
        prova("tcp::inundacao::conexoes_largadas", conexoes_largadas),
        prova("tcp::inundacao::conversas_cortadas", conversas_cortadas),
        prova("tcp::inundacao::recusas", recusas),
    ];
    for modo in ["udp", "udp-confiavel"] {
        let nome = |o_que: &str| format!("{modo}::inundacao::{o_que}");
        provas.push(prova(nome("olas"), move || olas_em_udp(modo)));
        provas.push(prova(nome("perguntas"), move || perguntas_em_udp(modo)));
        provas.push(prova(nome("programas_novos"), move || {
            programas_novos(modo)
        }));
    }
    provas.push(prova("udp::inundacao::itens", itens_ao_acaso));
    provas.push(prova(
        "udp-confiavel::inundacao::segmentos",
        segmentos_ao_acaso,
    ));
    for modo in MODOS {
        let nome = format!("{modo}::inundacao::linha_sem_fim");
        provas.push(prova(nome, move || linha_sem_fim(modo)));
    }
    provas
}

/// Um milhão de OLÁs: o segundo já é um erro, e o resto não se guarda.
fn olas() -> Result<(), Falha> {
    let alvo = Alvo::abrir("tcp")?;
    let mil = quadro(&ola("tcp", MAIOR, "outra vez")).repeat(1000);
    let mut restam = MILHAO / 1000;
    while restam > 0 {
        let mut fluxo = Fluxo::ligar(&alvo)?;
        while restam > 0 && fluxo.insistir(&mil) {
            restam -= 1;
        }
    }
    alvo.ainda_conversa()
}

/// Um milhão de perguntas, de itens repetidos, de confirmações velhas e de respostas
/// que ninguém pediu, sem ler uma só resposta.
fn sem_ler() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    let mut fluxo = Fluxo::conversar(&alvo, "Carla")?;
    let item = texto("uma vez só");
    let repetido = Mensagem::Item { numero: 0, item };
    let (marca, recebidos) = (9, 0);
    let inundacao = [
        quadro(&Mensagem::Ping { marca }),
        quadro(&repetido),
        quadro(&Mensagem::Confirma { recebidos }),
        quadro(&Mensagem::Pong { marca, recebidos }),
    ];
    let inundacao = inundacao.concat().repeat(1000);
    for _ in 0..MILHAO / 4000 {
        fluxo.bytes(&inundacao)?;
    }
    fluxo.ate(|mensagem| matches!(mensagem, Mensagem::Pong { .. }))?;
    conferir_memoria(&alvo.chat)?;
    drop(fluxo);
    alvo.chat.esperar_linha_com("a conversa com Carla caiu")?;
    if alvo.conversa()?.matches("uma vez só").count() != 1 {
        return Err(alvo.chat.falha("mostrou outra vez um item repetido"));
    }
    alvo.ainda_conversa()
}

/// Milhares de conexões abertas e largadas, com FIN e com RST.
fn conexoes_largadas() -> Result<(), Falha> {
    let alvo = Alvo::abrir("tcp")?;
    let saudacao = quadro(&ola("tcp", MAIOR, "Carla"));
    for vez in 0..3000 {
        let mut fluxo = Fluxo::ligar(&alvo)?;
        if vez % 3 == 0 {
            fluxo.insistir(&saudacao);
        }
        if vez % 64 == 0 {
            // Se a fila do sistema enchesse, a próxima ligação só se repetiria daqui a
            // 1 s.
            let _ = fluxo.ate(|_| true);
        }
        if vez % 2 == 0 {
            fluxo.cortar();
        }
    }
    alvo.ainda_conversa()
}

/// Centenas de conversas que começam e caem.
fn conversas_cortadas() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    for _ in 0..300 {
        Fluxo::conversar(&alvo, "Carla")?.cortar();
        alvo.chat.esperar_linha_com("a conversa com Carla caiu")?;
    }
    alvo.ainda_conversa()
}

/// Recusas de todos os motivos, em rodízio: a pessoa lê cada uma vez, e não mil.
fn recusas() -> Result<(), Falha> {
    let alvo = Alvo::abrir("tcp")?;
    let motivos = [Motivo::Versao, Motivo::Lixo, Motivo::Modo, Motivo::Demora];
    for motivo in motivos.into_iter().cycle().take(1000) {
        let explicacao = "leia isto";
        let mut fluxo = Fluxo::ligar(&alvo)?;
        fluxo.mandar(&Mensagem::Recusa { motivo, explicacao })?;
        fluxo.ate_o_fim()?;
    }
    let vezes = alvo.chat.tudo().matches("leia isto").count();
    if vezes > motivos.len() {
        return Err(alvo
            .chat
            .falha(&format!("mostrou a explicação {vezes} vezes")));
    }
    alvo.ainda_conversa()
}

/// OLÁs de cem mil programas, antes da conversa e no meio dela.
fn olas_em_udp(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let mut par = Datagramas::abrir(&alvo)?;
    for sessao in 1..=DATAGRAMAS / 2 {
        par.mandar(&ola(modo, sessao, "mais um"))?;
    }
    par.sessao = u64::MAX;
    par.apresentar("Carla")?;
    alvo.chat.esperar_linha_com("conectado com Carla")?;
    for sessao in 1..=DATAGRAMAS / 2 {
        par.mandar(&ola(modo, sessao, "mais um"))?;
        if sessao.is_multiple_of(LEVA) {
            // Carla dá sinal: com a máquina ocupada, a inundação passa dos 8 s de
            // silêncio que derrubam uma conversa.
            par.responde()?;
        }
    }
    par.responde()?;
    if alvo.chat.tudo().contains("mais um") || alvo.chat.tudo().contains("caiu") {
        return Err(alvo.chat.falha("acreditou em quem não provou nada"));
    }
    drop(par);
    alvo.ainda_conversa()
}

/// Perguntas de quem não lê as respostas, despedidas que ninguém começou e respostas a
/// nada.
fn perguntas_em_udp(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let par = Datagramas::conversar(&alvo, "Carla")?;
    alvo.chat.esperar_linha_com("conectado com Carla")?;
    for marca in 0..DATAGRAMAS / 2 {
        par.mandar(&Mensagem::Ping { marca })?;
        let recebidos = u64::MAX;
        par.mandar(&Mensagem::Pong { marca, recebidos })?;
    }
    par.responde()?;
    drop(par);
    alvo.ainda_conversa()
}

/// Um programa novo atrás do outro, todos com a prova.
fn programas_novos(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let mut par = Datagramas::conversar(&alvo, "Carla")?;
    for sessao in 100..600 {
        par.sessao = sessao;
        par.apresentar("Carla")?;
    }
    alvo.chat
        .esperar_linha_com("foi fechado e aberto de novo")?;
    drop(par);
    alvo.ainda_conversa()
}

/// Números que saltam, voltam e se repetem.
fn itens_ao_acaso() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("udp")?;
    let par = Datagramas::conversar(&alvo, "Carla")?;
    alvo.chat.esperar_linha_com("conectado com Carla")?;
    let mut numero = 0_u64;
    for vez in 0..DATAGRAMAS / 2 {
        numero = match vez % 5 {
            0 => numero + 1,
            1 => numero + 1000,
            2 => numero.saturating_sub(900),
            3 => numero + (1 << 31),
            _ => numero,
        };
        let item = texto("x");
        par.mandar(&Mensagem::Item { numero, item })?;
    }
    par.responde()?;
    drop(par);
    conferir_memoria(&alvo.chat)?;
    alvo.ainda_conversa()
}

/// Segmentos dentro e fora da janela, em qualquer ordem, sem nunca mandar o primeiro.
fn segmentos_ao_acaso() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("udp-confiavel")?;
    let par = Datagramas::conversar(&alvo, "Carla")?;
    alvo.chat.esperar_linha_com("conectado com Carla")?;
    let item = texto("nunca mostrado");
    let carga = &quadro(&Mensagem::Item { numero: 0, item }).repeat(40);
    for vez in 0..DATAGRAMAS / 2 {
        let numero = 1 + vez.wrapping_mul(7919) % 300;
        par.mandar(&Mensagem::Segmento { numero, carga })?;
    }
    par.responde()?;
    if alvo.conversa()?.contains("nunca mostrado") {
        return Err(alvo.chat.falha("mostrou fora de ordem"));
    }
    drop(par);
    alvo.ainda_conversa()
}

/// Uma linha só, com a largura de um livro e sem fim.
fn linha_sem_fim(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let mut conversa = Conversa::nova(&mut alvo, "Carla")?;
    let texto = &"\u{202e}".repeat(333);
    for _ in 0..3000 {
        let continua = true;
        conversa.dizer(Item::Texto { texto, continua })?;
    }
    conversa.ate_mostrar(&mut alvo)?;
    conferir_memoria(&alvo.chat)?;
    drop(conversa);
    alvo.ainda_conversa()
}
