//! Com perda nos dois sentidos, TCP e UDP confiável entregam tudo, uma vez, em ordem.

use std::time::Duration;

use cena::Teclado;
use libtest_mimic::Trial;
use provas::rede::TUDO;
use provas::{Falha, Rede};

use crate::lado::{Modo, abrir, abrir_as_duas, acabou_bem, comando, conferir, entrada, linhas};
use crate::prova;

/// Quantos pacotes em mil o cabo perde, em cada sentido.
const PERDAS: [u32; 3] = [0, 50, 300];

/// Quantas linhas se mandam.
const MUITAS: usize = 2000;

/// Quantas, em TCP com 30 % de perda: 27 KB. O TCP dobra o prazo a cada retransmissão
/// que também se perde: doze medidas levaram de 1 a 15 s, e seis de 200 KB, de 8 a 44.
const POUCAS: usize = 150;

/// Muitas vezes a mais demorada que se mediu.
const PRAZO: Duration = Duration::from_secs(240);

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    // Dos piores aos melhores, que são os que menos demoram.
    for por_mil in PERDAS.into_iter().rev() {
        for modo in ["tcp", "udp-confiavel"] {
            let quantas = if modo == "tcp" && por_mil == 300 {
                POUCAS
            } else {
                MUITAS
            };
            let nome = |o_que| format!("entrega::{modo}_com_{}_por_cento_{o_que}", por_mil / 10);
            provas.push(prova(nome("nos_dois_sentidos"), move |rede| {
                perder(rede, por_mil)?;
                nos_dois_sentidos(rede, modo, quantas)?;
                conferir_o_cabo(rede, por_mil)
            }));
            provas.push(prova(nome("de_um_cano"), move |rede| {
                perder(rede, por_mil)?;
                de_um_cano(rede, modo, quantas)?;
                conferir_o_cabo(rede, por_mil)
            }));
        }
    }
    provas
}

fn perder(rede: &Rede, por_mil: u32) -> Result<(), Falha> {
    for host in &rede.hosts {
        // O mesmo em qualquer máquina, e o que mais sofre com a perda.
        host.ajustar("net/ipv4/tcp_congestion_control", "reno")?;
        host.perder(TUDO, por_mil)?;
    }
    Ok(())
}

/// As duas mandam ao mesmo tempo, e só se despedem depois de ver tudo: quem ouve uma
/// despedida deixa para a próxima conversa o que ainda não leu da entrada.
fn nos_dois_sentidos(rede: &Rede, modo: Modo, quantas: usize) -> Result<(), Falha> {
    let de_ana = linhas("Ana", quantas);
    let de_bia = linhas("Bia", quantas);
    let [ana, bia] = abrir_as_duas(rede, modo, Teclado::Cano)?;
    let [mut ana, mut bia] = [ana.com_prazo(PRAZO), bia.com_prazo(PRAZO)];
    ana.escrever(entrada(&de_ana));
    bia.escrever(entrada(&de_bia));
    bia.esperar_linha_com(&de_ana[quantas - 1])?;
    ana.esperar_linha_com(&de_bia[quantas - 1])?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(&mut ana, PRAZO)?;
    acabou_bem(&mut bia, PRAZO)?;
    conferir(&ana, "Bia", &de_bia)?;
    conferir(&bia, "Ana", &de_ana)
}

/// `… | chat` de um lado, `chat --so-ouvir --uma-conversa` do outro. O cano acaba muito
/// antes da entrega, e o programa espera por ela.
fn de_um_cano(rede: &Rede, modo: Modo, quantas: usize) -> Result<(), Falha> {
    let de_ana = linhas("Ana", quantas);
    let [um, outro] = &rede.hosts;
    let ouvir = ["--so-ouvir", "--uma-conversa"];
    let bia = comando(&um.endereco().to_string(), modo, "Bia", &ouvir)?;
    let mut bia = outro.rodar("Bia", &bia, Teclado::Cano)?;
    let mut ana = abrir(
        um,
        &outro.endereco().to_string(),
        modo,
        "Ana",
        Teclado::Cano,
    )?;
    ana.escrever(entrada(&de_ana));
    ana.fechar_entrada();
    acabou_bem(&mut ana, PRAZO)?;
    acabou_bem(&mut bia, PRAZO)?;
    conferir(&bia, "Ana", &de_ana)
}

/// O cabo perdeu quando devia, e nunca mais do que um segmento de cada vez.
fn conferir_o_cabo(rede: &Rede, por_mil: u32) -> Result<(), Falha> {
    let [um, outro] = &rede.hosts;
    let derrubados = um.derrubados()? + outro.derrubados()?;
    let grandes = um.pacotes_grandes()? + outro.pacotes_grandes()?;
    if (derrubados > 0) == (por_mil > 0) && grandes == 0 {
        return Ok(());
    }
    Err(Falha::nova(format!(
        "o cabo devia perder {por_mil} em mil e derrubou {derrubados} pacotes; {grandes} \
         passavam de 1500 bytes"
    )))
}
