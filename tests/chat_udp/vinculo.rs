//! O começo, a presença e o fim, iguais nos dois modos.

use std::net::UdpSocket;
use std::time::Instant;

use sockets::chat::protocolo::{Modo, Motivo};

use super::bancada::{Bancada, Lado, Visto};
use super::encaminhador::Rede;

const MODOS: [Modo; 2] = [Modo::Udp, Modo::UdpConfiavel];

fn conectou(visto: &Visto) -> bool {
    matches!(visto, Visto::Conectou { .. })
}

#[test]
fn os_dois_se_conhecem_e_se_despedem_em_qualquer_rede() {
    for modo in MODOS {
        for semente in 0..100 {
            let mut bancada = Bancada::nova(modo, Rede::ruim(40), semente);
            bancada.conversar();
            bancada.sair();
            for (lado, nome) in [(&bancada.ana, "Bia"), (&bancada.bia, "Ana")] {
                let comeco = Visto::Conectou {
                    nome: nome.into(),
                    voltou: false,
                };
                let comecos = lado.quantos(|visto| *visto == comeco);
                assert_eq!(comecos, 1, "{:?}", lado.notas());
                assert_eq!(lado.quantos(conectou), 1, "{:?}", lado.notas());
            }
        }
    }
}

#[test]
fn a_conversa_sem_linhas_nao_cai() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::ruim(10), 7);
        bancada.conversar();
        bancada.segundos(300);
        for lado in [&bancada.ana, &bancada.bia] {
            assert_eq!(lado.notas().len(), 1, "{:?}", lado.notas());
            assert!(lado.transporte.medidas().ida_e_volta.is_some());
        }
    }
}

#[test]
fn quem_perde_a_rede_em_um_sentido_so_tambem_volta() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::BOA, 8);
        bancada.conversar();
        // O que vai para a Bia some; o que vem dela chega.
        let bia = bancada.bia.endereco;
        let nada = UdpSocket::bind("127.0.0.1:0").unwrap();
        bancada.rede().ligar(1, nada.local_addr().unwrap());
        bancada.ate("a Bia caísse", 20, |b| !b.bia.transporte.conversando());
        bancada.rede().ligar(1, bia);
        bancada.conversar();
        assert_eq!(bancada.bia.quantos(conectou), 2);
    }
}

#[test]
fn o_ping_da_pessoa_tem_resposta_mesmo_com_perdas() {
    let mut bancada = Bancada::nova(Modo::Udp, Rede::ruim(40), 9);
    assert!(!bancada.ana.transporte.ping(bancada.agora));
    bancada.conversar();
    assert!(bancada.ana.transporte.ping(bancada.agora));
    bancada.ate("viesse a resposta", 30, |b| {
        b.ana.visto.contains(&Visto::Eco)
    });
}

#[test]
fn o_nome_novo_vale_na_volta() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::BOA, 10);
        bancada.conversar();
        bancada.rede().cortada = true;
        bancada.ana.transporte.renomear("Aninha");
        bancada.ate("os dois caíssem", 20, |b| {
            !b.ana.transporte.conversando() && !b.bia.transporte.conversando()
        });
        bancada.rede().cortada = false;
        bancada.conversar();
        bancada.segundos(1);
        assert!(bancada.bia.visto.contains(&Visto::Conectou {
            nome: "Aninha".into(),
            voltou: true,
        }));
    }
}

#[test]
fn quem_reabre_e_reconhecido_logo_e_uma_vez() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::BOA, 11);
        bancada.conversar();
        for _ in 0..3 {
            bancada.reabrir_bia(modo);
            bancada.conversar();
            bancada.segundos(30);
        }
        assert_eq!(
            bancada.ana.quantos(conectou),
            4,
            "{:?}",
            bancada.ana.notas()
        );
        let caiu = bancada.ana.quantos(|v| matches!(v, Visto::Caiu(_)));
        assert_eq!(caiu, 3, "{:?}", bancada.ana.notas());
    }
}

#[test]
fn quem_saiu_e_reabre_comeca_outra_conversa() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::ruim(20), 12);
        bancada.conversar();
        bancada.bia.sai_no_fim = true;
        bancada.ate("a Bia saísse", 20, |b| b.bia.transporte.despediu());
        bancada.ate("a Ana soubesse", 20, |b| b.ana.visto.contains(&Visto::Saiu));
        bancada.reabrir_bia(modo);
        bancada.conversar();
        assert_eq!(bancada.ana.quantos(conectou), 2);
        let caiu = bancada.ana.quantos(|v| matches!(v, Visto::Caiu(_)));
        assert_eq!(caiu, 0, "{:?}", bancada.ana.notas());
    }
}

#[test]
fn modos_diferentes_se_explicam_dos_dois_lados_uma_vez() {
    let mut bancada = Bancada::com_modos(Modo::Udp, Modo::UdpConfiavel, Rede::BOA, 13);
    bancada.segundos(60);
    for lado in [&bancada.ana, &bancada.bia] {
        let mut notas = lado.notas();
        notas.sort_by_key(|nota| format!("{nota:?}"));
        assert_eq!(
            notas,
            [
                &Visto::Recusado(Motivo::Modo),
                &Visto::Recusou(Motivo::Modo)
            ]
        );
    }
    bancada.reabrir_bia(Modo::Udp);
    bancada.conversar();
}

#[test]
fn sair_sem_conversa_e_na_hora() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::BOA, 14);
        bancada.rede().cortada = true;
        bancada.segundos(5);
        bancada.ana.transporte.despedir(bancada.agora);
        assert!(bancada.ana.transporte.despediu());
    }
}

#[test]
fn sair_sem_que_o_outro_responda_tem_fim() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::BOA, 15);
        bancada.conversar();
        bancada.rede().cortada = true;
        bancada.ana.sai_no_fim = true;
        bancada.ate("a Ana saísse", 6, |b| b.ana.transporte.despediu());
        bancada.ate("a Bia desse por isso", 20, |b| {
            !b.bia.transporte.conversando()
        });
    }
}

/// Um socket que o sistema guarda para nós e onde, por agora, ninguém atende: está
/// conectado a um endereço que não é o de quem vai escrever para ele.
fn porta_fechada() -> (UdpSocket, UdpSocket) {
    let outro = UdpSocket::bind("127.0.0.1:0").unwrap();
    let porta = UdpSocket::bind("127.0.0.1:0").unwrap();
    porta.connect(outro.local_addr().unwrap()).unwrap();
    (porta, outro)
}

#[test]
fn a_porta_fechada_do_outro_lado_e_contada_uma_vez_e_nao_impede_a_conversa() {
    for modo in MODOS {
        let agora = Instant::now();
        let (porta, _outro) = porta_fechada();
        let endereco = porta.local_addr().unwrap();
        let ana = Lado::novo("Ana", modo, 1, endereco, agora);
        // A Bia existe para o relógio andar, e fala com outro.
        let longe = UdpSocket::bind("127.0.0.1:0").unwrap();
        let bia = Lado::novo("Bia", modo, 2, longe.local_addr().unwrap(), agora);
        let mut bancada = Bancada::direta(ana, bia, agora);
        bancada.segundos(30);
        let notas = bancada.ana.notas();
        assert!(matches!(notas[..], [Visto::SemResposta(_)]), "{notas:?}");

        let par = bancada.ana.endereco;
        bancada.bia = Lado::com_socket(porta, "Bia", modo, 3, par, bancada.agora);
        bancada.conversar();
        bancada.ana.entrada.push_back("oi".into());
        bancada.ate("a Bia visse", 5, |b| b.bia.textos() == ["oi"]);
        bancada.sair();
    }
}

#[test]
fn o_programa_que_some_e_dado_por_caido_e_o_novo_e_aceito() {
    for modo in MODOS {
        let agora = Instant::now();
        let (porta, _outro) = porta_fechada();
        let copia = porta.try_clone().unwrap();
        let ana = Lado::novo("Ana", modo, 1, porta.local_addr().unwrap(), agora);
        let par = ana.endereco;
        let bia = Lado::com_socket(porta, "Bia", modo, 2, par, agora);
        let mut bancada = Bancada::direta(ana, bia, agora);
        bancada.conversar();

        // A Bia some sem se despedir; a porta continua nossa, e sem ninguém.
        let (_, outro) = porta_fechada();
        copia.connect(outro.local_addr().unwrap()).unwrap();
        let longe = outro.local_addr().unwrap();
        bancada.bia = Lado::novo("Bia", modo, 3, longe, bancada.agora);
        bancada.ate("a Ana visse a queda", 9, |b| {
            !b.ana.transporte.conversando()
        });
        bancada.segundos(10);
        let avisos = bancada.ana.quantos(|v| matches!(v, Visto::SemResposta(_)));
        assert_eq!(avisos, 0, "{:?}", bancada.ana.notas());

        bancada.bia = Lado::com_socket(copia, "Bia", modo, 4, par, bancada.agora);
        bancada.conversar();
    }
}

#[test]
fn depois_de_um_adeus_a_porta_fechada_nao_e_noticia_nem_pressa() {
    for modo in MODOS {
        let agora = Instant::now();
        let (porta, _outro) = porta_fechada();
        let copia = porta.try_clone().unwrap();
        let ana = Lado::novo("Ana", modo, 1, porta.local_addr().unwrap(), agora);
        let par = ana.endereco;
        let bia = Lado::com_socket(porta, "Bia", modo, 2, par, agora);
        let mut bancada = Bancada::direta(ana, bia, agora);
        bancada.conversar();
        bancada.bia.sai_no_fim = true;
        bancada.ate("a Bia saísse", 9, |b| b.bia.transporte.despediu());

        let (_, outro) = porta_fechada();
        copia.connect(outro.local_addr().unwrap()).unwrap();
        let longe = outro.local_addr().unwrap();
        bancada.bia = Lado::novo("Bia", modo, 3, longe, bancada.agora);
        let antes = bancada.ana.voltas;
        bancada.segundos(60);
        let voltas = bancada.ana.voltas - antes;
        assert!(voltas < 1000, "{voltas} voltas à toa");
        let saiu = bancada.ana.notas().pop();
        assert_eq!(saiu, Some(&Visto::Saiu), "{:?}", bancada.ana.notas());
    }
}

#[test]
fn quem_escreve_sem_ser_o_par_nao_e_ouvido() {
    let agora = Instant::now();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let estranho = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..50 {
        let endereco = socket.local_addr().unwrap();
        estranho
            .send_to(b"SK\x01antes do connect", endereco)
            .unwrap();
    }
    let longe = UdpSocket::bind("127.0.0.1:0").unwrap();
    let par = longe.local_addr().unwrap();
    let ana = Lado::com_socket(socket, "Ana", Modo::Udp, 1, par, agora);
    let bia = Lado::novo("Bia", Modo::Udp, 2, par, agora);
    let mut bancada = Bancada::direta(ana, bia, agora);
    bancada.segundos(10);
    let quem = estranho.local_addr().unwrap().ip();
    let avisos = bancada.ana.quantos(|v| *v == Visto::Estranho(quem));
    assert_eq!(avisos, 1, "{:?}", bancada.ana.notas());
    assert_eq!(bancada.ana.transporte.medidas().descartados, 50);
    assert_eq!(bancada.ana.quantos(conectou), 0);
}
