//! Prender o programa: começar e não acabar, ocupar todos os lugares, não ler nunca.
//!
//! Os prazos aqui são os de verdade.

use std::time::Instant;

use libtest_mimic::Trial;
use provas::Falha;
use sockets::chat::protocolo::{Mensagem, Motivo};
use sockets::chat::tcp::Prazos;

use crate::alvo::Alvo;
use crate::par::{Fluxo, MAIOR, ola, quadro, texto};
use provas::chat::prova;

pub fn provas() -> Vec<Trial> {
    vec![
        prova("tcp::demora::gotas_na_conversa", gotas_na_conversa),
        prova("tcp::demora::lugares_ocupados", lugares_ocupados),
        prova("tcp::demora::tchau_sem_confirmar", tchau_sem_confirmar),
        prova("tcp::demora::um_quadro_por_byte", um_quadro_por_byte),
    ]
}

/// Um quadro de 1100 bytes que vem aos poucos não segura a conversa: em 10 s acaba.
fn gotas_na_conversa() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    let mut fluxo = Fluxo::conversar(&alvo, "Carla")?;
    fluxo.bytes(&[4, 0x4c])?;
    // Uma gota para cada coisa que o alvo diga.
    while fluxo
        .ate(|m| matches!(m, Mensagem::Ping { .. } | Mensagem::Recusa { .. }))
        .is_ok()
    {
        if !fluxo.insistir(b"a") {
            break;
        }
    }
    alvo.chat
        .esperar_linha_com("o outro programa parou no meio de uma mensagem")?;
    drop(fluxo);
    alvo.ainda_conversa()
}

/// Quem ocupa os oito lugares dos cumprimentos não impede que Ana converse, e perde os
/// lugares em 5 s.
fn lugares_ocupados() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    let pedacos = [&[][..], &[0], &[0, 44], &[4, 0x4c, 1]];
    let comecos = pedacos.iter().cycle().take(7);
    // Antes disto nenhum lugar pode ter vagado.
    let ocupados_ate = Instant::now() + Prazos::default().cumprimento;
    let mut mudos = Vec::new();
    for comeco in comecos {
        let mut fluxo = Fluxo::ligar(&alvo)?;
        fluxo.bytes(comeco)?;
        fluxo.ate(|mensagem| matches!(mensagem, Mensagem::Ola { .. }))?;
        mudos.push(fluxo);
    }
    // Este se apresenta como árbitro e nunca escolhe.
    let mut indeciso = Fluxo::ligar(&alvo)?;
    indeciso.mandar(&ola("tcp", MAIOR, "indeciso"))?;
    indeciso.ate(|mensagem| matches!(mensagem, Mensagem::Ola { .. }))?;
    mudos.push(indeciso);
    // Já não há lugar: estas se fecham sem resposta.
    for _ in 0..100 {
        let mut sobra = Fluxo::ligar(&alvo)?;
        let teve_lugar = sobra.ate(|_| true).is_ok();
        if Instant::now() >= ocupados_ate {
            break;
        }
        if teve_lugar {
            return Err(alvo.chat.falha("deu lugar a mais de oito"));
        }
    }
    // Ana não depende dos lugares para ligar.
    alvo.conversar_com_bia()?;
    for mut mudo in mudos {
        mudo.ate_recusar(Motivo::Demora)?;
    }
    alvo.ainda_conversa()
}

/// Quem se despede e nunca confirma o que falta, mas pergunta sempre, não segura o
/// lugar de quem vem depois.
fn tchau_sem_confirmar() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    let mut fluxo = Fluxo::conversar(&alvo, "Carla")?;
    alvo.chat.escrever("uma linha de Ana\n");
    fluxo.ate(|mensagem| matches!(mensagem, Mensagem::Item { .. }))?;
    fluxo.mandar(&Mensagem::Tchau { enviados: 0 })?;
    alvo.chat.esperar_linha_com("Carla saiu")?;
    let marca = 1;
    loop {
        if !fluxo.insistir(&quadro(&Mensagem::Ping { marca })) {
            break;
        }
        let respondeu = fluxo.ate(|mensagem| matches!(mensagem, Mensagem::Pong { .. }));
        if respondeu.is_err() {
            break;
        }
    }
    drop(fluxo);
    alvo.ainda_conversa()
}

/// Byte a byte, mas quadros inteiros: é devagar, e não é proibido.
fn um_quadro_por_byte() -> Result<(), Falha> {
    let mut alvo = Alvo::abrir("tcp")?;
    let mut fluxo = Fluxo::conversar(&alvo, "Carla")?;
    for numero in 0..20 {
        let item = texto("gota a gota");
        for byte in quadro(&Mensagem::Item { numero, item }) {
            fluxo.bytes(&[byte])?;
        }
        fluxo.ate(|mensagem| matches!(mensagem, Mensagem::Confirma { .. }))?;
    }
    if alvo.conversa()?.matches("Carla: gota a gota\n").count() != 20 {
        return Err(alvo.chat.falha("não mostrou as linhas"));
    }
    drop(fluxo);
    alvo.chat.esperar_linha_com("a conversa com Carla caiu")?;
    alvo.ainda_conversa()
}
