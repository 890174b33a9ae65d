//! O começo: em qualquer ordem, ao mesmo tempo, com cruzamento ou sem ele.

use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use provas::porta_livre;
use socket2::{Domain, Socket, Type};
use sockets::chat::protocolo::Motivo;
use sockets::chat::tcp::escutar;
use sockets::chat::transporte::Transporte;

use super::hostil::Hostil;
use super::lado::{Lado, Visto, escuta, juntos, local, prazos};

/// Quantas partidas simultâneas se provam: uma para cada ordem das primeiras 12
/// voltas dos dois lados.
const PARTIDAS: u64 = 1 << 12;

/// As linhas que cada lado diz em uma partida.
fn linhas(de: &str) -> Vec<String> {
    (0..3).map(|n| format!("{de} {n}")).collect()
}

fn dizer(lado: &mut Lado, linhas: &[String]) {
    for linha in linhas {
        lado.dizer(linha);
    }
}

/// Se só um dos dois vê o outro na porta em que ele escuta, que foi quem ligou. Se
/// cada um tivesse ficado com uma conexão diferente, seriam os dois ou nenhum.
fn mesma_conexao(a: &Lado, b: &Lado, porta_a: u16, porta_b: u16) -> bool {
    let ligou = |lado: &Lado, porta: u16| {
        let [(endereco, false)] = lado.conversas()[..] else {
            panic!("uma conversa só: {lado:?}");
        };
        endereco.port() == porta
    };
    ligou(a, porta_b) != ligou(b, porta_a)
}

/// O que se viu além da conversa.
fn estranhezas(lado: &Lado) -> Vec<&Visto> {
    let comum = |visto: &&Visto| {
        !matches!(
            visto,
            Visto::Conectou { .. } | Visto::Texto(_) | Visto::Entregue(_)
        )
    };
    lado.vistos.iter().filter(comum).collect()
}

#[test]
fn milhares_de_partidas_simultaneas_ficam_com_a_mesma_conexao() {
    let (de_a, de_b) = (linhas("a"), linhas("b"));
    let mut quem_ligou = [0, 0];
    for partida in 0..PARTIDAS {
        let ((escuta_a, porta_a), (escuta_b, porta_b)) = (escuta(), escuta());
        let (sessao_a, sessao_b) = if partida % 3 == 0 { (7, 9) } else { (9, 7) };
        let mut a = Lado::abrir(escuta_a, porta_b, sessao_a, prazos());
        let mut b = Lado::abrir(escuta_b, porta_a, sessao_b, prazos());
        dizer(&mut a, &de_a);
        dizer(&mut b, &de_b);
        // As primeiras voltas, que decidem tudo, em cada uma das ordens possíveis.
        for volta in 0..12 {
            let lado = if partida >> volta & 1 == 0 {
                &mut a
            } else {
                &mut b
            };
            lado.volta(Duration::ZERO);
        }
        juntos(&mut a, &mut b, |a, b| {
            a.tcp.pendentes() + b.tcp.pendentes() == 0
        });
        assert!(mesma_conexao(&a, &b, porta_a, porta_b), "{a:#?} {b:#?}");
        assert_eq!(a.textos(), de_b);
        assert_eq!(b.textos(), de_a);
        assert!(estranhezas(&a).is_empty(), "{a:#?}");
        assert!(estranhezas(&b).is_empty(), "{b:#?}");
        let ligou_a = a.conversas()[0].0.port() == porta_b;
        quem_ligou[usize::from(ligou_a)] += 1;
        // Quem fecha com bytes por ler manda RST: não sobram milhares de TIME_WAIT.
        b.dizer("por ler");
        b.falar();
    }
    // As duas ligações são escolhidas às vezes: o cruzamento acontece mesmo.
    assert!(
        quem_ligou.iter().all(|vezes| *vezes > 100),
        "{quem_ligou:?}"
    );
}

#[test]
fn duas_threads_que_abrem_juntas_tambem() {
    for partida in 0..200 {
        let ((escuta_a, porta_a), (escuta_b, porta_b)) = (escuta(), escuta());
        let (sessao_a, sessao_b) = if partida % 2 == 0 { (7, 9) } else { (9, 7) };
        let outra = thread::spawn(move || conversar_e_sair(escuta_b, porta_a, sessao_b, "b"));
        let a = conversar_e_sair(escuta_a, porta_b, sessao_a, "a");
        let b = outra.join().unwrap();
        assert!(mesma_conexao(&a, &b, porta_a, porta_b), "{a:#?} {b:#?}");
        assert_eq!(a.textos(), linhas("b"));
        assert_eq!(b.textos(), linhas("a"));
    }
}

/// Abre, diz as linhas, espera as do outro e se despede.
fn conversar_e_sair(escuta: TcpListener, par: u16, sessao: u64, quem: &str) -> Lado {
    let mut lado = Lado::abrir(escuta, par, sessao, prazos());
    dizer(&mut lado, &linhas(quem));
    lado.ate(|lado| lado.textos().len() == 3 && lado.tcp.pendentes() == 0);
    lado.despedir();
    lado.ate(|lado| lado.tcp.despediu());
    lado
}

#[test]
fn a_ordem_em_que_se_abre_nao_importa() {
    for primeiro in ["a", "b"] {
        let (porta_a, porta_b) = (porta_livre(), porta_livre());
        let abrir = |minha: u16, dela: u16, sessao: u64| {
            let escuta = escutar(local(minha)).unwrap();
            Lado::abrir(escuta, dela, sessao, prazos())
        };
        let (mut cedo, porta_tarde, sessao_tarde, porta_cedo) = if primeiro == "a" {
            (abrir(porta_a, porta_b, 1), porta_b, 2, porta_a)
        } else {
            (abrir(porta_b, porta_a, 2), porta_a, 1, porta_b)
        };
        cedo.dizer("dito antes de haver alguém");
        cedo.ate(|cedo| !cedo.vistos.is_empty());
        let Visto::SemResposta(frase) = &cedo.vistos[0] else {
            panic!("{cedo:?}");
        };
        assert!(frase.contains("ninguém atende em 127.0.0.1:"), "{frase}");
        assert!(frase.contains("(o chat de lá está fechado"), "{frase}");
        // O mesmo motivo não se repete a cada tentativa.
        for _ in 0..20 {
            cedo.volta(Duration::from_millis(1));
        }
        assert_eq!(cedo.vistos.len(), 1, "{cedo:?}");
        let mut tarde = abrir(porta_tarde, porta_cedo, sessao_tarde);
        tarde.dizer("e a resposta");
        juntos(&mut cedo, &mut tarde, |cedo, tarde| {
            cedo.tcp.pendentes() + tarde.tcp.pendentes() == 0
        });
        assert_eq!(tarde.textos(), ["dito antes de haver alguém"]);
        assert_eq!(cedo.textos(), ["e a resposta"]);
    }
}

#[test]
fn de_varios_enderecos_serve_o_que_atender() {
    let ((escuta_a, _), (escuta_b, porta_b)) = (escuta(), escuta());
    let mut b = Lado::abrir(escuta_b, porta_livre(), 1, prazos());
    let enderecos = vec![local(porta_livre()), local(porta_b)];
    let mut a = Lado::abrir_para(escuta_a, enderecos, 2, prazos());
    a.dizer("pela segunda porta");
    juntos(&mut a, &mut b, |a, _| a.tcp.pendentes() == 0);
    assert_eq!(a.conversas()[0].0, local(porta_b));
}

#[test]
fn adotada_uma_conexao_a_outra_tentativa_e_recusada() {
    let ((escuta_do_lado, porta), (escuta_do_par, porta_do_par)) = (escuta(), escuta());
    let mut lado = Lado::abrir(escuta_do_lado, porta_do_par, 1000, prazos());
    // O lado liga e é atendido, mas a conversa começa pela outra ligação.
    let mut atendida = Hostil::atender(&escuta_do_par, &mut lado);
    atendida.ate_chegar("Ola", &mut lado);
    let mut feita = Hostil::ligar(porta);
    feita.conversar(1, &mut lado);
    atendida.ate_recusar(Motivo::Ocupado, &mut lado);
    assert!(lado.tcp.conversando());
}

#[test]
fn em_repouso_nada_acorda_o_laco() {
    let ((escuta_a, porta_a), (escuta_b, porta_b)) = (escuta(), escuta());
    let mut a = Lado::abrir(escuta_a, porta_b, 1, prazos());
    let mut b = Lado::abrir(escuta_b, porta_a, 2, prazos());
    a.dizer("uma linha");
    let mut voltas = 0;
    juntos(&mut a, &mut b, |a, _| {
        voltas += u32::from(a.tcp.pendentes() == 0);
        voltas == 50
    });
    for lado in [&a, &b] {
        let prazo = lado.tcp.proximo_prazo().unwrap();
        assert!(prazo > Instant::now() + prazos().maior_pausa, "{lado:?}");
    }
}

/// No Linux, quem liga para uma fila cheia fica à espera; em outros sistemas pode
/// ser recusado.
#[cfg(target_os = "linux")]
#[test]
fn quem_nao_responde_e_largado_no_prazo() {
    let cheia = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    cheia.bind(&local(0).into()).unwrap();
    cheia.listen(0).unwrap();
    let endereco = cheia.local_addr().unwrap().as_socket().unwrap();
    let na_fila = TcpStream::connect(endereco).unwrap();
    let (escuta, _) = escuta();
    let mut lado = Lado::abrir(escuta, endereco.port(), 1, prazos());
    lado.volta(Duration::ZERO);
    assert!(lado.vistos.is_empty(), "{lado:?}");
    lado.adiantar(prazos().ligar);
    lado.ate(|lado| !lado.vistos.is_empty());
    let Visto::SemResposta(frase) = &lado.vistos[0] else {
        panic!("{lado:?}");
    };
    assert!(frase.contains("não responde"), "{frase}");
    drop(na_fila);
}
