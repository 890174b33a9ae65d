//! UDP confiável: todas as linhas, uma vez e em ordem, faça a rede o que fizer.

use std::time::Duration;

use sockets::chat::protocolo::Modo;

use super::bancada::{Bancada, Visto};
use super::encaminhador::Rede;

/// Linhas de todos os tamanhos, algumas com a continuação na próxima.
fn linhas(quem: &str, quantas: usize) -> Vec<String> {
    (0..quantas)
        .map(|n| {
            let tamanho = [0, 1, 3, 40, 700, 980][n % 6];
            let continua = if n % 17 == 3 { "…" } else { "" };
            format!("{n} {quem} {}{continua}", "x".repeat(tamanho))
        })
        .collect()
}

/// Quem sai não espera pelo que o outro ainda vai digitar: é preciso que os dois
/// tenham acabado.
fn tudo_entregue(bancada: &mut Bancada, da_ana: usize, da_bia: usize) {
    bancada.ate("tudo chegasse", 3600, |b| {
        b.bia.textos().len() == da_ana && b.ana.textos().len() == da_bia
    });
}

/// Uma conversa inteira nos dois sentidos.
fn conversa(rede: Rede, semente: u64, quantas: usize) {
    let mut bancada = Bancada::nova(Modo::UdpConfiavel, rede, semente);
    let (da_ana, da_bia) = (linhas("Ana", quantas), linhas("Bia", quantas / 3));
    bancada.ana.entrada.extend(da_ana.clone());
    bancada.bia.entrada.extend(da_bia.clone());
    tudo_entregue(&mut bancada, da_ana.len(), da_bia.len());
    bancada.sair();
    for (lado, mandou, recebeu) in [
        (&bancada.ana, &da_ana, &da_bia),
        (&bancada.bia, &da_bia, &da_ana),
    ] {
        assert_eq!(&lado.textos(), recebeu, "{:?}", lado.notas());
        let medidas = lado.transporte.medidas();
        let total = mandou.len() as u64;
        assert_eq!(medidas.enviados, total);
        assert_eq!(medidas.confirmados, total);
        assert_eq!(medidas.recebidos, recebeu.len() as u64);
        assert_eq!(lado.transporte.pendentes(), 0);
        assert_eq!(lado.quantos(|v| *v == Visto::Entregue(total)), 1);
        assert_eq!(lado.quantos(|v| matches!(v, Visto::Perdidos(_))), 0);
    }
}

#[test]
fn sem_perdas() {
    conversa(Rede::BOA, 0, 3000);
}

#[test]
fn sem_perdas_com_duplicacao_e_reordenacao() {
    for semente in 0..4 {
        conversa(Rede::ruim(0), semente, 1000);
    }
}

#[test]
fn com_5_por_cento_de_perda() {
    for semente in 0..4 {
        conversa(Rede::ruim(5), semente, 1000);
    }
}

#[test]
fn com_30_por_cento_de_perda() {
    for semente in 0..10 {
        conversa(Rede::ruim(30), semente, 600);
    }
}

#[test]
fn com_uma_rede_lenta() {
    let rede = Rede {
        atraso: Duration::from_millis(400),
        ..Rede::ruim(10)
    };
    conversa(rede, 1, 600);
}

#[test]
fn uma_queda_no_meio_nao_perde_nem_repete_nada() {
    for semente in 0..4 {
        let mut bancada = Bancada::nova(Modo::UdpConfiavel, Rede::ruim(10), semente);
        let (da_ana, da_bia) = (linhas("Ana", 400), linhas("Bia", 400));
        bancada.ana.entrada.extend(da_ana.clone());
        bancada.bia.entrada.extend(da_bia.clone());
        bancada.ate("a Bia visse alguma coisa", 60, |b| {
            b.bia.textos().len() > 50
        });
        bancada.rede().cortada = true;
        bancada.ate("os dois caíssem", 30, |b| {
            !b.ana.transporte.conversando() && !b.bia.transporte.conversando()
        });
        bancada.segundos(60);
        bancada.rede().cortada = false;
        tudo_entregue(&mut bancada, da_ana.len(), da_bia.len());
        bancada.sair();
        assert_eq!(bancada.bia.textos(), da_ana);
        assert_eq!(bancada.ana.textos(), da_bia);
        for lado in [&bancada.ana, &bancada.bia] {
            let caiu = lado.quantos(|v| matches!(v, Visto::Caiu(_)));
            assert_eq!(caiu, 1, "{:?}", lado.notas());
        }
    }
}

#[test]
fn um_silencio_menor_que_o_prazo_nao_e_queda() {
    let mut bancada = Bancada::nova(Modo::UdpConfiavel, Rede::BOA, 9);
    bancada.conversar();
    bancada.ana.entrada.push_back("antes".into());
    bancada.rede().cortada = true;
    bancada.segundos(5);
    bancada.rede().cortada = false;
    bancada.ate("a Bia visse", 10, |b| b.bia.textos() == ["antes"]);
    assert_eq!(bancada.ana.quantos(|v| matches!(v, Visto::Caiu(_))), 0);
}

#[test]
fn o_programa_novo_recebe_o_que_o_anterior_nao_confirmou() {
    let mut bancada = Bancada::nova(Modo::UdpConfiavel, Rede::BOA, 10);
    bancada.conversar();
    bancada.ana.entrada.push_back("confirmada".into());
    bancada.ate("fosse confirmada", 5, |b| {
        b.ana.visto.contains(&Visto::Entregue(1))
    });
    bancada.rede().cortada = true;
    bancada
        .ana
        .entrada
        .extend(["uma", "duas", "três"].map(String::from));
    bancada.segundos(1);
    bancada.reabrir_bia(Modo::UdpConfiavel);
    bancada.rede().cortada = false;
    bancada.ate("a nova Bia visse tudo", 30, |b| {
        b.bia.textos() == ["uma", "duas", "três"]
    });
    bancada.ate("fosse confirmado", 5, |b| b.ana.transporte.pendentes() == 0);
    bancada.bia.entrada.push_back("cheguei".into());
    bancada.ate("a Ana visse", 5, |b| b.ana.textos() == ["cheguei"]);
    let nova = |v: &Visto| matches!(v, Visto::Conectou { voltou: false, .. });
    assert_eq!(bancada.ana.quantos(nova), 2, "{:?}", bancada.ana.notas());
}

#[test]
fn quem_fica_acaba_de_mandar_antes_de_responder_a_despedida() {
    let mut bancada = Bancada::nova(Modo::UdpConfiavel, Rede::ruim(20), 11);
    bancada.conversar();
    let da_bia = linhas("Bia", 200);
    bancada.bia.entrada.extend(da_bia.clone());
    bancada.ana.sai_no_fim = true;
    bancada.ate("a Ana saísse", 120, |b| b.ana.transporte.despediu());
    let vistos = bancada.ana.textos().len();
    assert_eq!(bancada.ana.textos(), da_bia[..vistos]);
    bancada.segundos(10);
    let pendentes = usize::try_from(bancada.bia.transporte.pendentes()).unwrap();
    assert_eq!(
        vistos + pendentes,
        da_bia.len(),
        "{:?}",
        bancada.bia.notas()
    );
    assert_eq!(bancada.bia.quantos(|v| *v == Visto::Saiu), 1);
    assert!(!bancada.bia.transporte.conversando());
}

#[test]
fn o_que_sobra_da_despedida_do_outro_vai_ao_proximo() {
    let mut bancada = Bancada::nova(Modo::UdpConfiavel, Rede::BOA, 12);
    bancada.conversar();
    bancada.ana.sai_no_fim = true;
    bancada.ate("a Bia soubesse", 10, |b| b.bia.visto.contains(&Visto::Saiu));
    bancada.bia.entrada.push_back("ainda aí?".into());
    bancada.segundos(5);
    assert_eq!(bancada.bia.transporte.pendentes(), 1);
    bancada.reabrir_ana(Modo::UdpConfiavel);
    bancada.ate("a nova Ana visse", 10, |b| b.ana.textos() == ["ainda aí?"]);
}
