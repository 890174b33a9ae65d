//! Conversas que correm bem: quem abre primeiro, o que se diz e quem sai antes.

use libtest_mimic::Trial;
use provas::{Falha, Filho};

use crate::lado::{
    Lado, MISTOS, MODOS, Modo, PRAZO, Python, Rust, acabou_bem, conferir, entrada, linhas, par,
};
use crate::prova;

/// Quantas linhas tem uma conversa comprida.
const MILHARES: usize = 4000;

/// Quem abre primeiro.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Partida {
    Ana,
    Juntas,
}

/// Quem se despede.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saida {
    Ana,
    Bia,
    Cruzada,
}

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for modo in MODOS {
        for lados in MISTOS.into_iter().chain([[Python, Python]]) {
            let nome = |o_que: &str| format!("{modo}::{}_{}::{o_que}", lados[0], lados[1]);
            for (partida, abre) in [
                (Partida::Ana, "uma_abre_antes"),
                (Partida::Juntas, "juntas"),
            ] {
                for (saida, sai) in [
                    (Saida::Ana, "ana_sai"),
                    (Saida::Bia, "bia_sai"),
                    (Saida::Cruzada, "saem_juntas"),
                ] {
                    let roda = move || conversar(modo, lados, partida, saida);
                    provas.push(prova(nome(&format!("{abre}_{sai}")), roda));
                }
            }
            if modo != "udp" {
                let roda = move || milhares_de_linhas(modo, lados);
                provas.push(prova(nome("milhares_de_linhas"), roda));
                let roda = move || arquivo(modo, lados);
                provas.push(prova(nome("um_arquivo_a_quem_so_ouve"), roda));
            }
            if lados[0] == Rust && cfg!(unix) {
                provas.push(prova(nome("troca_de_nome"), move || troca_de_nome(modo)));
            }
        }
    }
    provas
}

/// O que costuma dar errado em um texto.
fn textos_dificeis(quem: &str) -> Vec<String> {
    let mut textos = vec![
        "oi".to_string(),
        "atenção: ção 🙂".to_string(),
        String::new(),
        " off ".to_string(),
        "/sair não é um comando em um cano".to_string(),
        // O corte dos 1000 bytes cai no meio de um `ç`.
        format!("a{}", "ç".repeat(1600)),
        "x".repeat(1000),
        "y".repeat(1001),
        "apaga \u{1b}[2J\u{1b}]0;título\u{7} e vira \u{202e}ao contrário\r\tfim".to_string(),
    ];
    textos.push(format!("última de {quem}"));
    textos
}

/// Os textos como se veem em um terminal.
fn visiveis(textos: &[String]) -> Vec<String> {
    textos
        .iter()
        .map(|texto| sockets::visivel(texto.as_bytes()))
        .collect()
}

fn conversar(modo: Modo, lados: [Lado; 2], partida: Partida, saida: Saida) -> Result<(), Falha> {
    let [ana, bia] = par(modo, lados);
    let mut ana = match partida {
        Partida::Ana => ana.abrir_e_esperar(&[])?,
        Partida::Juntas => ana.abrir(&[])?,
    };
    let mut bia = bia.abrir(&[])?;
    let (de_ana, de_bia) = (textos_dificeis("Ana"), textos_dificeis("Bia"));
    ana.esperar_linha_com("conectado com Bia")?;
    bia.esperar_linha_com("conectado com Ana")?;
    ana.escrever(entrada(&de_ana));
    bia.escrever(entrada(&de_bia));
    bia.esperar_linha_com("última de Ana")?;
    ana.esperar_linha_com("última de Bia")?;
    despedir(&mut ana, &mut bia, saida)?;
    conferir(&bia, "Ana", &visiveis(&de_ana))?;
    conferir(&ana, "Bia", &visiveis(&de_bia))
}

fn despedir(ana: &mut Filho, bia: &mut Filho, saida: Saida) -> Result<(), Falha> {
    match saida {
        Saida::Ana => {
            ana.fechar_entrada();
            bia.esperar_linha_com("Ana saiu")?;
            bia.fechar_entrada();
        }
        Saida::Bia => {
            bia.fechar_entrada();
            ana.esperar_linha_com("Bia saiu")?;
            ana.fechar_entrada();
        }
        Saida::Cruzada => {
            ana.fechar_entrada();
            bia.fechar_entrada();
        }
    }
    acabou_bem(ana)?;
    acabou_bem(bia)
}

/// Muitas linhas nos dois sentidos ao mesmo tempo.
fn milhares_de_linhas(modo: Modo, lados: [Lado; 2]) -> Result<(), Falha> {
    let [ana, bia] = par(modo, lados);
    let (de_ana, de_bia) = (linhas("Ana", MILHARES), linhas("Bia", MILHARES));
    let mut ana = ana.abrir(&[])?;
    let mut bia = bia.abrir(&[])?;
    ana.escrever(entrada(&de_ana));
    bia.escrever(entrada(&de_bia));
    bia.esperar_linha_com(&de_ana[MILHARES - 1])?;
    ana.esperar_linha_com(&de_bia[MILHARES - 1])?;
    despedir(&mut ana, &mut bia, Saida::Cruzada)?;
    conferir(&bia, "Ana", &de_ana)?;
    conferir(&ana, "Bia", &de_bia)
}

/// Um lado manda um arquivo e sai; o outro só ouve, e sai com ele.
fn arquivo(modo: Modo, lados: [Lado; 2]) -> Result<(), Falha> {
    let [ana, bia] = par(modo, lados);
    let mut textos = linhas("Ana", MILHARES);
    let mut bia = bia.so_ouvir()?;
    let mut ana = ana.abrir(&[])?;
    textos.push("a última linha, sem quebra no fim".into());
    ana.escrever(entrada(&textos).trim_end_matches('\n'));
    ana.fechar_entrada();
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)?;
    conferir(&bia, "Ana", &textos)
}

/// Só o chat em Rust, com alguém em um terminal, troca de nome no meio.
fn troca_de_nome(modo: Modo) -> Result<(), Falha> {
    let [ana, bia] = par(modo, [Rust, Python]);
    let comando = ana.comando(&["--simples"])?;
    let mut bia = bia.abrir_e_esperar(&[])?;
    let ana = Filho::com_teclado("Ana", comando, cena::Teclado::Terminal)?;
    let mut ana = ana.com_prazo(PRAZO);
    ana.esperar_linha_com("conectado com Bia")?;
    ana.escrever("oi\n/nome Ana Luísa\nsou eu ainda\n");
    bia.esperar_linha_com("Ana: oi")?;
    bia.esperar_linha_com("Ana agora se chama Ana Luísa")?;
    bia.esperar_linha_com("Ana Luísa: sou eu ainda")?;
    // Quem pede para sair só espera 3 s pelo que falta entregar.
    ana.escrever("/sair\n");
    bia.esperar_linha_com("Ana Luísa saiu")?;
    bia.fechar_entrada();
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)
}
