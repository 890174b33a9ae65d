//! Eva tem outro endereço no mesmo cabo: quem espera por Bia não conversa com ela.

use std::process::Command;

use cena::Teclado;
use libtest_mimic::Trial;
use provas::rede::{CABO, Host};
use provas::{Falha, Filho, Rede};

use crate::lado::{Modo, PRAZO, abrir, acabou_bem, comando, conectou, conferir, exigir};
use crate::prova;

/// O endereço de Eva, no computador de Bia.
const EVA: &str = "10.0.0.3";

/// O começo dos avisos de quem encontra Eva.
const DE_EVA: &str = "10.0.0.3 tentou entrar e foi recusado";

pub fn provas() -> Vec<Trial> {
    let em_udp = |modo: Modo| {
        let nome = format!("estranho::nao_se_ouve_em_{modo}");
        prova(nome, move |rede| nao_se_ouve(rede, modo))
    };
    vec![
        prova("estranho::recusado_e_anunciado_em_tcp", recusado),
        em_udp("udp"),
        em_udp("udp-confiavel"),
    ]
}

/// Dá a Eva um endereço no computador de Bia.
fn receber_eva(host: &Host) -> Result<(), Falha> {
    host.ip(&format!("address add {EVA}/24 dev {CABO}"))
}

/// Daqui em diante, o que sai de `host` para `destino` leva o endereço `origem`.
fn sair_como(host: &Host, origem: &str, destino: &str) -> Result<(), Falha> {
    host.ip(&format!(
        "route replace {destino}/32 dev {CABO} src {origem}"
    ))
}

/// O chat de Eva, na porta 50001: a de Bia é de Bia.
fn eva(ana: &str, modo: Modo) -> Result<Command, Falha> {
    comando(ana, modo, "Eva", &["--porta-local", "50001"])
}

fn recusado(rede: &Rede) -> Result<(), Falha> {
    let [um, outro] = &rede.hosts;
    let [ip_de_ana, ip_de_bia] = [um, outro].map(|host| host.endereco().to_string());
    receber_eva(outro)?;
    let mut ana = abrir(um, &ip_de_bia, "tcp", "Ana", Teclado::Cano)?;
    ana.esperar_linha_com("à escuta")?;

    // Antes de haver conversa.
    tentar_como_eva(rede, &ip_de_ana)?;
    ana.esperar_linha_com(&format!(
        "{DE_EVA}: a conversa é só com {ip_de_bia}, o endereço de --ip"
    ))?;
    sair_como(outro, &ip_de_bia, &ip_de_ana)?;
    let mut bia = abrir(outro, &ip_de_ana, "tcp", "Bia", Teclado::Cano)?;
    conectou(&mut ana, "Bia", outro.endereco().into())?;
    conectou(&mut bia, "Ana", um.endereco().into())?;

    // No meio dela.
    tentar_como_eva(rede, &ip_de_ana)?;
    let mut chats = [ana, bia];
    despedir(&mut chats)?;
    // Quem insiste é anunciado uma vez por minuto, no máximo.
    let anuncios = chats[0].tudo().matches(DE_EVA).count();
    exigir(
        anuncios <= 2,
        &chats,
        &format!("Eva foi anunciada {anuncios} vezes"),
    )
}

/// Eva liga para Ana, ouve que não é quem ela espera, e vai embora.
fn tentar_como_eva(rede: &Rede, ip_de_ana: &str) -> Result<(), Falha> {
    let host = &rede.hosts[1];
    sair_como(host, EVA, ip_de_ana)?;
    let mut eva = host
        .rodar("Eva", &eva(ip_de_ana, "tcp")?, Teclado::Cano)?
        .com_prazo(PRAZO);
    eva.esperar_linha_com("o outro programa recusou a conversa: ele espera alguém")?;
    eva.matar();
    Ok(())
}

/// Em UDP o sistema de Ana devolve a Eva o que ela manda, como se a porta estivesse
/// fechada; Ana não vê nada e não responde nada.
fn nao_se_ouve(rede: &Rede, modo: Modo) -> Result<(), Falha> {
    let [um, outro] = &rede.hosts;
    let [ip_de_ana, ip_de_bia] = [um, outro].map(|host| host.endereco().to_string());
    receber_eva(outro)?;
    um.contar("de_eva", &format!("ip saddr {EVA} meta l4proto udp"))?;
    outro.contar("para_eva", &format!("ip daddr {EVA} meta l4proto udp"))?;
    let mut ana = abrir(um, &ip_de_bia, modo, "Ana", Teclado::Terminal)?;
    ana.esperar_linha_com("à escuta")?;

    // Na porta de Bia, para que só o IP não seja o dela.
    sair_como(outro, EVA, &ip_de_ana)?;
    let mut eva_antes = abrir(outro, &ip_de_ana, modo, "Eva", Teclado::Cano)?;
    eva_antes.esperar_linha_com("ainda sem conversa: ")?;
    eva_antes.matar();
    sair_como(outro, &ip_de_bia, &ip_de_ana)?;
    let mut bia = abrir(outro, &ip_de_ana, modo, "Bia", Teclado::Terminal)?;
    conectou(&mut ana, "Bia", outro.endereco().into())?;
    conectou(&mut bia, "Ana", um.endereco().into())?;

    // No meio da conversa. O socket de Bia já tem o endereço dele.
    sair_como(outro, EVA, &ip_de_ana)?;
    let mut eva_durante = outro
        .rodar("Eva", &eva(&ip_de_ana, modo)?, Teclado::Cano)?
        .com_prazo(PRAZO);
    eva_durante.esperar_linha_com("ainda sem conversa: ")?;
    eva_durante.matar();
    let mut chats = [ana, bia];
    despedir(&mut chats)?;
    let [de_eva, para_eva] = [um.contador("de_eva")?, outro.contador("para_eva")?];
    let ouvida = [&chats[0], &eva_antes, &eva_durante]
        .iter()
        .any(|chat| chat.tudo().contains("conectado com Eva") || chat.tudo().contains("com Ana"));
    exigir(
        de_eva >= 2 && para_eva == 0 && !ouvida,
        &chats,
        &format!(
            "a Ana chegaram {de_eva} datagramas de Eva, e a Eva {para_eva} de Ana; \
             se alguém a ouviu: {ouvida}"
        ),
    )
}

/// A conversa de Ana e Bia continua boa, e acaba.
fn despedir(chats: &mut [Filho; 2]) -> Result<(), Falha> {
    let [ana, bia] = chats;
    bia.escrever("continuo aqui\n");
    ana.esperar_linha_com("Bia: continuo aqui")?;
    bia.fechar_entrada();
    ana.esperar_linha_com("Bia saiu")?;
    ana.fechar_entrada();
    acabou_bem(bia, PRAZO)?;
    acabou_bem(ana, PRAZO)?;
    conferir(ana, "Bia", &["continuo aqui".to_string()])?;
    conferir(bia, "Ana", &[])
}
