//! O cabo é arrancado no meio da conversa e depois volta: nada se perde nem se repete.

use std::time::Duration;

use cena::Teclado;
use libtest_mimic::Trial;
use provas::{Falha, Rede};

use crate::lado::{Modo, abrir_as_duas, acabou_bem, conectou, conferir, entrada, linhas};
use crate::prova;

/// Mais do que os 15 s de silêncio que o TCP espera antes de dar o outro por perdido, e
/// do que as pausas entre as tentativas.
const PRAZO: Duration = Duration::from_secs(120);

/// Quantas linhas cada uma diz antes, durante e depois.
const LINHAS: usize = 300;

pub fn provas() -> Vec<Trial> {
    ["tcp", "udp-confiavel"]
        .map(|modo| {
            let nome = format!("cabo::arrancado_e_de_volta_em_{modo}");
            prova(nome, move |rede| arrancar(rede, modo))
        })
        .into()
}

fn arrancar(rede: &Rede, modo: Modo) -> Result<(), Falha> {
    let mut chats = abrir_as_duas(rede, modo, Teclado::Cano)?.map(|chat| chat.com_prazo(PRAZO));
    let [um, outro] = &rede.hosts;
    let [ana, bia] = &mut chats;
    conectou(ana, "Bia", outro.endereco().into())?;
    conectou(bia, "Ana", um.endereco().into())?;
    let de_ana = linhas("Ana", 4 * LINHAS);
    let de_bia = linhas("Bia", 4 * LINHAS);
    let parte = |linhas: &[String], qual: usize| entrada(&linhas[qual * LINHAS..][..LINHAS]);

    ana.escrever(parte(&de_ana, 0));
    bia.escrever(parte(&de_bia, 0));
    // Uma já viu tudo; para a outra, pode haver linhas no caminho.
    bia.esperar_linha_com(&de_ana[LINHAS - 1])?;
    rede.arrancar_cabo()?;
    // Ninguém sabe ainda.
    ana.escrever(parte(&de_ana, 1));
    bia.escrever(parte(&de_bia, 1));
    ana.esperar_linha_com("a conversa com Bia caiu: ")?;
    bia.esperar_linha_com("a conversa com Ana caiu: ")?;
    // Agora sabem.
    ana.escrever(parte(&de_ana, 2));
    bia.escrever(parte(&de_bia, 2));
    rede.repor_cabo()?;
    ana.esperar_linha_com("Bia está de volta, em ")?;
    bia.esperar_linha_com("Ana está de volta, em ")?;
    ana.escrever(parte(&de_ana, 3));
    bia.escrever(parte(&de_bia, 3));
    // Quem ouve uma despedida deixa para a próxima conversa o que ainda não leu da
    // entrada: só se despedem depois de ver tudo.
    bia.esperar_linha_com(&de_ana[4 * LINHAS - 1])?;
    ana.esperar_linha_com(&de_bia[4 * LINHAS - 1])?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(ana, PRAZO)?;
    acabou_bem(bia, PRAZO)?;
    conferir(ana, "Bia", &de_bia)?;
    conferir(bia, "Ana", &de_ana)
}
