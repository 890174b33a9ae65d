//! Pares que não seguem o protocolo, e pares que nem são do chat.

use sockets::chat::protocolo::{Mensagem, Modo, Motivo, Sessao};
use sockets::chat::transporte::Transporte;
use std::net::{IpAddr, Ipv4Addr, Shutdown};

use super::hostil::{Hostil, ola, quadro, texto};
use super::lado::{Lado, Visto, escuta, prazos};

#[test]
fn quem_nao_e_do_chat_e_recusado_no_segundo_byte() {
    let comecos: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\xff\xff",
        b"\x00\x00",
        b"\x04\x4d",
    ];
    for comeco in comecos {
        let (mut lado, porta) = Lado::sozinho(prazos());
        let mut par = Hostil::ligar(porta);
        par.mandar_bytes(&comeco[..2], &mut lado);
        par.mandar_bytes(&comeco[2..], &mut lado);
        par.ate_recusar(Motivo::Lixo, &mut lado);
        assert!(lado.recusado(Motivo::Lixo), "{lado:?}");
        assert!(!lado.tcp.conversando());
    }
}

#[test]
fn quem_manda_muito_lixo_ainda_ouve_por_que_foi_recusado() {
    for conversar in [false, true] {
        let (mut lado, porta) = Lado::sozinho(prazos());
        let mut par = Hostil::ligar(porta);
        if conversar {
            par.conversar(1, &mut lado);
        }
        let lixo = vec![b'G'; 300_000];
        assert_eq!(par.mandar_bytes(&lixo, &mut lado), lixo.len());
        par.socket.shutdown(Shutdown::Write).unwrap();
        par.ate_recusar(Motivo::Lixo, &mut lado);
    }
}

#[test]
fn corpos_que_nao_sao_mensagens_sao_lixo_antes_e_durante_a_conversa() {
    let corpos: [&[u8]; 8] = [
        b"\x00",
        b"\x0c",
        b"\xff",
        b"\x02\x00",
        b"\x04\x00\x00\x00\x00\x00\x00\x00\x00\x09oi",
        b"\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xfe",
        b"\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00a\nb",
        b"\x05\x00",
    ];
    for corpo in corpos {
        for conversar in [false, true] {
            let (mut lado, porta) = Lado::sozinho(prazos());
            let mut par = Hostil::ligar(porta);
            if conversar {
                par.conversar(1, &mut lado);
            }
            let tamanho = u16::try_from(corpo.len()).unwrap().to_be_bytes();
            par.mandar_bytes(&[&tamanho, corpo].concat(), &mut lado);
            par.ate_recusar(Motivo::Lixo, &mut lado);
            assert!(lado.recusado(Motivo::Lixo), "{corpo:?} {lado:?}");
            assert_eq!(lado.caiu(), conversar, "{lado:?}");
        }
    }
}

#[test]
fn outra_versao_outro_modo_e_a_propria_sessao_tem_recusa_propria() {
    let outra_versao = b"\x00\x04\x01\x09\xff\xff";
    let outro_modo = quadro(&Mensagem::Ola {
        versao: 1,
        modo: Modo::UdpConfiavel,
        sessao: Sessao(1),
        conhecida: None,
        recebidos: 0,
        proximo: 0,
        nome: "Bia",
    });
    for (bytes, motivo) in [
        (outra_versao.to_vec(), Motivo::Versao),
        (outro_modo, Motivo::Modo),
        (quadro(&ola(1000)), Motivo::Espelho),
    ] {
        let (mut lado, porta) = Lado::sozinho(prazos());
        let mut par = Hostil::ligar(porta);
        par.mandar_bytes(&bytes, &mut lado);
        par.ate_recusar(motivo, &mut lado);
        assert!(lado.recusado(motivo), "{lado:?}");
        // Quem insiste não enche a tela.
        let vistos = lado.vistos.len();
        let mut par = Hostil::ligar(porta);
        par.mandar_bytes(&bytes, &mut lado);
        par.ate_recusar(motivo, &mut lado);
        assert_eq!(lado.vistos.len(), vistos, "{lado:?}");
    }
}

#[test]
fn mensagens_certas_fora_de_hora_sao_lixo() {
    let cedo = [
        Mensagem::Aceito,
        texto(0, "oi"),
        Mensagem::Confirma { recebidos: 0 },
        Mensagem::Ping { marca: 1 },
        Mensagem::Tchau { enviados: 0 },
    ];
    for mensagem in &cedo {
        let (mut lado, porta) = Lado::sozinho(prazos());
        let mut par = Hostil::ligar(porta);
        par.mandar(mensagem, &mut lado);
        par.ate_recusar(Motivo::Lixo, &mut lado);
        // Também de quem ainda espera pelo ACEITO que não vem de si.
        let mut par = Hostil::ligar(porta);
        par.mandar(&ola(2000), &mut lado);
        if *mensagem != Mensagem::Aceito {
            par.mandar(mensagem, &mut lado);
            par.ate_recusar(Motivo::Lixo, &mut lado);
        }
        assert!(lado.conversas().is_empty() || *mensagem == Mensagem::Aceito);
    }
    let tarde = [
        ola(1),
        Mensagem::Aceito,
        Mensagem::Confirma { recebidos: 1 },
        Mensagem::Segmento {
            numero: 0,
            carga: b"x",
        },
    ];
    for mensagem in &tarde {
        let (mut lado, porta) = Lado::sozinho(prazos());
        let mut par = Hostil::ligar(porta);
        par.conversar(1, &mut lado);
        par.mandar(mensagem, &mut lado);
        par.ate_recusar(Motivo::Lixo, &mut lado);
        assert!(lado.caiu(), "{mensagem:?} {lado:?}");
    }
}

#[test]
fn itens_que_se_repetem_sao_descartados_e_que_saltam_sao_lixo() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    for numero in [0, 1, 0, 1, 2] {
        par.mandar(&texto(numero, &numero.to_string()), &mut lado);
    }
    par.ate_chegar("Confirma { recebidos: 3 }", &mut lado);
    assert_eq!(lado.textos(), ["0", "1", "2"]);
    assert_eq!(lado.tcp.medidas().duplicados, 2);
    par.mandar(&texto(4, "salto"), &mut lado);
    par.ate_recusar(Motivo::Lixo, &mut lado);
    assert_eq!(lado.textos().len(), 3);
}

#[test]
fn numeros_no_fim_da_conta_nao_dao_a_volta() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    let ola = Mensagem::Ola {
        versao: 1,
        modo: Modo::Tcp,
        sessao: Sessao(1),
        conhecida: None,
        recebidos: u64::MAX,
        proximo: u64::MAX,
        nome: "hostil",
    };
    par.mandar(&ola, &mut lado);
    par.ate_chegar("Aceito", &mut lado);
    par.mandar(&texto(u64::MAX, "o último"), &mut lado);
    par.ate_recusar(Motivo::Lixo, &mut lado);
}

#[test]
fn quem_diz_ter_recebido_o_que_nunca_foi_mandado_e_recusado() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    lado.dizer("só um, que ainda não foi a ninguém");
    let mut par = Hostil::ligar(porta);
    let ola = Mensagem::Ola {
        versao: 1,
        modo: Modo::Tcp,
        sessao: Sessao(1),
        conhecida: Some(Sessao(1000)),
        recebidos: 1,
        proximo: 0,
        nome: "hostil",
    };
    par.mandar(&ola, &mut lado);
    par.ate_recusar(Motivo::Lixo, &mut lado);
    assert_eq!(lado.tcp.pendentes(), 1);
}

#[test]
fn um_byte_de_cada_vez_tambem_e_conversa() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    for byte in quadro(&ola(1)).chunks(1) {
        par.mandar_bytes(byte, &mut lado);
    }
    par.ate_chegar("Aceito", &mut lado);
    for byte in quadro(&texto(0, "devagar")).chunks(1) {
        par.mandar_bytes(byte, &mut lado);
    }
    par.ate_chegar("Confirma { recebidos: 1 }", &mut lado);
    assert_eq!(lado.textos(), ["devagar"]);
}

#[test]
fn quem_nao_acaba_um_quadro_e_recusado_mesmo_que_goteje() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    // Um quadro inteiro não conta o tempo do seguinte, nem cada byte deste.
    par.mandar(&texto(0, "inteiro"), &mut lado);
    par.mandar_bytes(&[0, 200], &mut lado);
    for _ in 0..3 {
        assert!(!lado.caiu(), "{lado:?}");
        par.mandar_bytes(&[4], &mut lado);
        // Que não se diga que é por silêncio.
        lado.adiantar(prazos().quadro / 3);
        par.mandar_bytes(&[4], &mut lado);
    }
    par.ate_recusar(Motivo::Demora, &mut lado);
    assert!(lado.recusado(Motivo::Demora));
}

#[test]
fn quem_fala_aos_poucos_mas_fala_nao_e_recusado() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    // Há sempre um quadro pela metade, mas nunca o mesmo.
    let bytes: Vec<u8> = (0..10)
        .flat_map(|numero| quadro(&texto(numero, "devagar")))
        .collect();
    let tamanho = bytes.len() / 10;
    par.mandar_bytes(&bytes[..tamanho / 2], &mut lado);
    for (inteiros, pedaco) in bytes[tamanho / 2..].chunks(tamanho).enumerate() {
        lado.adiantar(prazos().quadro.min(prazos().presenca.silencio) / 2);
        par.mandar_bytes(pedaco, &mut lado);
        lado.ate(|lado| lado.caiu() || lado.textos().len() == inteiros + 1);
    }
    assert!(!lado.caiu(), "{lado:?}");
}

#[test]
fn quem_liga_e_nao_se_apresenta_e_recusado() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let mut mudo = Hostil::ligar(porta);
    mudo.ate_chegar("Ola", &mut lado);
    lado.adiantar(prazos().cumprimento);
    mudo.ate_recusar(Motivo::Demora, &mut lado);
    // Também quem se apresenta, é o árbitro e não escolhe.
    let mut indeciso = Hostil::ligar(porta);
    indeciso.mandar(&ola(2000), &mut lado);
    indeciso.ate_chegar("Ola", &mut lado);
    lado.adiantar(prazos().cumprimento);
    indeciso.ate_recusar(Motivo::Demora, &mut lado);
    assert!(lado.recusado(Motivo::Demora));
}

#[test]
fn quem_atende_e_nao_fala_ou_desliga_e_contado_e_tentado_de_novo() {
    let ((escuta_do_par, porta_do_par), (escuta_do_lado, _)) = (escuta(), escuta());
    let mut lado = Lado::abrir(escuta_do_lado, porta_do_par, 1000, prazos());
    let mut mudo = Hostil::atender(&escuta_do_par, &mut lado);
    mudo.ate_chegar("Ola", &mut lado);
    lado.adiantar(prazos().cumprimento);
    mudo.ate_recusar(Motivo::Demora, &mut lado);
    drop(Hostil::atender(&escuta_do_par, &mut lado));
    let desligou = |v: &Visto| matches!(v, Visto::SemResposta(f) if f.contains("desligou"));
    lado.ate(|lado| lado.vistos.iter().any(desligou));
    Hostil::atender(&escuta_do_par, &mut lado).cortar();
    Hostil::atender(&escuta_do_par, &mut lado).conversar(1, &mut lado);
}

#[test]
fn a_recusa_do_outro_e_contada_uma_vez() {
    let (escuta_do_par, porta_do_par) = escuta();
    let (escuta_do_lado, _) = escuta();
    let mut lado = Lado::abrir(escuta_do_lado, porta_do_par, 1000, prazos());
    for motivo in [
        Motivo::Ocupado,
        Motivo::Modo,
        Motivo::Modo,
        Motivo::Estranho,
    ] {
        let mut par = Hostil::atender(&escuta_do_par, &mut lado);
        let explicacao = "\u{1b}[2Jporque sim";
        par.mandar(&Mensagem::Recusa { motivo, explicacao }, &mut lado);
        par.ate(&mut lado, |par, _| par.acabou);
    }
    let recusas = [
        Visto::Recusou(Motivo::Modo),
        Visto::Recusou(Motivo::Estranho),
    ];
    assert_eq!(lado.vistos, recusas);
}

#[test]
fn um_rst_em_qualquer_fase_so_acaba_com_aquela_conexao() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    Hostil::ligar(porta).cortar();
    let mut par = Hostil::ligar(porta);
    par.ate_chegar("Ola", &mut lado);
    par.cortar();
    let mut par = Hostil::ligar(porta);
    par.mandar_bytes(&quadro(&ola(1))[..10], &mut lado);
    par.cortar();
    let mut par = Hostil::ligar(porta);
    par.mandar(&ola(2000), &mut lado);
    par.cortar();
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    par.mandar_bytes(&quadro(&texto(0, "cortado"))[..9], &mut lado);
    par.cortar();
    lado.ate(|lado| lado.caiu());
    let mut par = Hostil::ligar(porta);
    par.conversar(1, &mut lado);
    lado.despedir();
    par.ate_chegar("Tchau", &mut lado);
    par.cortar();
    lado.ate(|lado| lado.tcp.despediu());
    assert_eq!(lado.conversas().len(), 2);
    assert!(lado.textos().is_empty());
}

#[test]
fn o_programa_que_liga_para_si_mesmo_nao_conversa() {
    // O endereço do par é o da própria escuta.
    let (escuta, porta) = escuta();
    let mut lado = Lado::abrir(escuta, porta, 1000, prazos());
    lado.ate(|lado| lado.recusado(Motivo::Espelho));
    assert!(!lado.tcp.conversando());
}

#[test]
fn um_cumprimento_que_ficou_velho_nao_vira_conversa() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    lado.dizer("zero");
    // Este ouve que o próximo item é o 0, e demora a responder.
    let mut lento = Hostil::ligar(porta);
    lento.ate_chegar("Ola", &mut lado);
    assert!(lento.chegou[0].contains("proximo: 0"), "{:?}", lento.chegou);
    let mut outro = Hostil::ligar(porta);
    outro.conversar(1, &mut lado);
    outro.mandar(&Mensagem::Confirma { recebidos: 1 }, &mut lado);
    lado.ate(|lado| lado.tcp.pendentes() == 0);
    outro.cortar();
    lado.ate(|lado| lado.caiu());
    // O item 0 já não existe: só um cumprimento novo serve.
    lento.mandar(&ola(2), &mut lado);
    lento.ate(&mut lado, |lento, _| lento.acabou);
    assert!(!lento.viu("Aceito"), "{:?}", lento.chegou);
    Hostil::ligar(porta).conversar(2, &mut lado);
}

#[cfg(target_os = "linux")]
#[test]
fn um_estranho_e_recusado_e_anunciado_uma_vez() {
    let (mut lado, porta) = Lado::sozinho(prazos());
    let estranho = IpAddr::from([127, 0, 0, 2]);
    for _ in 0..20 {
        let mut par = Hostil::ligar_de(estranho, porta).unwrap();
        par.mandar(&ola(1), &mut lado);
        par.ate_recusar(Motivo::Estranho, &mut lado);
    }
    let anuncios = lado
        .vistos
        .iter()
        .filter(|v| **v == Visto::Estranho(estranho));
    assert_eq!(anuncios.count(), 1);
    assert_eq!(lado.tcp.medidas().descartados, 20);
    assert!(lado.conversas().is_empty());
    // E não impede o par de verdade de entrar.
    let mut parados: Vec<Hostil> = (0..50)
        .map(|_| Hostil::ligar_de(estranho, porta).unwrap())
        .collect();
    let mut par = Hostil::ligar_de(Ipv4Addr::LOCALHOST.into(), porta).unwrap();
    par.conversar(1, &mut lado);
    parados.clear();
}
