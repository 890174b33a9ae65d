//! O árbitro escolhe uma conexão, e o outro lado já não a quer: não houve conversa.

use std::time::{Duration, Instant};

use sockets::chat::protocolo::{Mensagem, Motivo};
use sockets::chat::tcp::Prazos;
use sockets::chat::transporte::Transporte;

use super::hostil::{Hostil, ola, quadro, texto};
use super::lado::{Lado, Visto, escuta, juntos, prazos};

fn recusa(motivo: Motivo) -> Mensagem<'static> {
    let explicacao = "";
    Mensagem::Recusa { motivo, explicacao }
}

/// Cumprimenta, recusa e espera que `lado` feche.
fn cumprimentar_e_recusar(mut par: Hostil, sessao: u64, motivo: Motivo, lado: &mut Lado) {
    let mut bytes = quadro(&ola(sessao));
    bytes.extend(quadro(&recusa(motivo)));
    par.mandar_bytes(&bytes, lado);
    par.ate(lado, |par, _| par.acabou);
}

/// Quantas vezes se disse que o outro recusou por este motivo.
fn recusas(lado: &Lado, motivo: Motivo) -> usize {
    let esta = |visto: &&Visto| **visto == Visto::Recusou(motivo);
    lado.vistos.iter().filter(esta).count()
}

#[test]
fn as_ligacoes_velhas_da_fila_nao_sao_conversas() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    par.cortar();
    lado.ate(|lado| lado.caiu());
    lado.vistos.clear();
    // Enquanto o laço esteve parado, o outro ligou três vezes e desistiu.
    for _ in 0..3 {
        cumprimentar_e_recusar(Hostil::ligar(porta), 1, Motivo::Demora, &mut lado);
    }
    assert!(!lado.caiu() && lado.conversas().is_empty(), "{lado:?}");
    assert_eq!(recusas(&lado, Motivo::Demora), 1, "{lado:?}");
    Hostil::ligar(porta).conversar(1, &mut lado);
    let conversas = lado.conversas();
    assert!(matches!(conversas[..], [(_, true)]), "{conversas:?}");
}

#[test]
fn quem_e_sempre_recusado_liga_cada_vez_menos() {
    let ((escuta_do_lado, _), (escuta_do_par, porta_do_par)) = (escuta(), escuta());
    let pausa = Duration::from_millis(10);
    let sem_teto = Prazos {
        pausa,
        maior_pausa: Duration::from_secs(60),
        ..prazos()
    };
    let mut lado = Lado::abrir(escuta_do_lado, porta_do_par, 1000, sem_teto);
    for _ in 0..4 {
        let par = Hostil::atender(&escuta_do_par, &mut lado);
        cumprimentar_e_recusar(par, 1, Motivo::Ocupado, &mut lado);
    }
    let par = Hostil::atender(&escuta_do_par, &mut lado);
    let antes = Instant::now();
    cumprimentar_e_recusar(par, 1, Motivo::Ocupado, &mut lado);
    // A quinta pausa é a primeira dobrada quatro vezes, menos um quarto.
    lado.ate(|lado| lado.tcp.proximo_prazo().unwrap() >= antes + pausa * 12);
    assert!(!lado.caiu() && lado.conversas().is_empty(), "{lado:?}");
}

#[test]
fn um_aceito_que_ninguem_ouviu_nao_apaga_a_ultima_conversa() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    par.mandar(&texto(0, "zero"), &mut lado);
    par.ate_chegar("Confirma { recebidos: 1 }", &mut lado);
    par.cortar();
    lado.ate(|lado| lado.caiu());
    for sessao in [2, 1] {
        cumprimentar_e_recusar(Hostil::ligar(porta), sessao, Motivo::Ocupado, &mut lado);
        let mut par = Hostil::ligar(porta);
        par.ate_chegar("Ola", &mut lado);
        let memoria = "conhecida: Some(Sessao(1)), recebidos: 1,";
        assert!(par.chegou[0].contains(memoria), "{:?}", par.chegou);
    }
}

#[test]
fn o_terceiro_programa_nunca_pensa_que_conversa() {
    for (sessao_a, sessao_b, sessao_do_terceiro) in [(1, 2, 3), (2, 3, 1), (1, 3, 2)] {
        let ((escuta_a, porta_a), (escuta_b, porta_b)) = (escuta(), escuta());
        let mut a = Lado::abrir(escuta_a, porta_b, sessao_a, prazos());
        let mut b = Lado::abrir(escuta_b, porta_a, sessao_b, prazos());
        juntos(&mut a, &mut b, |a, b| {
            a.tcp.conversando() && b.tcp.conversando()
        });
        let mut terceiro = Lado::abrir(escuta().0, porta_a, sessao_do_terceiro, prazos());
        terceiro.dizer("alguém?");
        let mut voltas = 0;
        juntos(&mut a, &mut b, |_, _| {
            terceiro.volta(Duration::from_micros(100));
            voltas += 1;
            voltas == 1000
        });
        assert!(terceiro.conversas().is_empty(), "{terceiro:?}");
        assert!(!terceiro.caiu() && !a.caiu() && !b.caiu(), "{terceiro:?}");
        assert_eq!(recusas(&terceiro, Motivo::Ocupado), 1, "{terceiro:?}");
        assert_eq!(terceiro.tcp.pendentes(), 1);
        a.dizer("ainda aqui");
        juntos(&mut a, &mut b, |a, _| a.tcp.pendentes() == 0);
    }
}
