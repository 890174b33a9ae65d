//! UDP sem confirmação: o que se conta é exatamente o que a rede fez.

use std::collections::BTreeSet;

use sockets::chat::protocolo::Modo;

use super::bancada::{Bancada, Lado, Visto};
use super::encaminhador::{Contas, Rede};

fn linhas(quem: &str, quantas: usize) -> impl Iterator<Item = String> {
    (0..quantas).map(move |n| format!("{n} {quem} {}", "ção".repeat(n % 40)))
}

/// Uma conversa inteira nos dois sentidos, e o que sobra na rede depois dela.
fn conversa(rede: Rede, semente: u64) -> Bancada {
    let mut bancada = Bancada::nova(Modo::Udp, rede, semente);
    bancada.conversar();
    bancada.ana.entrada.extend(linhas("Ana", 700));
    bancada.bia.entrada.extend(linhas("Bia", 300));
    bancada.sair();
    bancada.segundos(5);
    bancada
}

/// O que um lado contou e mostrou é o que a rede fez.
fn conferir(lado: &Lado, rede: &Contas, mandados: &[String]) {
    let medidas = lado.transporte.medidas();
    let relato = format!("{medidas:?} {:?}", lado.notas());
    assert_eq!(medidas.perdidos, rede.perdidos(), "perdidos: {relato}");
    assert_eq!(medidas.duplicados, rede.copias(), "cópias: {relato}");
    assert_eq!(medidas.fora_de_ordem, rede.atrasados(), "ordem: {relato}");
    assert_eq!(medidas.recebidos, rede.chegaram().len() as u64, "{relato}");

    let ditos: u64 = lado
        .visto
        .iter()
        .map(|visto| match visto {
            Visto::Perdidos(quantos) => *quantos,
            _ => 0,
        })
        .sum();
    let atrasados = lado.quantos(|v| matches!(v, Visto::Atrasado { .. })) as u64;
    assert_eq!(
        ditos - atrasados,
        rede.perdidos(),
        "o que se disse: {relato}"
    );
    assert_eq!(atrasados, rede.atrasados(), "o que se marcou: {relato}");

    let mut mostrados = BTreeSet::new();
    for visto in &lado.visto {
        if let Visto::Texto(texto) | Visto::Atrasado { texto, .. } = visto {
            assert!(mostrados.insert(texto.clone()), "duas vezes: {texto}");
        }
    }
    let chegaram: BTreeSet<String> = rede
        .chegaram()
        .iter()
        .map(|numero| mandados[usize::try_from(*numero).unwrap()].clone())
        .collect();
    assert_eq!(mostrados, chegaram);
}

#[test]
fn as_contas_batem_com_o_que_a_rede_fez() {
    for semente in 0..20 {
        for perda in [0, 5, 30] {
            let bancada = conversa(Rede::ruim(perda), semente);
            let rede = bancada.rede.as_ref().unwrap();
            let da_ana: Vec<String> = linhas("Ana", 700).collect();
            let da_bia: Vec<String> = linhas("Bia", 300).collect();
            conferir(&bancada.bia, &rede.para[1], &da_ana);
            conferir(&bancada.ana, &rede.para[0], &da_bia);
        }
    }
}

#[test]
fn em_uma_rede_boa_nada_se_perde_e_o_outro_diz_que_ouviu_tudo() {
    let bancada = conversa(Rede::BOA, 1);
    let textos: Vec<String> = linhas("Ana", 700).collect();
    assert_eq!(bancada.bia.textos(), textos);
    let ate_logo = Visto::AteLogo {
        enviados: 700,
        recebidos: 700,
    };
    assert!(
        bancada.ana.visto.contains(&ate_logo),
        "{:?}",
        bancada.ana.notas()
    );
    let medidas = bancada.ana.transporte.medidas();
    assert_eq!((medidas.enviados, medidas.confirmados), (700, 700));
}

#[test]
fn a_cauda_perdida_aparece_na_despedida() {
    let mut bancada = Bancada::nova(Modo::Udp, Rede::BOA, 2);
    bancada.conversar();
    bancada.ana.entrada.extend(linhas("Ana", 10));
    bancada.ate("a Bia visse tudo", 5, |b| b.bia.textos().len() == 10);
    bancada.rede().cortada = true;
    bancada.ana.entrada.extend(linhas("Ana", 7));
    bancada.ate("a Ana mandasse tudo", 5, |b| {
        b.ana.entrada.is_empty() && b.ana.transporte.pendentes() == 0
    });
    bancada.rede().cortada = false;
    bancada.sair();
    let notas = bancada.bia.notas();
    assert_eq!(
        notas[1..3],
        [&Visto::Perdidos(7), &Visto::Saiu],
        "{notas:?}"
    );
    assert!(bancada.ana.visto.contains(&Visto::AteLogo {
        enviados: 17,
        recebidos: 10,
    }));
}

#[test]
fn o_que_se_digita_sem_conversa_espera_por_ela() {
    let mut bancada = Bancada::nova(Modo::Udp, Rede::BOA, 3);
    bancada.rede().cortada = true;
    bancada.ana.entrada.extend(linhas("Ana", 20));
    bancada.segundos(30);
    assert_eq!(bancada.ana.transporte.pendentes(), 20);
    bancada.rede().cortada = false;
    bancada.ate("a Bia visse tudo", 5, |b| b.bia.textos().len() == 20);
    assert_eq!(bancada.bia.transporte.medidas().perdidos, 0);
}

#[test]
fn depois_da_queda_a_contagem_continua_e_o_que_se_perdeu_nela_aparece() {
    let mut bancada = Bancada::nova(Modo::Udp, Rede::BOA, 4);
    bancada.conversar();
    bancada.ana.entrada.push_back("antes".into());
    bancada.ate("a Bia visse", 5, |b| b.bia.textos() == ["antes"]);
    bancada.rede().cortada = true;
    bancada
        .ana
        .entrada
        .extend(["perdida", "outra"].map(String::from));
    bancada.ate("os dois caíssem", 20, |b| {
        !b.ana.transporte.conversando() && !b.bia.transporte.conversando()
    });
    bancada.ana.entrada.push_back("depois".into());
    bancada.rede().cortada = false;
    bancada.conversar();
    bancada.ate("a Bia visse", 5, |b| b.bia.textos() == ["antes", "depois"]);
    assert_eq!(bancada.bia.transporte.medidas().perdidos, 2);
    let voltou = |v: &Visto| matches!(v, Visto::Conectou { voltou: true, .. });
    assert_eq!(bancada.bia.quantos(voltou), 1);
    assert_eq!(bancada.ana.quantos(voltou), 1);
}

#[test]
fn quem_reabre_comeca_do_que_ainda_nao_foi_mandado() {
    let mut bancada = Bancada::nova(Modo::Udp, Rede::BOA, 5);
    bancada.conversar();
    bancada.ana.entrada.extend(linhas("Ana", 30));
    bancada.ate("a Bia visse", 5, |b| b.bia.textos().len() == 30);
    bancada.reabrir_bia(Modo::Udp);
    bancada.conversar();
    bancada.segundos(1);
    bancada.ana.entrada.push_back("à nova Bia".into());
    bancada.ate("a nova Bia visse", 5, |b| b.bia.textos() == ["à nova Bia"]);
    assert_eq!(bancada.bia.transporte.medidas().perdidos, 0);
    bancada.sair();
    assert!(bancada.ana.visto.contains(&Visto::AteLogo {
        enviados: 1,
        recebidos: 1,
    }));
}

#[test]
fn quem_desiste_sabe_linha_a_linha_o_que_nao_foi() {
    let mut bancada = Bancada::nova(Modo::Udp, Rede::BOA, 6);
    bancada.rede().cortada = true;
    bancada.ana.entrada.extend(["um", "dois"].map(String::from));
    bancada.ana.sai_no_fim = true;
    bancada.segundos(10);
    assert!(!bancada.ana.transporte.despediu());
    bancada.ana.desistir();
    bancada.segundos(1);
    assert!(bancada.ana.transporte.despediu());
    let nao_entregues: Vec<&Visto> = bancada
        .ana
        .visto
        .iter()
        .filter(|v| matches!(v, Visto::NaoEntregue(..)))
        .collect();
    assert_eq!(
        nao_entregues,
        [
            &Visto::NaoEntregue(0, "um".into()),
            &Visto::NaoEntregue(1, "dois".into())
        ]
    );
}
