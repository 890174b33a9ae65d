//! Conexões que morrem no meio, e a conversa que continua de onde estava.

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

use provas::porta_livre;
use sockets::chat::protocolo::{Mensagem, Modo, Motivo, Sessao};
use sockets::chat::tcp::escutar;
use sockets::chat::transporte::Transporte;

use super::corredor::Corredor;
use super::hostil::{Hostil, ola, quadro, texto};
use super::lado::{Lado, Visto, escuta, juntos, local, prazos};

/// Dois programas que só se alcançam por um corredor: `a` liga para ele, e `b` liga
/// para onde ninguém atende.
fn com_corredor(sessoes: (u64, u64)) -> (Lado, Lado, Corredor) {
    let ((escuta_a, _), (escuta_b, porta_b)) = (escuta(), escuta());
    let (escuta_do_meio, porta_do_meio) = escuta();
    let a = Lado::abrir(escuta_a, porta_do_meio, sessoes.0, prazos());
    let b = Lado::abrir(escuta_b, porta_livre(), sessoes.1, prazos());
    (a, b, Corredor::novo(escuta_do_meio, porta_b))
}

fn ate(
    a: &mut Lado,
    b: &mut Lado,
    corredor: &mut Corredor,
    mut chegam: impl FnMut(&mut Lado, &mut Lado, &mut Corredor) -> bool,
) {
    juntos(a, b, |a, b| {
        corredor.volta();
        chegam(a, b, corredor)
    });
}

fn numeradas(de: &str, quantas: u64) -> Vec<String> {
    (0..quantas).map(|n| format!("{de} {n}")).collect()
}

#[test]
fn um_corte_depois_de_qualquer_byte_nao_perde_nem_repete_nada() {
    // Até 700 bytes em cada sentido: o cumprimento e todas as linhas.
    for (sentido, sessoes) in [(0, (1, 2)), (0, (2, 1)), (1, (1, 2)), (1, (2, 1))] {
        for byte in (0..700).step_by(7) {
            let (mut a, mut b, mut corredor) = com_corredor(sessoes);
            corredor.restam[sentido] = Some(byte);
            let (de_a, de_b) = (numeradas("a", 20), numeradas("b", 20));
            for n in 0..20 {
                a.dizer(&de_a[n]);
                b.dizer(&de_b[n]);
                if n % 5 == 0 {
                    a.volta(Duration::ZERO);
                    b.volta(Duration::ZERO);
                    corredor.volta();
                }
            }
            ate(&mut a, &mut b, &mut corredor, |a, b, _| {
                a.tcp.pendentes() + b.tcp.pendentes() == 0
            });
            assert_eq!(a.textos(), de_b, "{sentido} {sessoes:?} {byte}");
            assert_eq!(b.textos(), de_a, "{sentido} {sessoes:?} {byte}");
        }
    }
}

#[test]
fn muitas_quedas_seguidas_nao_perdem_nem_repetem_nada() {
    let (mut a, mut b, mut corredor) = com_corredor((1, 2));
    let (de_a, de_b) = (numeradas("a", 4000), numeradas("b", 4000));
    let mut ditas = 0;
    ate(&mut a, &mut b, &mut corredor, |a, b, corredor| {
        while ditas < 4000 && a.tcp.cabe() && b.tcp.cabe() {
            a.dizer(&de_a[ditas]);
            b.dizer(&de_b[ditas]);
            ditas += 1;
        }
        // A cada tantas linhas que chegam, um corte.
        let chegaram = a.tcp.medidas().recebidos + b.tcp.medidas().recebidos;
        if corredor.restam[0].is_none() && chegaram > corredor.cortes as u64 * 200 {
            corredor.restam = [Some(3001), Some(4007)];
        }
        // Um corte logo depois da última confirmação é mais uma queda, e mais uma volta.
        ditas == 4000 && a.tcp.pendentes() + b.tcp.pendentes() == 0 && a.tcp.conversando()
    });
    assert_eq!(a.textos(), de_b);
    assert_eq!(b.textos(), de_a);
    assert!(corredor.cortes > 10, "{} cortes", corredor.cortes);
    // Cada queda depois de adotada foi contada, e a volta foi reconhecida.
    let voltas = a.conversas();
    assert!(
        voltas.iter().skip(1).all(|(_, voltou)| *voltou),
        "{voltas:?}"
    );
    let quedas = a.vistos.iter().filter(|v| matches!(v, Visto::Caiu(_)));
    assert_eq!(quedas.count(), voltas.len() - 1);
}

#[test]
fn o_que_se_diz_sem_ninguem_espera_pela_volta() {
    let (mut a, mut b, mut corredor) = com_corredor((1, 2));
    ate(&mut a, &mut b, &mut corredor, |a, b, _| {
        a.tcp.conversando() && b.tcp.conversando()
    });
    corredor.cortar();
    ate(&mut a, &mut b, &mut corredor, |a, b, _| {
        a.caiu() && b.caiu()
    });
    a.dizer("dito na queda");
    ate(&mut a, &mut b, &mut corredor, |a, _, _| {
        a.tcp.pendentes() == 0
    });
    assert_eq!(b.textos(), ["dito na queda"]);
    assert!(b.conversas()[1].1, "reconhecido");
}

#[test]
fn um_programa_novo_do_outro_lado_recebe_o_que_ninguem_confirmou() {
    let (porta_a, porta_b) = (porta_livre(), porta_livre());
    let mut a = Lado::abrir(escutar(local(porta_a)).unwrap(), porta_b, 5, prazos());
    for (sessao, primeira) in [(3, "um"), (9, "dois"), (4, "três")] {
        let escuta_b = escutar(local(porta_b)).unwrap();
        let mut b = Lado::abrir(escuta_b, porta_a, sessao, prazos());
        a.dizer(primeira);
        juntos(&mut a, &mut b, |a, b| {
            a.tcp.pendentes() == 0 && b.textos().last().is_some()
        });
        b.dizer("resposta");
        juntos(&mut a, &mut b, |_, b| b.tcp.pendentes() == 0);
        // O que se diz a quem acaba de ser morto fica para o próximo.
        let ditas = b.textos();
        assert_eq!(ditas.last().unwrap(), primeira);
        drop(b);
        a.ate(|a| !a.tcp.conversando());
        assert_eq!(ditas.len(), if sessao == 3 { 1 } else { 2 });
        a.dizer("para o próximo");
    }
    assert_eq!(a.textos(), ["resposta", "resposta", "resposta"]);
    assert!(a.conversas().iter().all(|(_, voltou)| !voltou));
}

#[test]
fn o_silencio_derruba_a_conversa() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut mudo = Hostil::ligar(porta);
    mudo.conversar(1, &mut lado);
    for _ in 0..3 {
        mudo.ate_chegar("Ping", &mut lado);
        mudo.chegou.clear();
        assert!(!lado.caiu(), "{lado:?}");
        lado.adiantar(prazos().presenca.pergunta);
    }
    lado.ate(|lado| lado.caiu());
    let Some(Visto::Caiu(motivo)) = lado.vistos.last() else {
        panic!("{lado:?}");
    };
    assert!(motivo.contains("não dá mais sinal"), "{motivo}");
}

#[test]
fn quem_volta_depois_de_muito_silencio_e_ouvido_de_novo() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    Hostil::ligar(porta).conversar(1, &mut lado);
    lado.ate(|lado| lado.caiu());
    lado.vistos.clear();
    lado.adiantar(2 * prazos().presenca.silencio);
    let mut par = Hostil::ligar(porta);
    par.mandar(&ola(1), &mut lado);
    par.ate_chegar("Ping", &mut lado);
    assert!(!lado.caiu(), "{lado:?}");
}

#[test]
fn o_que_chegou_enquanto_o_laco_estava_parado_conta() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    let bytes = quadro(&texto(0, "estou aqui"));
    (&par.socket).write_all(&bytes).unwrap();
    // O laço volta muito depois, e o relógio diz que já passou do prazo.
    lado.adiantar(2 * prazos().presenca.silencio);
    lado.despertar();
    assert_eq!(lado.textos(), ["estou aqui"]);
    assert!(!lado.caiu(), "{lado:?}");
}

#[test]
fn quem_volta_encontra_a_conversa_velha_e_a_derruba_com_uma_pergunta() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut velho = Hostil::ligar(porta);
    velho.conversar(1, &mut lado);
    velho.ate_chegar("Ping", &mut lado);
    velho.chegou.clear();
    for sessao in [1, 2] {
        let mut novo = Hostil::ligar(porta);
        novo.mandar(&ola(sessao), &mut lado);
        novo.ate_recusar(Motivo::Ocupado, &mut lado);
    }
    velho.ate_chegar("Ping", &mut lado);
    assert!(!lado.caiu(), "{lado:?}");
    lado.adiantar(prazos().presenca.suspeita);
    lado.ate(|lado| lado.caiu());
    Hostil::ligar(porta).conversar(2, &mut lado);
}

#[test]
fn o_arbitro_que_volta_troca_a_conversa_de_pe() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    lado.dizer("dito antes");
    // Este par tem a sessão maior: quem manda ACEITO é ele.
    let mut velha = Hostil::ligar(porta);
    velha.mandar(&ola(2000), &mut lado);
    velha.mandar(&Mensagem::Aceito, &mut lado);
    velha.mandar(&texto(0, "zero"), &mut lado);
    velha.ate_chegar("Item { numero: 0", &mut lado);
    let mut nova = Hostil::ligar(porta);
    nova.mandar(&ola(2000), &mut lado);
    nova.mandar(&Mensagem::Aceito, &mut lado);
    // Repete o que não foi confirmado, e continua.
    nova.mandar(&texto(0, "zero"), &mut lado);
    nova.mandar(&texto(1, "um"), &mut lado);
    nova.ate_chegar("Item { numero: 0", &mut lado);
    nova.ate_chegar("Confirma { recebidos: 2 }", &mut lado);
    velha.ate(&mut lado, |velha, _| velha.acabou);
    assert_eq!(lado.textos(), ["zero", "um"]);
    assert_eq!(lado.tcp.medidas().duplicados, 1);
    assert!(lado.conversas()[1].1);
    assert!(lado.caiu());
}

#[test]
fn a_retomada_so_repete_o_que_falta() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    for n in 0..10 {
        lado.dizer(&n.to_string());
    }
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    par.ate_chegar("Item { numero: 9", &mut lado);
    par.mandar(&Mensagem::Confirma { recebidos: 6 }, &mut lado);
    lado.ate(|lado| lado.viu(&Visto::Entregue(6)));
    par.cortar();
    lado.ate(|lado| lado.caiu());
    // Ele recebeu dois a mais do que chegou a confirmar.
    let mut par = Hostil::ligar(porta);
    par.mandar(&ola_de_volta(1, 8, 0), &mut lado);
    par.ate_chegar("Item { numero: 9", &mut lado);
    assert!(lado.viu(&Visto::Entregue(8)));
    assert!(!par.viu("Item { numero: 7"), "{:?}", par.chegou);
    assert!(par.viu("Item { numero: 8"), "{:?}", par.chegou);
    assert_eq!(lado.tcp.medidas().retransmitidos, 2);
}

#[test]
fn o_que_outro_programa_confirmou_nao_se_espera_mais() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    par.mandar(&texto(0, "antes"), &mut lado);
    par.ate_chegar("Confirma { recebidos: 1 }", &mut lado);
    par.cortar();
    lado.ate(|lado| lado.caiu());
    // Os itens 1 e 2 foram a outro programa: o OLÁ diz que não vêm.
    let mut par = Hostil::ligar(porta);
    let ola = Mensagem::Ola {
        versao: 1,
        modo: Modo::Tcp,
        sessao: Sessao(1),
        conhecida: None,
        recebidos: 0,
        proximo: 3,
        nome: "hostil",
    };
    par.mandar(&ola, &mut lado);
    par.ate_chegar("Aceito", &mut lado);
    par.mandar(&texto(3, "depois"), &mut lado);
    par.ate_chegar("Confirma { recebidos: 4 }", &mut lado);
    assert_eq!(lado.textos(), ["antes", "depois"]);
}

/// No Linux, o que chegou antes de um RST ainda se lê; em outros sistemas perde-se.
#[cfg(target_os = "linux")]
#[test]
fn o_que_chegou_antes_do_corte_ainda_se_mostra() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    // Em uma escrita só, e pequena: vai inteira antes do corte.
    let ultimas: Vec<u8> = (0..300)
        .flat_map(|numero| quadro(&texto(numero, "as últimas palavras")))
        .collect();
    (&par.socket).write_all(&ultimas).unwrap();
    par.cortar();
    // Quem escreve antes de ler é que dá pelo corte.
    lado.dizer("alguém aí?");
    lado.falar();
    assert!(lado.caiu(), "{lado:?}");
    assert_eq!(lado.textos().len(), 300);
    assert_eq!(lado.tcp.pendentes(), 1);
}

#[test]
fn o_que_nao_foi_mostrado_nao_se_diz_recebido() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    par.mandar(&texto(0, "mostrado"), &mut lado);
    par.ate_chegar("Confirma { recebidos: 1 }", &mut lado);
    lado.tcp.parar_de_confirmar();
    par.mandar(&texto(1, "perdido na saída fechada"), &mut lado);
    lado.ate(|lado| lado.textos().len() == 2);
    par.cortar();
    lado.ate(|lado| lado.caiu());
    let mut par = Hostil::ligar(porta);
    par.ate_chegar("Ola", &mut lado);
    assert!(par.chegou[0].contains("recebidos: 1,"), "{:?}", par.chegou);
}

/// O OLÁ de quem já conversou com o programa 1000.
fn ola_de_volta(sessao: u64, recebidos: u64, proximo: u64) -> Mensagem<'static> {
    Mensagem::Ola {
        versao: 1,
        modo: Modo::Tcp,
        sessao: Sessao(sessao),
        conhecida: Some(Sessao(1000)),
        recebidos,
        proximo,
        nome: "hostil",
    }
}

#[test]
fn o_que_um_terceiro_confirmou_nao_se_espera_mais() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    par.mandar(&texto(0, "zero"), &mut lado);
    par.ate_chegar("Confirma { recebidos: 1 }", &mut lado);
    par.cortar();
    lado.ate(|lado| lado.caiu());
    // O 1 e o 2 foram mostrados, entretanto, em outro programa.
    let mut par = Hostil::ligar(porta);
    par.mandar(&ola_de_volta(1, 0, 3), &mut lado);
    par.ate_chegar("Aceito", &mut lado);
    par.mandar(&texto(3, "três"), &mut lado);
    par.ate_chegar("Confirma { recebidos: 4 }", &mut lado);
    assert_eq!(lado.textos(), ["zero", "três"]);
}

#[test]
fn depois_de_um_terceiro_os_dois_ainda_conversam() {
    for (sessao_n, sessao_z) in [(1, 2), (2, 1)] {
        let (porta_n, porta_z) = (porta_livre(), porta_livre());
        let aqui = |porta: u16| escutar(local(porta)).unwrap();
        let mut n = Lado::abrir(aqui(porta_n), porta_z, sessao_n, prazos());
        let mut z = Lado::abrir(aqui(porta_z), porta_n, sessao_z, prazos());
        n.dizer("zero");
        juntos(&mut n, &mut z, |n, _| n.tcp.pendentes() == 0);
        // `z` para, e `y` entra no lugar dele.
        n.ate(|n| {
            n.adiantar(prazos().presenca.pergunta);
            n.caiu()
        });
        let mut y = Lado::abrir(escuta().0, porta_n, 3, prazos());
        n.dizer("um");
        n.dizer("dois");
        juntos(&mut n, &mut y, |n, _| n.tcp.pendentes() == 0);
        y.despedir();
        juntos(&mut n, &mut y, |_, y| y.tcp.despediu());
        drop(y);
        // `z` volta.
        n.dizer("três");
        juntos(&mut n, &mut z, |n, z| {
            n.tcp.pendentes() == 0 && z.textos().len() == 2
        });
        assert_eq!(z.textos(), ["zero", "três"]);
    }
}

#[test]
fn um_cumprimento_que_ficou_velho_nao_deixa_itens_pelo_caminho() {
    for (recebidos, serve) in [(1, false), (3, true)] {
        let (mut lado, porta) = Lado::sozinho(prazos());
        for texto in ["zero", "um", "dois", "três"] {
            lado.dizer(texto);
        }
        // Este par tem a sessão maior: quem manda ACEITO é ele.
        let mut velha = Hostil::ligar(porta);
        velha.mandar(&ola(2000), &mut lado);
        velha.mandar(&Mensagem::Aceito, &mut lado);
        velha.ate_chegar("Item { numero: 3", &mut lado);
        let mut nova = Hostil::ligar(porta);
        nova.ate_chegar("Ola", &mut lado);
        velha.mandar(&Mensagem::Confirma { recebidos: 3 }, &mut lado);
        lado.ate(|lado| lado.viu(&Visto::Entregue(3)));
        nova.mandar(&ola_de_volta(2000, recebidos, 0), &mut lado);
        nova.mandar(&Mensagem::Aceito, &mut lado);
        nova.ate(&mut lado, |nova, _| nova.acabou || nova.viu("Item"));
        assert_eq!(nova.viu("Item { numero: 3"), serve, "{:?}", nova.chegou);
    }
}

#[test]
fn o_que_foi_mostrado_se_diz_recebido_mesmo_sem_confirmacao() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    // O item e o fim do fluxo chegam juntos: já não há a quem confirmar.
    let bytes = quadro(&texto(0, "zero"));
    (&par.socket).write_all(&bytes).unwrap();
    par.socket.shutdown(Shutdown::Write).unwrap();
    lado.ate(|lado| lado.caiu());
    assert_eq!(lado.textos(), ["zero"]);
    let mut par = Hostil::ligar(porta);
    par.ate_chegar("Ola", &mut lado);
    assert!(par.chegou[0].contains("recebidos: 1,"), "{:?}", par.chegou);
}

#[test]
fn em_ipv6_tambem() {
    let Ok(escuta_a) = escutar("[::1]:0".parse().unwrap()) else {
        eprintln!("esta máquina não tem IPv6");
        return;
    };
    let escuta_b = escutar("[::1]:0".parse().unwrap()).unwrap();
    let [de_a, de_b] = [&escuta_a, &escuta_b].map(|escuta| escuta.local_addr().unwrap());
    let mut a = Lado::abrir_para(escuta_a, vec![de_b], 1, prazos());
    let mut b = Lado::abrir_para(escuta_b, vec![de_a], 2, prazos());
    a.dizer("por IPv6");
    juntos(&mut a, &mut b, |a, _| a.tcp.pendentes() == 0);
    assert_eq!(b.textos(), ["por IPv6"]);
}
