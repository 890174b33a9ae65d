//! A despedida: com tudo entregue, com resposta, e sem esperar para sempre.

use std::time::Duration;

use provas::porta_livre;
use sockets::chat::protocolo::{Mensagem, Motivo};
use sockets::chat::tcp::escutar;
use sockets::chat::transporte::{Acontecimento, Transporte};

use super::hostil::{Hostil, texto};
use super::lado::{Lado, Visto, juntos, local, prazos};

/// Dois que conversam. Quem fica insiste na porta de quem saiu: ela é de uma faixa em
/// que o sistema não põe a escuta de outra prova.
fn par_de_lados() -> (Lado, Lado) {
    let (porta_a, porta_b) = (porta_livre(), porta_livre());
    let abrir = |minha: u16, dela: u16, sessao: u64| {
        let escuta = escutar(local(minha)).unwrap();
        Lado::abrir(escuta, dela, sessao, prazos())
    };
    let mut a = abrir(porta_a, porta_b, 1);
    let mut b = abrir(porta_b, porta_a, 2);
    juntos(&mut a, &mut b, |a, b| {
        a.tcp.conversando() && b.tcp.conversando()
    });
    (a, b)
}

#[test]
fn quem_sai_entrega_tudo_antes_e_o_outro_sabe() {
    let (mut a, mut b) = par_de_lados();
    for n in 0..1000 {
        a.dizer(&n.to_string());
    }
    a.despedir();
    a.despedir();
    b.dizer("ainda a caminho");
    juntos(&mut a, &mut b, |a, b| a.tcp.despediu() && b.saiu());
    assert_eq!(b.textos().len(), 1000);
    assert_eq!(a.textos(), ["ainda a caminho"]);
    assert!(!b.tcp.conversando());
    assert!(!a.saiu() && !a.caiu() && !b.caiu(), "{a:#?} {b:#?}");
    drop(a);
    // Que ninguém atenda depois da despedida não é notícia.
    for _ in 0..50 {
        b.volta(Duration::from_millis(1));
    }
    assert!(!b.vistos.iter().any(|v| matches!(v, Visto::SemResposta(_))));
}

#[test]
fn o_que_ja_estava_digitado_do_outro_lado_chega_a_quem_sai() {
    let (mut a, mut b) = par_de_lados();
    a.despedir();
    for n in 0..5000 {
        b.dizer(&n.to_string());
    }
    juntos(&mut a, &mut b, |a, b| a.tcp.despediu() && b.saiu());
    assert_eq!(a.textos().len(), 5000);
    assert_eq!(b.tcp.pendentes(), 0);
}

#[test]
fn os_dois_podem_sair_ao_mesmo_tempo() {
    for adiante in 0..20 {
        let (mut a, mut b) = par_de_lados();
        a.dizer("de a");
        b.dizer("de b");
        a.despedir();
        for _ in 0..adiante {
            a.volta(Duration::ZERO);
        }
        b.despedir();
        juntos(&mut a, &mut b, |a, b| a.tcp.despediu() && b.tcp.despediu());
        assert_eq!((a.textos().len(), b.textos().len()), (1, 1));
        assert!(!a.caiu() && !b.caiu(), "{a:#?} {b:#?}");
        assert_eq!(a.tcp.pendentes() + b.tcp.pendentes(), 0);
    }
}

#[test]
fn o_que_se_digita_depois_do_tchau_fica_para_a_proxima_conversa() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    lado.dizer("antes");
    par.mandar(&Mensagem::Tchau { enviados: 0 }, &mut lado);
    lado.ate(|lado| lado.saiu());
    lado.dizer("depois");
    par.ate_chegar("Item { numero: 0", &mut lado);
    assert!(!par.viu("AteLogo"), "{:?}", par.chegou);
    par.mandar(&Mensagem::Confirma { recebidos: 1 }, &mut lado);
    par.ate(&mut lado, |par, _| par.acabou);
    assert!(par.viu("AteLogo"), "{:?}", par.chegou);
    assert!(!par.viu("Item { numero: 1"), "{:?}", par.chegou);
    assert_eq!(lado.tcp.pendentes(), 1);
    let mut outro = Hostil::ligar(porta);
    outro.conversar(2, &mut lado);
    outro.ate_chegar("Item { numero: 1", &mut lado);
}

#[test]
fn depois_do_proprio_tchau_nao_vai_mais_nada() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    lado.despedir();
    par.ate_chegar("Tchau { enviados: 0 }", &mut lado);
    lado.dizer("tarde");
    par.mandar(&Mensagem::AteLogo { recebidos: 0 }, &mut lado);
    par.ate(&mut lado, |par, _| par.acabou);
    assert!(!par.viu("Item"), "{:?}", par.chegou);
    assert_eq!(lado.tcp.pendentes(), 1);
}

#[test]
fn quem_diz_tchau_e_nao_confirma_nada_nao_segura_a_vaga() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    lado.dizer("zero");
    par.ate_chegar("Item { numero: 0", &mut lado);
    par.mandar(&Mensagem::Tchau { enviados: 0 }, &mut lado);
    lado.ate(|lado| lado.saiu());
    lado.adiantar(prazos().despedida);
    // Dá sinal de vida, mas não confirma.
    par.chegou.clear();
    par.mandar(&Mensagem::Ping { marca: 1 }, &mut lado);
    par.ate(&mut lado, |par, _| par.acabou);
    assert!(!lado.caiu() && !lado.tcp.conversando(), "{lado:?}");
    assert_eq!(lado.tcp.pendentes(), 1);
    let mut novo = Hostil::ligar(porta);
    novo.conversar(2, &mut lado);
    novo.ate_chegar("Item { numero: 0", &mut lado);
}

#[test]
fn quem_nao_responde_ao_tchau_nao_segura_ninguem() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    lado.despedir();
    par.ate_chegar("Tchau { enviados: 0 }", &mut lado);
    assert!(!lado.tcp.despediu());
    lado.adiantar(prazos().despedida);
    lado.ate(|lado| lado.tcp.despediu());
    assert!(!lado.caiu(), "{lado:?}");
}

#[test]
fn quem_sai_continua_a_receber_enquanto_houver_progresso() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    lado.despedir();
    par.ate_chegar("Tchau", &mut lado);
    for numero in 0..100 {
        par.mandar(&texto(numero, "ainda"), &mut lado);
    }
    par.mandar(&Mensagem::AteLogo { recebidos: 0 }, &mut lado);
    par.ate(&mut lado, |par, _| par.acabou);
    assert!(par.viu("Confirma { recebidos: 100 }"), "{:?}", par.chegou);
    assert_eq!(lado.textos().len(), 100);
    // Quem sai espera que o outro feche: sem isso, um RST apagaria a despedida.
    assert!(!lado.tcp.despediu());
    drop(par);
    lado.ate(|lado| lado.tcp.despediu());
}

#[test]
fn sem_conversa_e_sem_nada_a_dizer_se_sai_na_hora() {
    let (mut lado, _) = Lado::sozinho(prazos());
    lado.despedir();
    assert!(lado.tcp.despediu());
}

#[test]
fn sem_conversa_e_com_algo_a_dizer_se_continua_a_ligar() {
    let (porta_a, porta_b) = (porta_livre(), porta_livre());
    let mut a = Lado::abrir(escutar(local(porta_a)).unwrap(), porta_b, 1, prazos());
    a.dizer("para quem vier");
    a.despedir();
    a.ate(|a| !a.vistos.is_empty());
    assert!(!a.tcp.despediu());
    let mut b = Lado::abrir(escutar(local(porta_b)).unwrap(), porta_a, 2, prazos());
    juntos(&mut a, &mut b, |a, b| a.tcp.despediu() && b.saiu());
    assert_eq!(b.textos(), ["para quem vier"]);
}

#[test]
fn o_que_nao_se_entrega_e_contado_linha_a_linha() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    lado.dizer("zero");
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    par.ate_chegar("Item { numero: 0", &mut lado);
    par.mandar(&Mensagem::Confirma { recebidos: 1 }, &mut lado);
    lado.ate(|lado| lado.viu(&Visto::Entregue(1)));
    lado.dizer("um");
    lado.dizer("dois");
    lado.despedir();
    par.ate_chegar("Item { numero: 2", &mut lado);
    assert!(!lado.tcp.despediu());
    let mut sobraram = Vec::new();
    lado.tcp.desistir(&mut |acontecimento| match acontecimento {
        Acontecimento::NaoEntregue { numero, .. } => sobraram.push(numero),
        outro => panic!("{outro:?}"),
    });
    assert_eq!(sobraram, [1, 2]);
    assert!(lado.tcp.despediu());
    // Um TCHAU agora diria que tudo foi entregue.
    par.ate(&mut lado, |par, _| par.acabou);
    assert!(!par.viu("Tchau"), "{:?}", par.chegou);
}

#[test]
fn uma_despedida_que_nao_faz_sentido_e_recusada() {
    for despedida in [
        Mensagem::Tchau { enviados: 1 },
        Mensagem::AteLogo { recebidos: 0 },
    ] {
        let (mut lado, porta) = Lado::sozinho(prazos());
        let mut par = Hostil::ligar(porta);
        par.conversar(1, &mut lado);
        par.mandar(&despedida, &mut lado);
        par.ate_recusar(Motivo::Lixo, &mut lado);
        assert!(lado.caiu() && !lado.saiu());
    }
    for depois in [Mensagem::Tchau { enviados: 0 }, texto(0, "tarde")] {
        let (mut lado, porta) = Lado::sozinho(prazos());
        lado.dizer("pendente");
        let mut par = Hostil::ligar(porta);
        par.conversar(1, &mut lado);
        par.mandar(&Mensagem::Tchau { enviados: 0 }, &mut lado);
        par.mandar(&depois, &mut lado);
        par.ate_recusar(Motivo::Lixo, &mut lado);
        assert!(lado.textos().is_empty());
    }
}
