//! UDP em redes que perdem, repetem e trocam a ordem.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use libtest_mimic::Trial;
use provas::{Falha, Filho};
use regex::Regex;

use crate::estrada::{ATE_LOGO, Estrada, ITEM, Regra, TCHAU, tipo};
use crate::lado::{
    Lado, MISTOS, Modo, Pedido, Python, acabou_bem, conferir, entrada, linhas, mensagens, par,
};
use crate::prova;

pub fn provas() -> Vec<Trial> {
    let mut provas = Vec::new();
    for lados in MISTOS.into_iter().chain([[Python, Python]]) {
        let nome = |modo: Modo, o_que: &str| format!("{modo}::{}_{}::{o_que}", lados[0], lados[1]);
        let nome_do_ruim = nome("udp-confiavel", "rede_muito_ruim");
        provas.push(prova(nome_do_ruim, move || confiavel(lados)));
        provas.push(prova(nome("udp", "um_em_cinco_se_perde"), move || {
            perdas(lados)
        }));
        for modo in ["udp", "udp-confiavel"] {
            let nome_da_despedida = nome(modo, "a_despedida_se_perde");
            provas.push(prova(nome_da_despedida, move || despedida(modo, lados)));
        }
    }
    for lados in MISTOS {
        let nome = format!(
            "udp-confiavel::{}_{}::a_rede_some_e_volta",
            lados[0], lados[1]
        );
        provas.push(prova(nome, move || some_e_volta(lados)));
    }
    provas
}

/// Ana e Bia com uma estrada no meio.
fn com_estrada(
    modo: Modo,
    lados: [Lado; 2],
    regras: [Box<dyn Regra>; 2],
) -> Result<([Pedido; 2], Estrada), Falha> {
    let [mut ana, mut bia] = par(modo, lados);
    let estrada = Estrada::abrir([ana.porta_local, bia.porta_local], regras)?;
    ana.porta = estrada.porta;
    bia.porta = estrada.porta;
    Ok(([ana, bia], estrada))
}

/// Perde um datagrama em cinco, repete um em dez e atrasa um em dez, por uma
/// sequência que é sempre a mesma (um gerador congruente, com esta semente).
struct Ruim {
    semente: u64,
    atrasado: Option<Vec<u8>>,
}

impl Regra for Ruim {
    fn passar(&mut self, datagrama: &[u8]) -> Vec<Vec<u8>> {
        self.semente = self
            .semente
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let datagrama = datagrama.to_vec();
        match (self.semente >> 33) % 10 {
            0 | 1 => vec![],
            2 => vec![datagrama.clone(), datagrama],
            3 => self.atrasado.replace(datagrama).into_iter().collect(),
            _ => {
                let solto = self.atrasado.take();
                std::iter::once(datagrama).chain(solto).collect()
            }
        }
    }

    fn soltar(&mut self) -> Option<Vec<u8>> {
        self.atrasado.take()
    }
}

fn ruim(semente: u64) -> Box<dyn Regra> {
    Box::new(Ruim {
        semente,
        atrasado: None,
    })
}

fn confiavel(lados: [Lado; 2]) -> Result<(), Falha> {
    let ([ana, bia], _estrada) = com_estrada("udp-confiavel", lados, [ruim(7), ruim(11)])?;
    let (de_ana, de_bia) = (linhas("Ana", 1500), linhas("Bia", 1500));
    let mut ana = ana.abrir(&[])?;
    let mut bia = bia.abrir(&[])?;
    ana.escrever(entrada(&de_ana));
    bia.escrever(entrada(&de_bia));
    bia.esperar_linha_com(&de_ana[1499])?;
    ana.esperar_linha_com(&de_bia[1499])?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)?;
    conferir(&bia, "Ana", &de_ana)?;
    conferir(&ana, "Bia", &de_bia)
}

/// Em udp, de cada cinco itens um se perde, um chega duas vezes e um se atrasa.
fn um_em_cinco() -> Box<dyn Regra> {
    let mut itens = 0_u32;
    let mut atrasado: Option<Vec<u8>> = None;
    Box::new(move |datagrama: &[u8]| {
        let datagrama = datagrama.to_vec();
        if tipo(&datagrama) != ITEM {
            return vec![datagrama];
        }
        itens += 1;
        match itens % 5 {
            1 => vec![],
            2 => vec![datagrama.clone(), datagrama],
            3 => atrasado.replace(datagrama).into_iter().collect(),
            _ => std::iter::once(datagrama).chain(atrasado.take()).collect(),
        }
    })
}

/// Nada se perde sem que se diga: os dois contam, no fim, o que faltou.
fn perdas(lados: [Lado; 2]) -> Result<(), Falha> {
    let regras = [um_em_cinco(), um_em_cinco()];
    let ([ana, bia], _estrada) = com_estrada("udp", lados, regras)?;
    let mut ana = ana.abrir(&[])?;
    let mut bia = bia.abrir(&[])?;
    ana.esperar_linha_com("conectado com Bia")?;
    bia.esperar_linha_com("conectado com Ana")?;
    let (de_ana, de_bia) = (linhas("Ana", 50), linhas("Bia", 50));
    ana.escrever(entrada(&de_ana));
    bia.escrever(entrada(&de_bia));
    // O último item, o de número 49, passa.
    bia.esperar_linha_com(&de_ana[49])?;
    ana.esperar_linha_com(&de_bia[49])?;
    ana.fechar_entrada();
    bia.esperar_linha_com("Ana saiu")?;
    bia.fechar_entrada();
    // 1, 6, … 46 se perdem; 3 vem depois de 4, 8 depois de 9.
    let chegam = |textos: &[String]| -> Vec<String> {
        let ordem = (0..50)
            .step_by(5)
            .flat_map(|n| [n + 1, n + 3, n + 2, n + 4]);
        ordem.map(|n| textos[n].clone()).collect()
    };
    conferir_com_perdas(&mut ana, lados[0], "Bia", &chegam(&de_bia))?;
    conferir_com_perdas(&mut bia, lados[1], "Ana", &chegam(&de_ana))?;
    // Só quem se despediu ouve, no ATÉ LOGO, quantos chegaram.
    ana.esperar_fim()?;
    let contou = Regex::new("Bia recebeu 40 de 50").expect("escrita aqui");
    if contou.is_match(&ana.tudo()) && ana.codigo() == Some(1) {
        Ok(())
    } else {
        Err(ana.falha("não contou o que Bia deixou de receber"))
    }
}

fn conferir_com_perdas(
    chat: &mut Filho,
    lado: Lado,
    quem: &str,
    textos: &[String],
) -> Result<(), Falha> {
    chat.esperar_fim()?;
    conferir(chat, quem, textos)?;
    if lado == Python && !chat.tudo().contains("40 itens recebidos, 10 perdidos") {
        return Err(chat.falha("não contou os perdidos"));
    }
    Ok(())
}

/// Perdem-se o primeiro TCHAU e os dois primeiros ATÉ LOGO de cada sentido.
fn despedida(modo: Modo, lados: [Lado; 2]) -> Result<(), Falha> {
    let regra = || -> Box<dyn Regra> {
        let (mut tchaus, mut respostas) = (0, 0);
        Box::new(move |datagrama: &[u8]| {
            let perde = match tipo(datagrama) {
                TCHAU => {
                    tchaus += 1;
                    tchaus <= 1
                }
                ATE_LOGO => {
                    respostas += 1;
                    respostas <= 2
                }
                _ => false,
            };
            if perde {
                vec![]
            } else {
                vec![datagrama.to_vec()]
            }
        })
    };
    let ([ana, bia], _estrada) = com_estrada(modo, lados, [regra(), regra()])?;
    let mut bia = bia.so_ouvir()?;
    let mut ana = ana.abrir(&[])?;
    ana.escrever("oi\n");
    ana.fechar_entrada();
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)?;
    conferir(&bia, "Ana", &["oi".into()])?;
    if mensagens(&ana, "Bia").is_empty() {
        Ok(())
    } else {
        Err(ana.falha("mostrou o que Bia não disse"))
    }
}

/// A rede some até os dois darem pela falta um do outro, e volta: é a mesma
/// conversa, e nada do que se digitou no escuro se perde ou se repete.
fn some_e_volta(lados: [Lado; 2]) -> Result<(), Falha> {
    let no_ar = Arc::new(AtomicBool::new(true));
    let regra = || -> Box<dyn Regra> {
        let no_ar = Arc::clone(&no_ar);
        Box::new(move |datagrama: &[u8]| {
            if no_ar.load(Ordering::SeqCst) {
                vec![datagrama.to_vec()]
            } else {
                vec![]
            }
        })
    };
    let ([ana, bia], _estrada) = com_estrada("udp-confiavel", lados, [regra(), regra()])?;
    let mut ana = ana.abrir(&[])?;
    let mut bia = bia.abrir(&[])?;
    ana.escrever("antes\n");
    bia.escrever("antes\n");
    ana.esperar_linha_com("Bia: antes")?;
    bia.esperar_linha_com("Ana: antes")?;
    no_ar.store(false, Ordering::SeqCst);
    ana.escrever("no escuro\n");
    bia.escrever("no escuro\n");
    ana.esperar_linha_com("caiu")?;
    bia.esperar_linha_com("caiu")?;
    no_ar.store(true, Ordering::SeqCst);
    ana.esperar_linha_com("Bia: no escuro")?;
    bia.esperar_linha_com("Ana: no escuro")?;
    ana.fechar_entrada();
    bia.fechar_entrada();
    acabou_bem(&mut ana)?;
    acabou_bem(&mut bia)?;
    let textos = ["antes".to_string(), "no escuro".to_string()];
    conferir(&ana, "Bia", &textos)?;
    conferir(&bia, "Ana", &textos)
}
