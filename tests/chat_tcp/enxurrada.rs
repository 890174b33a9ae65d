//! Muito de uma vez: nada trava, nada cresce.

use std::time::Duration;

use provas::porta_livre;
use socket2::SockRef;
use sockets::chat::protocolo::{Mensagem, Motivo};
use sockets::chat::tcp::Prazos;
use sockets::chat::transporte::Transporte;

use super::hostil::{Hostil, ola, quadro, texto};
use super::lado::{Lado, Visto, escuta, juntos, prazos};

/// O que um transporte pode ocupar, em bytes, faça o outro o que fizer: os
/// pendentes, dois blocos de saída e 64 KiB por conexão.
const MEMORIA: usize = 4 << 20;

#[test]
fn duas_enxurradas_ao_mesmo_tempo_nao_travam() {
    const LINHAS: u64 = 100_000;
    let ((escuta_a, porta_a), (escuta_b, porta_b)) = (escuta(), escuta());
    let mut a = Lado::abrir(escuta_a, porta_b, 1, prazos());
    let mut b = Lado::abrir(escuta_b, porta_a, 2, prazos());
    (a.so_contar, b.so_contar) = (true, true);
    let linha = "uma linha comum, de sessenta bytes, como as que se digitam";
    let (mut ditas_a, mut ditas_b) = (0, 0);
    juntos(&mut a, &mut b, |a, b| {
        for (lado, ditas) in [(&mut *a, &mut ditas_a), (&mut *b, &mut ditas_b)] {
            while *ditas < LINHAS && lado.tcp.cabe() {
                lado.dizer(linha);
                *ditas += 1;
            }
            assert!(lado.tcp.memoria() < MEMORIA, "{}", lado.tcp.memoria());
        }
        ditas_a + ditas_b == 2 * LINHAS && a.tcp.pendentes() + b.tcp.pendentes() == 0
    });
    assert_eq!((a.contados, b.contados), (LINHAS, LINHAS));
    assert!(!a.caiu() && !b.caiu());
}

#[test]
fn duas_enxurradas_de_quem_nao_le_nao_travam_o_transporte() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    lado.so_contar = true;
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    let mut itens = Vec::new();
    for numero in 0..50_000 {
        itens.extend(quadro(&texto(numero, "nunca leio o que me mandam")));
    }
    // Ele manda sem ler; e daqui se manda até encher tudo.
    for pedaco in itens.chunks(64 * 1024) {
        while lado.tcp.cabe() {
            lado.dizer("esta linha fica pelo caminho");
        }
        assert_eq!(par.mandar_bytes(pedaco, &mut lado), pedaco.len());
    }
    lado.ate(|lado| lado.contados == 50_000);
    assert!(lado.tcp.memoria() < MEMORIA);
    assert!(!lado.tcp.cabe() && lado.tcp.conversando());
    // E quando ele passa a ler, tudo continua.
    par.ate_chegar("Confirma { recebidos: 50000 }", &mut lado);
}

#[test]
fn um_milhao_de_perguntas_sem_ler_custa_uma_resposta() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    let bloco: Vec<u8> = (0..10_000)
        .flat_map(|marca| quadro(&Mensagem::Ping { marca }))
        .collect();
    for _ in 0..100 {
        assert_eq!(par.mandar_bytes(&bloco, &mut lado), bloco.len());
        assert!(lado.tcp.memoria() < MEMORIA, "{}", lado.tcp.memoria());
    }
    assert!(lado.tcp.conversando(), "{lado:?}");
    par.ate_chegar("Pong { marca: 9999", &mut lado);
}

#[test]
fn um_milhao_de_cumprimentos_custa_uma_recusa() {
    // Na mesma conexão, o segundo já é lixo, antes e depois de haver conversa.
    let bloco: Vec<u8> = (0..10_000).flat_map(|_| quadro(&ola(1))).collect();
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    for _ in 0..100 {
        par.mandar_bytes(&bloco, &mut lado);
        assert!(lado.tcp.memoria() < MEMORIA, "{}", lado.tcp.memoria());
    }
    lado.ate(|lado| lado.recusado(Motivo::Lixo));
    // Em conexões diferentes, cada uma acaba recusada ou fechada.
    let (mut lado, porta) = Lado::sozinho(Prazos {
        fechar: Duration::from_millis(20),
        ..prazos()
    });
    let mut dono = Hostil::ligar(porta);
    dono.conversar(1, &mut lado);
    let mut abertas = Vec::new();
    for _ in 0..200 {
        let mut par = Hostil::ligar(porta);
        par.mandar(&ola(2), &mut lado);
        abertas.push(par);
        assert!(lado.tcp.memoria() < MEMORIA, "{}", lado.tcp.memoria());
    }
    for mut par in abertas {
        par.ate(&mut lado, |par, _| par.acabou);
    }
    assert_eq!(lado.conversas().len(), 1);
}

#[test]
fn so_oito_se_cumprimentam_ao_mesmo_tempo() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut pares: Vec<Hostil> = (0..20).map(|_| Hostil::ligar(porta)).collect();
    lado.ate(|lado| lado.tcp.medidas().descartados == 12);
    for par in &mut pares[..8] {
        par.ate_chegar("Ola", &mut lado);
    }
    for par in &mut pares[8..] {
        par.ate(&mut lado, |par, _| par.acabou);
    }
    pares[0].mandar(&ola(1), &mut lado);
    pares[0].ate_chegar("Aceito", &mut lado);
}

#[test]
fn quem_le_devagar_recebe_tudo() {
    let (escuta, porta) = escuta();
    SockRef::from(&escuta).set_send_buffer_size(4096).unwrap();
    let mut lado = Lado::abrir(escuta, porta_livre(), 1000, prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    for _ in 0..400 {
        lado.dizer(&"x".repeat(1000));
    }
    // A escrita enche o que há, e só continua quando o sistema avisa.
    for _ in 0..20 {
        lado.volta(Duration::ZERO);
    }
    assert!(lado.tcp.medidas().enviados < 400, "{lado:?}");
    par.ate_chegar("Item { numero: 399", &mut lado);
}

#[test]
fn quem_nunca_le_e_largado() {
    // O sistema também guarda o que se escreve: com menos lugar, para mais cedo. O
    // socket que atende herda o tamanho do que escuta.
    let (escuta, porta) = escuta();
    SockRef::from(&escuta).set_send_buffer_size(4096).unwrap();
    let curta = Prazos {
        escrita: prazos().presenca.silencio / 2,
        ..prazos()
    };
    let mut lado = Lado::abrir(escuta, porta_livre(), 1000, curta);
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    let cheio = |lado: &mut Lado| {
        while lado.tcp.cabe() {
            lado.dizer(&"x".repeat(1000));
        }
        let antes = lado.tcp.medidas().enviados;
        lado.volta(Duration::from_millis(1));
        antes == lado.tcp.medidas().enviados
    };
    lado.ate(cheio);
    lado.adiantar(curta.escrita);
    lado.ate(|lado| lado.caiu());
    let Some(Visto::Caiu(motivo)) = lado.vistos.last() else {
        panic!("{lado:?}");
    };
    assert!(motivo.contains("não lê"), "{motivo}");
    // Nada do que se disse se perdeu.
    assert!(lado.tcp.pendentes() > 0);
}
