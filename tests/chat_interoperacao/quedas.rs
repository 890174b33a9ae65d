//! A conversa cai e volta, ou um dos programas é fechado e aberto de novo.

use libtest_mimic::Trial;
use provas::{Falha, Filho};

use crate::corredor::Corredor;
use crate::lado::{
    Lado, MISTOS, MODOS, Modo, Pedido, Python, acabou_bem, conferir, entrada, linhas, mensagens,
    par,
};
use crate::prova;

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for lados in MISTOS.into_iter().chain([[Python, Python]]) {
        let nome = |modo: Modo, o_que: &str| format!("{modo}::{}_{}::{o_que}", lados[0], lados[1]);
        let derruba = usize::from(lados[1] == Python);
        let nome_do_rst = nome("tcp", "python_derruba_com_rst");
        provas.push(prova(nome_do_rst, move || rst(lados, derruba)));
        let nome_do_corte = nome("tcp", "cortes_no_meio_de_quadros");
        provas.push(prova(nome_do_corte, move || cortes(lados)));
        #[cfg(unix)]
        provas.push(prova(nome("tcp", "bia_suspensa"), move || suspensa(lados)));
        for modo in MODOS {
            let nome = nome(modo, "ana_morre_e_volta");
            provas.push(prova(nome, move || reabrir(modo, lados)));
        }
    }
    provas
}

/// Python derruba a conexão com RST no item 0, no 700 e no 1400, sem confirmar o
/// que acabou de ler e com itens dos dois a caminho.
fn rst(lados: [Lado; 2], derruba: usize) -> Result<(), Falha> {
    let pedidos = par("tcp", lados);
    let (de_ana, de_bia) = (linhas("Ana", 2000), linhas("Bia", 2000));
    let mais = |qual| -> &[&str] {
        if qual == derruba {
            &["--derrubar-a-cada", "700"]
        } else {
            &[]
        }
    };
    let mut ana = pedidos[0].abrir(mais(0))?;
    let mut bia = pedidos[1].abrir(mais(1))?;
    ana.escrever(entrada(&de_ana));
    bia.escrever(entrada(&de_bia));
    ana.esperar_linha_com(&de_bia[1999])?;
    bia.esperar_linha_com(&de_ana[1999])?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)?;
    conferir(&bia, "Ana", &de_ana)?;
    conferir(&ana, "Bia", &de_bia)
}

/// O fluxo acaba no meio de um quadro, sem aviso: no cumprimento, nos primeiros
/// itens e mais adiante.
fn cortes(lados: [Lado; 2]) -> Result<(), Falha> {
    let [mut ana, mut bia] = par("tcp", lados);
    // Só Ana liga; a porta para onde Bia liga não existe.
    let cortes = vec![1, 39, 79, 81, 200, 5_000, 40_001];
    let corredor = Corredor::abrir(bia.porta_local, cortes)
        .map_err(|erro| Falha::nova(format!("não abriu o corredor: {erro}")))?;
    ana.porta = corredor.porta;
    bia.porta = provas::porta_livre();
    let (de_ana, de_bia) = (linhas("Ana", 1000), linhas("Bia", 1000));
    let mut ana = ana.abrir(&[])?;
    let mut bia = bia.abrir(&[])?;
    ana.escrever(entrada(&de_ana));
    bia.escrever(entrada(&de_bia));
    ana.esperar_linha_com(&de_bia[999])?;
    bia.esperar_linha_com(&de_ana[999])?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)?;
    conferir(&bia, "Ana", &de_ana)?;
    conferir(&ana, "Bia", &de_bia)
}

/// Ana é morta no meio da conversa, sem despedida, e aberta de novo. O que Bia diz
/// depois disso chega à segunda Ana, e o que a segunda diz chega a Bia.
fn reabrir(modo: Modo, lados: [Lado; 2]) -> Result<(), Falha> {
    let [ana, bia] = par(modo, lados);
    let mut bia = bia.abrir(&[])?;
    let mut primeira = ana.abrir(&[])?;
    primeira.escrever("sou a primeira\n");
    bia.escrever("oi\n");
    bia.esperar_linha_com("Ana: sou a primeira")?;
    primeira.esperar_linha_com("Bia: oi")?;
    primeira.matar();
    drop(primeira);
    let mut segunda = ana.abrir(&[])?;
    segunda.esperar_linha_com("conectado com Bia")?;
    segunda.escrever("sou a segunda\n");
    bia.esperar_linha_com("Ana: sou a segunda")?;
    bia.escrever("oi de novo\n");
    segunda.esperar_linha_com("Bia: oi de novo")?;
    segunda.fechar_entrada();
    bia.esperar_linha_com("Ana saiu")?;
    bia.fechar_entrada();
    acabou_bem(&mut segunda)?;
    acabou_bem(&mut bia)?;
    // A confirmação do primeiro `oi` pode ter morrido com a primeira Ana.
    let vistas = mensagens(&segunda, "Bia");
    if vistas == ["oi de novo"] || vistas == ["oi", "oi de novo"] {
        Ok(())
    } else {
        Err(segunda.falha("não mostrou de Bia o que devia"))
    }
}

/// Bia é suspensa (Ctrl-Z), Ana conversa com outro programa do mesmo computador, e
/// Bia continua (`fg`). Para Ana ela é uma velha conhecida, mas já há itens que Bia
/// não viu e que nunca mais vão: Bia espera o número que o OLÁ de Ana diz.
#[cfg(unix)]
fn suspensa(lados: [Lado; 2]) -> Result<(), Falha> {
    use rustix::process::Signal;

    let [ana, bia] = par("tcp", lados);
    let outra = Pedido {
        nome: "Outra",
        porta_local: provas::porta_livre(),
        ..bia
    };
    let mut ana = ana.abrir(&[])?;
    let mut bia = bia.abrir(&[])?;
    ana.escrever("para Bia\n");
    bia.esperar_linha_com("Ana: para Bia")?;
    sinalizar(&bia, Signal::STOP)?;
    let mut outra = outra.abrir(&[])?;
    // Só se anuncia uma conversa que as duas adotaram.
    outra.esperar_linha_com("conectado com Ana")?;
    ana.escrever("para a outra\n");
    outra.esperar_linha_com("Ana: para a outra")?;
    outra.fechar_entrada();
    acabou_bem(&mut outra)?;
    sinalizar(&bia, Signal::CONT)?;
    ana.escrever("para Bia, de novo\n");
    bia.esperar_linha_com("Ana: para Bia, de novo")?;
    bia.escrever("oi, Ana\n");
    ana.esperar_linha_com("Bia: oi, Ana")?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)?;
    let textos = ["para Bia".to_string(), "para Bia, de novo".to_string()];
    conferir(&bia, "Ana", &textos)
}

#[cfg(unix)]
fn sinalizar(chat: &Filho, sinal: rustix::process::Signal) -> Result<(), Falha> {
    let pid = i32::try_from(chat.pid()).ok();
    let pid = pid.and_then(rustix::process::Pid::from_raw);
    let pid = pid.ok_or_else(|| chat.falha("não tem número de processo"))?;
    rustix::process::kill_process(pid, sinal)
        .map_err(|erro| chat.falha(&format!("não recebeu o sinal: {erro}")))
}
