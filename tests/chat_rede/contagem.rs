//! Em UDP, o que o chat diz que se perdeu é o que o cabo derrubou, sem tirar nem pôr.

use cena::Teclado;
use libtest_mimic::Trial;
use provas::rede::Host;
use provas::{Falha, Filho, Rede};
use regex::Regex;

use crate::lado::{abrir_as_duas, conectou, ditas, exigir, linhas};
use crate::prova;

/// Os datagramas de UDP que levam um ITEM. O tipo é o primeiro byte do corpo, logo
/// depois dos 8 bytes do cabeçalho do UDP e dos 11 do nosso, e o do ITEM é 4. Só eles
/// se derrubam: o cumprimento e a despedida passam, e a conta é exata.
const ITENS: &str = "meta l4proto udp @th,152,8 4";

/// Quantas linhas cada uma manda enquanto o cabo perde.
const LINHAS: usize = 300;

/// Quantas de cada vez. Cabem com folga na fila de quem recebe, e depois delas se
/// espera pela resposta a um `/ping`: nenhuma se perde por pressa.
const LOTE: usize = 50;

/// Quantas são as últimas, que nenhuma mais nova denuncia.
const CAUDA: usize = 20;

pub fn provas() -> Vec<Trial> {
    [0, 50, 300]
        .map(|por_mil| {
            let nome = format!("contagem::udp_com_{}_por_cento", por_mil / 10);
            prova(nome, move |rede| contar(rede, por_mil))
        })
        .into()
}

/// O que um chat sabe do que lhe mandaram.
#[derive(Debug, PartialEq, Eq)]
struct Conta {
    recebidas: u64,
    perdidas: u64,
}

fn contar(rede: &Rede, por_mil: u32) -> Result<(), Falha> {
    for host in &rede.hosts {
        host.contar("itens", ITENS)?;
        host.perder(ITENS, por_mil)?;
    }
    let mut chats = abrir_as_duas(rede, "udp", Teclado::Terminal)?;
    let [um, outro] = &rede.hosts;
    let [ana, bia] = &mut chats;
    conectou(ana, "Bia", outro.endereco().into())?;
    conectou(bia, "Ana", um.endereco().into())?;
    let de_ana = linhas("Ana", LINHAS);
    let de_bia = linhas("Bia", LINHAS);
    for (da_ana, da_bia) in de_ana.chunks(LOTE).zip(de_bia.chunks(LOTE)) {
        dizer(ana, "Bia", da_ana)?;
        dizer(bia, "Ana", da_bia)?;
    }

    // A última de cada uma chega, e mostra que o que falta antes dela se perdeu.
    for host in &rede.hosts {
        host.deixar_passar()?;
    }
    dizer(ana, "Bia", &["a última de Ana".to_string()])?;
    dizer(bia, "Ana", &["a última de Bia".to_string()])?;
    conferir(&mut chats[1], "Ana", &de_ana, outro)?;
    conferir(&mut chats[0], "Bia", &de_bia, um)?;
    for host in &rede.hosts {
        let derrubados = host.derrubados()?;
        exigir(
            (derrubados > 0) == (por_mil > 0),
            &chats,
            &format!("o cabo devia perder {por_mil} em mil e derrubou {derrubados} itens"),
        )?;
    }
    perder_a_cauda(&mut chats, outro)
}

/// O cabo derruba as últimas linhas de Ana, e nada mais novo vem contar: só a despedida
/// diz quantas eram.
fn perder_a_cauda(chats: &mut [Filho; 2], de_bia: &Host) -> Result<(), Falha> {
    let [ana, bia] = chats;
    let antes = conta(bia)?;
    de_bia.perder(ITENS, 1000)?;
    dizer(ana, "Bia", &linhas("Ana", CAUDA))?;
    let sem_saber = conta(bia)?;
    ana.escrever("/sair\n");
    bia.esperar_linha_com(&format!("… {CAUDA} mensagens perdidas …"))?;
    bia.esperar_linha_com("Ana saiu")?;
    let depois = conta(bia)?;
    let derrubados = de_bia.derrubados()?;
    let enviadas = antes.recebidas + derrubados;
    ana.esperar_linha_com(&format!(
        "Bia recebeu {} de {enviadas} mensagens",
        antes.recebidas
    ))?;
    let codigo = ana.esperar_fim()?;
    let cauda = Conta {
        recebidas: antes.recebidas,
        perdidas: antes.perdidas + CAUDA as u64,
    };
    let certo = sem_saber == antes && depois == cauda && depois.perdidas == derrubados;
    exigir(
        certo && codigo == 1,
        chats,
        &format!(
            "antes da cauda Bia contava {antes:?}, sem a despedida {sem_saber:?} e com ela \
             {depois:?}; o cabo derrubou {derrubados}, e Ana acabou com o código {codigo}"
        ),
    )
}

/// Diz as linhas e espera que a outra responda a uma pergunta feita depois delas.
fn dizer(chat: &mut Filho, outra: &str, linhas: &[String]) -> Result<(), Falha> {
    for linha in linhas {
        chat.escrever(format!("{linha}\n"));
    }
    chat.escrever("/ping\n");
    chat.esperar_linha_com(&format!("ida e volta até {outra}"))?;
    Ok(())
}

/// Pergunta ao chat o que ele sabe.
fn conta(chat: &mut Filho) -> Result<Conta, Falha> {
    let recebidas = Regex::new(r"recebidas: (\d+) \(perdidas: (\d+);").expect("é constante");
    chat.escrever("/estatisticas\n");
    let linha = chat.esperar_linha_com("recebidas: ")?;
    let numeros = recebidas.captures(&linha).map(|achado| {
        let numero = |qual: usize| achado[qual].parse().ok();
        Some((numero(1)?, numero(2)?))
    });
    match numeros.flatten() {
        Some((recebidas, perdidas)) => Ok(Conta {
            recebidas,
            perdidas,
        }),
        None => Err(chat.falha("as estatísticas não dizem o que se perdeu")),
    }
}

/// O que `chat` mostrou de `quem`, os avisos, as estatísticas e os contadores do cabo
/// dizem todos o mesmo.
fn conferir(chat: &mut Filho, quem: &str, enviadas: &[String], host: &Host) -> Result<(), Falha> {
    let conta = conta(chat)?;
    let itens = host.contador("itens")?;
    let derrubados = host.derrubados()?;
    let sem_lugar = host.datagramas_sem_lugar()?;
    let avisadas = avisadas(chat);
    let atrasadas = chat.tudo().matches(" (atrasada: ").count() as u64;
    let mostradas = ditas(chat, quem);
    // Todas menos a última, que é dita à parte.
    let mut restantes = enviadas.iter();
    let em_ordem = mostradas[..mostradas.len().saturating_sub(1)]
        .iter()
        .all(|linha| restantes.any(|enviada| enviada == linha));
    let todas = enviadas.len() as u64 + 1;
    let certo = itens == todas
        && conta.perdidas == derrubados
        && conta.recebidas == itens - derrubados
        && conta.recebidas == mostradas.len() as u64 + atrasadas
        && conta.perdidas == avisadas - atrasadas
        && sem_lugar == 0
        && em_ordem;
    if certo {
        return Ok(());
    }
    Err(chat.falha(&format!(
        "de {todas} linhas de {quem} chegaram ao computador {itens} datagramas e o cabo \
         derrubou {derrubados} (sem lugar na fila: {sem_lugar}); o chat contou {conta:?}, avisou \
         de {avisadas} perdidas e {atrasadas} atrasadas e mostrou {} (em ordem: {em_ordem})",
        mostradas.len()
    )))
}

/// A soma dos avisos “… N mensagens perdidas …”.
fn avisadas(chat: &Filho) -> u64 {
    let aviso = Regex::new(r"… (\d+) mensage(?:m perdida|ns perdidas) …").expect("é constante");
    let tudo = chat.tudo();
    let numeros = aviso.captures_iter(&tudo);
    numeros
        .filter_map(|achado| achado[1].parse::<u64>().ok())
        .sum()
}
