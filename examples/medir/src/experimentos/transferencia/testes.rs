//! As transferências onde não há espaços de rede: por um procurador, só o UDP.

use super::*;
use crate::laboratorio::Laboratorio;
use crate::resultados::{Interrompido, Valor};

fn condicao(protocolo: Protocolo) -> Condicao {
    Condicao {
        protocolo,
        bytes: 20_000,
        carga: 1000,
        ida_e_volta: Duration::from_millis(2),
        porcento: 5.0,
        gargalo: None,
        buffer: None,
    }
}

fn medir_com(
    protocolo: Protocolo,
    interrompido: &dyn Fn() -> bool,
) -> Result<Medida> {
    let laboratorio = Laboratorio::por_procurador();
    let contexto = Contexto {
        laboratorio: &laboratorio,
        semente: 3,
        interrompido,
    };
    medir(&contexto, &condicao(protocolo))
}

#[test]
fn por_procurador_o_udp_se_mede_sem_o_que_so_o_nucleo_sabe() {
    let medida = medir_com(Protocolo::UdpJanela(16), &|| false).unwrap();
    assert_eq!(medida.mandada, medida.entregue);
    assert!(medida.segmentos >= 20);
    let arq = medida.arq.unwrap();
    assert_eq!((arq.sem_buffer, arq.conta_fecha), (None, None));
    let linha = linhas::linha(NOME, 1, 3, &medida);
    let campo = |nome| {
        let campos = &linha.campos;
        campos.iter().find(|(n, _)| *n == nome).unwrap().1.clone()
    };
    assert_eq!(campo("sem_buffer"), Valor::Ausente);
    assert_eq!(campo("conta_fecha"), Valor::Ausente);
    assert_eq!(campo("janela"), Valor::Inteiro(16));
}

#[test]
fn por_procurador_o_tcp_se_explica() {
    let erro = medir_com(Protocolo::Tcp("reno"), &|| false).unwrap_err();
    assert!(erro.to_string().contains("TCP"), "{erro}");
}

#[test]
fn quem_manda_parar_e_atendido() {
    let erro = medir_com(Protocolo::UdpJanela(16), &|| true).unwrap_err();
    assert!(erro.is::<Interrompido>(), "{erro}");
}

#[test]
fn os_passos_sao_todas_as_condicoes_de_cada_rodada() {
    let pedido = Pedido {
        janelas: vec![1, 2],
        congestionamentos: vec!["reno"],
        perdas: vec![0.0, 1.0],
        rodadas: 2,
        ..Pedido::completo()
    };
    let chaves: std::collections::BTreeSet<String> = passos(&pedido)
        .into_iter()
        .map(|passo| passo.chave)
        .collect();
    assert_eq!(chaves.len(), 2 * 2 * 3);
}
