//! O cano: tudo que entra de um lado sai do outro, byte a byte.

use std::fmt::Write;

use libtest_mimic::Trial;
use provas::{Falha, Filho};

use super::conversa::Conversa;
use provas::chat::{CONFIAVEIS, MODOS, Modo, acabou, conectados, ditas, par, prova};

const LINHAS: u32 = 100_000;

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for modo in CONFIAVEIS {
        let nome = |o_que: &str| format!("{modo}::cano::{o_que}");
        for (o_que, entrada, saida) in entradas() {
            let roda = move || arquivo(modo, &entrada, &saida);
            provas.push(prova(nome(o_que), roda));
        }
        provas.push(prova(nome("nos_dois_sentidos"), move || {
            nos_dois_sentidos(modo)
        }));
        provas.push(prova(nome("nao_utf_8"), move || nao_utf_8(modo)));
    }
    for modo in MODOS {
        provas.push(prova(format!("{modo}::cano::vazio"), move || vazio(modo)));
    }
    provas
}

fn numeradas(quem: &str) -> String {
    (1..=LINHAS).fold(String::new(), |mut linhas, n| {
        let _ = writeln!(linhas, "{n} de {quem}");
        linhas
    })
}

/// O que entra de um lado e o que se espera ver do outro.
fn entradas() -> Vec<(&'static str, String, String)> {
    let trocado = |nome, entra: &str, sai: &str| (nome, entra.to_string(), sai.to_string());
    let igual = |nome, texto: String| (nome, texto.clone(), texto);
    let dificeis = "\n\n /sair\n//\n\u{65}\u{301} ❤\u{fe0f} 日本語 🙂 שלום\n  fim  \n";
    vec![
        igual("cem_mil_linhas", numeradas("Ana")),
        igual("linha_de_100_kb", "ç".repeat(50_000) + "\n"),
        igual("linha_de_1_mb", "0123456789".repeat(100_000) + "\n"),
        igual("textos_dificeis", dificeis.to_string()),
        trocado("crlf", "um\r\n\r\ndois\r\n", "um\n\ndois\n"),
        trocado("ultima_sem_quebra", "um\ndois", "um\ndois\n"),
        (
            "linha_de_1_mb_sem_quebra",
            "日".repeat(333_333),
            "日".repeat(333_333) + "\n",
        ),
    ]
}

/// Ana manda a entrada e sai; Bia só ouve, e sai com ela.
fn arquivo(modo: Modo, entrada: &str, saida: &str) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let (nada, recebido) = (Conversa::nova()?, Conversa::nova()?);
    let mut bia = recebido.abrir(&bia.com(&["--so-ouvir", "--uma-conversa"]))?;
    let mut ana = nada.abrir(&ana)?;
    ana.escrever(entrada);
    ana.fechar_entrada();
    acabou(&mut ana, 0)?;
    acabou(&mut bia, 0)?;
    recebido.conferir("Ana", saida)?;
    // Quem manda por um cano não vê o que mandou.
    nada.conferir("Bia", "")?;
    so_avisos(&ana)?;
    so_avisos(&bia)
}

fn so_avisos(chat: &Filho) -> Result<(), Falha> {
    let tudo = chat.tudo();
    if tudo
        .lines()
        .all(|linha| linha.get(10..).is_some_and(|l| l.starts_with(" * ")))
    {
        return Ok(());
    }
    Err(chat.falha("há na saída de erro o que não é aviso"))
}

/// As duas mandam ao mesmo tempo, e só saem quando têm tudo.
fn nos_dois_sentidos(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let (de_ana, de_bia) = (numeradas("Ana"), numeradas("Bia"));
    let mut ana = ana.abrir()?;
    let mut bia = bia.abrir()?;
    ana.escrever(&de_ana);
    bia.escrever(&de_bia);
    ana.esperar_trecho(&format!("Bia: {LINHAS} de Bia\n"))?;
    bia.esperar_trecho(&format!("Ana: {LINHAS} de Ana\n"))?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou(&mut ana, 0)?;
    acabou(&mut bia, 0)?;
    conferir_ditas(&bia, "Ana", &de_ana)?;
    conferir_ditas(&ana, "Bia", &de_bia)
}

fn conferir_ditas(chat: &Filho, quem: &str, linhas: &str) -> Result<(), Falha> {
    if ditas(chat, quem).iter().eq(linhas.lines()) {
        return Ok(());
    }
    Err(chat.falha(&format!("não mostrou todas as linhas de {quem}, em ordem")))
}

/// O que não é UTF-8 vira �, com um aviso só, e o resto passa.
fn nao_utf_8(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let recebido = Conversa::nova()?;
    let mut bia = recebido.abrir(&bia.com(&["--so-ouvir", "--uma-conversa"]))?;
    let mut ana = ana.abrir()?;
    // Mais do que um bloco de leitura, com estragos em todos.
    let entrada = [
        &b"ol\xe1, \xff\xfe mundo\n"[..],
        &b"\xf0\x9f\x99\n".repeat(50_000),
    ]
    .concat();
    ana.escrever(&entrada);
    ana.fechar_entrada();
    // O aviso também mostra o �.
    let codigo = ana.esperar_fim()?;
    if codigo != 0 {
        return Err(ana.falha(&format!("acabou com {codigo}")));
    }
    acabou(&mut bia, 0)?;
    let saida = "ol\u{fffd}, \u{fffd}\u{fffd} mundo\n".to_string() + &"\u{fffd}\n".repeat(50_000);
    recebido.conferir("Ana", &saida)?;
    match ana.tudo().matches("não são UTF-8").count() {
        1 => Ok(()),
        quantos => Err(ana.falha(&format!("avisou {quantos} vezes"))),
    }
}

/// Quem não tem nada a dizer sai na hora, com par ou sem ele.
fn vazio(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo);
    let mut sozinha = ana.abrir()?;
    sozinha.fechar_entrada();
    acabou(&mut sozinha, 0)?;
    let mut ana = ana.abrir()?;
    let mut bia = bia.abrir()?;
    conectados(&mut ana, &mut bia)?;
    ana.fechar_entrada();
    bia.esperar_linha_com("Ana saiu")?;
    acabou(&mut ana, 0)?;
    bia.fechar_entrada();
    acabou(&mut bia, 0)
}
