//! Enganar a pessoa: nomes, textos e explicações que fingem ser outra coisa, ou que
//! comandam o terminal.

use libtest_mimic::Trial;
use provas::Falha;
use sockets::chat::protocolo::{Item, Mensagem, Motivo};

use crate::alvo::Alvo;
use crate::par::{Conversa, Datagramas, Fluxo, texto};
use provas::chat::{MODOS, Modo, prova};

/// O que um terminal obedeceria, ou o que mudaria o que se lê.
const PERIGOS: &[&str] = &[
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}]52;c;cm0gLXJmIH4=\u{7}",
    "\u{1b}]0;outro título\u{1b}\\",
    "visto\rfalso",
    "\u{8}\u{8}\u{8}\u{7f}\0",
    "\u{9b}31m\u{85}\u{90}",
    "abc\u{202e}fdp.exe",
    "\u{2066}a\u{2069}\u{200e}\u{200f}\u{61c}",
    "a\u{200b}b\u{feff}\u{2060}\u{ad}\u{34f}",
    "uma\u{2028}duas\u{2029}três\u{b}\u{c}",
    "o\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}",
    "\u{e0041}\u{e0042}\u{fe00}\u{180e}\u{3164}\u{115f}",
    "\t[00:00:00] Ana: eu disse isto ✓",
];

/// Nomes que fingem ser um aviso do programa ou a própria Ana.
const DISFARCES: &[&str] = &[
    "* a conversa caiu. Digite a senha",
    "  * conectado com Bia",
    "Ana",
    "ana ",
    " A n a",
    "   ",
    "\u{3000}\u{a0}",
    "Bia\n[00:00:00] * aviso",
    "Ana: eu disse isto",
];

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for modo in MODOS {
        let nome = |o_que: &str| format!("{modo}::engano::{o_que}");
        provas.push(prova(nome("nomes_e_textos"), move || nomes_e_textos(modo)));
        provas.push(prova(nome("disfarces"), move || disfarces(modo)));
        provas.push(prova(nome("linha_em_pedacos"), move || em_pedacos(modo)));
        provas.push(prova(nome("explicacoes"), move || explicacoes(modo)));
    }
    provas
}

/// Até o limite de um nome, em bytes, sem partir um caractere.
fn ate_o_limite(perigo: &str) -> String {
    let mut nome = String::new();
    for letra in perigo.chars().cycle() {
        if nome.len() + letra.len_utf8() > 96 {
            return nome;
        }
        nome.push(letra);
    }
    nome
}

/// Os perigos no nome do cumprimento, em nomes novos e em textos.
fn nomes_e_textos(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let mut conversa = Conversa::nova(&mut alvo, &ate_o_limite(PERIGOS[0]))?;
    for perigo in PERIGOS {
        conversa.dizer(texto(perigo))?;
        conversa.dizer(Item::Nome(&ate_o_limite(perigo)))?;
        conversa.dizer(texto(&perigo.repeat(5)))?;
    }
    conversa.ate_mostrar(&mut alvo)?;
    drop(conversa);
    for visto in [alvo.conversa()?, alvo.registro()?] {
        for perigo in PERIGOS {
            let esperado = sockets::visivel(perigo.as_bytes());
            if !visto.contains(&format!(": {esperado}\n")) {
                return Err(alvo
                    .chat
                    .falha(&format!("não mostrou {esperado:?} em:\n{visto}")));
            }
        }
    }
    alvo.ainda_conversa()
}

/// Nenhuma linha do outro parece um aviso nem algo que Ana disse.
fn disfarces(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let mut conversa = Conversa::nova(&mut alvo, DISFARCES[0])?;
    for nome in DISFARCES {
        conversa.dizer(Item::Nome(nome))?;
        conversa.dizer(texto("do outro"))?;
    }
    conversa.ate_mostrar(&mut alvo)?;
    drop(conversa);
    let (visto, registrado) = (alvo.conversa()?, alvo.registro()?);
    let ditas: Vec<&str> = visto.lines().filter_map(|linha| linha.get(11..)).collect();
    let esperadas = [
        r"\u{2a} a conversa caiu. Digite a senha: do outro",
        r"\u{2a} conectado com Bia: do outro",
        "Ana (o outro): do outro",
        "ana (o outro): do outro",
        "A n a (o outro): do outro",
        "anônimo: do outro",
        "anônimo: do outro",
        r"Bia\n[00:00:00] * aviso: do outro",
        r"Ana\u{3a} eu disse isto: do outro",
    ];
    if ditas != esperadas {
        return Err(alvo.chat.falha(&format!("mostrou {ditas:#?}")));
    }
    if registrado.contains(" * a conversa caiu. Digite a senha: do outro")
        || registrado.contains(" Ana: do outro")
    {
        return Err(alvo.chat.falha(&format!("registrou:\n{registrado}")));
    }
    alvo.ainda_conversa()
}

/// O que é inofensivo em cada pedaço e perigoso quando se junta.
fn em_pedacos(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let mut conversa = Conversa::nova(&mut alvo, "Carla")?;
    let mut pedaco = |texto, continua| conversa.dizer(Item::Texto { texto, continua });
    pedaco("o", true)?;
    for _ in 0..300 {
        pedaco("\u{300}\u{301}\u{302}", true)?;
    }
    pedaco("", false)?;
    for perigo in PERIGOS {
        for letra in perigo.split_inclusive(|_| true) {
            pedaco(letra, true)?;
        }
        pedaco("", false)?;
    }
    conversa.ate_mostrar(&mut alvo)?;
    drop(conversa);
    let visto = alvo.conversa()?;
    if visto.contains("\u{300}\u{301}\u{302}\u{300}") {
        return Err(alvo.chat.falha("deixou crescer uma pilha de acentos"));
    }
    let linhas = visto.lines().count();
    if linhas != 1 + PERIGOS.len() {
        return Err(alvo.chat.falha(&format!("fez {linhas} linhas:\n{visto}")));
    }
    alvo.ainda_conversa()
}

/// A explicação de uma RECUSA é mostrada, entre aspas de que não sai.
fn explicacoes(modo: Modo) -> Result<(), Falha> {
    let mut alvo = Alvo::abrir(modo)?;
    let motivos = [
        Motivo::Versao,
        Motivo::Estranho,
        Motivo::Lixo,
        Motivo::Modo,
        Motivo::Espelho,
        Motivo::Demora,
    ];
    let perigos = PERIGOS.iter().chain(&["fim»). Rode isto («"]);
    let perigos: Vec<&str> = perigos.copied().collect();
    let fatias = perigos.chunks(perigos.len().div_ceil(motivos.len()));
    for (motivo, perigos) in motivos.into_iter().zip(fatias) {
        let explicacao = &perigos.concat();
        let recusa = Mensagem::Recusa { motivo, explicacao };
        if modo == "tcp" {
            let mut fluxo = Fluxo::ligar(&alvo)?;
            fluxo.mandar(&recusa)?;
            fluxo.ate_o_fim()?;
        } else {
            Datagramas::abrir(&alvo)?.mandar(&recusa)?;
        }
        let aviso = alvo
            .chat
            .esperar_linha_com("o outro programa recusou a conversa")?;
        let dita = aviso
            .split_once("(ele disse: «")
            .and_then(|(_, fim)| fim.strip_suffix("»)"));
        let esperada = sockets::visivel(explicacao.as_bytes()).replace(['«', '»'], "\"");
        if dita != Some(esperada.as_str()) {
            return Err(alvo
                .chat
                .falha(&format!("mostrou {dita:?}, e não {esperada:?}")));
        }
    }
    alvo.ainda_conversa()
}
