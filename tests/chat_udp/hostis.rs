//! O outro lado pode mandar o que quiser.

use sockets::arq::Recibo;
use sockets::chat::datagrama::montar;
use sockets::chat::protocolo::{Item, Mensagem, Modo, Motivo, Sessao, VERSAO};

use super::bancada::{Bancada, Visto};
use super::encaminhador::Rede;
use super::sorteio::Sorteio;

const MODOS: [Modo; 2] = [Modo::Udp, Modo::UdpConfiavel];

/// O número da conversa da bancada: o XOR das duas sessões.
const CONVERSA: u64 = 0xa0 ^ 0xb0;

fn datagrama(conversa: u64, mensagem: &Mensagem<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    montar(conversa, mensagem, &mut bytes);
    bytes
}

fn ola(modo: Modo, sessao: u64, conhecida: u64) -> Vec<u8> {
    let ola = Mensagem::Ola {
        versao: VERSAO,
        modo,
        sessao: Sessao(sessao),
        conhecida: (conhecida != 0).then_some(Sessao(conhecida)),
        recebidos: 0,
        proximo: 0,
        nome: "impostora",
    };
    datagrama(0, &ola)
}

/// Uma conversa de pé; o que se injeta chega à Ana como se fosse da Bia.
fn de_pe(modo: Modo) -> Bancada {
    let mut bancada = Bancada::nova(modo, Rede::BOA, 1);
    bancada.conversar();
    bancada.segundos(1);
    bancada
}

/// A conversa continua a mesma de antes, e serve.
fn continua(bancada: &mut Bancada) {
    let antes = bancada.bia.textos().len();
    bancada.ana.entrada.push_back("continua".into());
    bancada.ate("a linha chegasse", 10, |b| b.bia.textos().len() > antes);
    for lado in [&bancada.ana, &bancada.bia] {
        let comecos = lado.quantos(|v| matches!(v, Visto::Conectou { .. }));
        assert_eq!(comecos, 1, "{:?}", lado.notas());
    }
}

#[test]
fn bytes_quaisquer_de_qualquer_tamanho_sao_contados_e_esquecidos() {
    for modo in MODOS {
        let mut bancada = de_pe(modo);
        let mut sorteio = Sorteio::novo(3);
        let mut mandados = 0;
        for tamanho in (0..1300).chain([1472, 8000, 60_000, 65_507]) {
            let mut bytes = sorteio.bytes(tamanho);
            // Metade passa pela porta: só o resto é lixo.
            if tamanho > 11 && tamanho % 2 == 0 {
                bytes[..3].copy_from_slice(b"SK\x01");
                bytes[3..11].copy_from_slice(&CONVERSA.to_be_bytes());
                // Um tipo que não há, para que o sorteio não acerte um TCHAU.
                bytes[11] |= 0x80;
            }
            mandados += u64::from(bancada.rede().injetar(0, &bytes));
            if mandados % 50 == 0 {
                bancada.segundos(1);
            }
        }
        bancada.segundos(1);
        let descartados = bancada.ana.transporte.medidas().descartados;
        assert_eq!(descartados, mandados, "{:?}", bancada.ana.notas());
        assert_eq!(bancada.ana.notas().len(), 1, "{:?}", bancada.ana.notas());
        continua(&mut bancada);
    }
}

#[test]
fn muitos_olas_de_muitas_sessoes_nao_derrubam_a_conversa_nem_enchem_a_rede() {
    for modo in MODOS {
        let mut bancada = de_pe(modo);
        let mut sorteio = Sorteio::novo(4);
        let antes = bancada.rede().mandados[0];
        for leva in 0..100 {
            for _ in 0..100 {
                // Quem não recebe no endereço da Bia não sabe a sessão da Ana.
                let conhecida = sorteio.numero() * (leva % 2);
                let sessao = sorteio.numero() | 1;
                bancada.rede().injetar(0, &ola(modo, sessao, conhecida));
            }
            bancada.segundos(1);
        }
        let respostas = bancada.rede().mandados[0] - antes;
        assert!(
            respostas < 500,
            "{respostas} datagramas em resposta a 10000"
        );
        continua(&mut bancada);
    }
}

#[test]
fn olas_sem_conversa_de_pe_tem_respostas_contadas() {
    let mut bancada = Bancada::nova(Modo::Udp, Rede::BOA, 5);
    let mut sorteio = Sorteio::novo(5);
    bancada.rede().cortada = true;
    for _ in 0..200 {
        for _ in 0..50 {
            let sessao = sorteio.numero() | 1;
            bancada.rede().injetar(0, &ola(Modo::Udp, sessao, 0));
        }
        bancada.segundos(1);
    }
    assert_eq!(bancada.ana.notas().len(), 1, "{:?}", bancada.ana.notas());
    bancada.rede().cortada = false;
    bancada.conversar();
    continua(&mut bancada);
}

#[test]
fn quem_prova_que_ouve_no_endereco_do_par_toma_o_lugar_e_o_antigo_nao_volta() {
    for modo in MODOS {
        let mut bancada = de_pe(modo);
        bancada.rede().injetar(0, &ola(modo, 0x77, 0xa0));
        bancada.ate("a Ana trocasse", 1, |b| {
            b.ana.visto.contains(&Visto::Conectou {
                nome: "impostora".into(),
                voltou: false,
            })
        });
        bancada.rede().injetar(0, &ola(modo, 0xb0, 0xa0));
        bancada.segundos(2);
        let comecos = bancada.ana.quantos(|v| matches!(v, Visto::Conectou { .. }));
        assert_eq!(comecos, 2, "{:?}", bancada.ana.notas());
    }
}

#[test]
fn numeros_absurdos_nao_mudam_as_contas() {
    let mut bancada = de_pe(Modo::Udp);
    for numero in [u64::MAX, u64::MAX - 1, 1 << 40] {
        let texto = Item::Texto {
            texto: "do fim do mundo",
            continua: false,
        };
        let item = Mensagem::Item {
            numero,
            item: texto,
        };
        bancada.rede().injetar(0, &datagrama(CONVERSA, &item));
        let pong = Mensagem::Pong {
            marca: numero,
            recebidos: numero,
        };
        bancada.rede().injetar(0, &datagrama(CONVERSA, &pong));
    }
    bancada.segundos(1);
    let medidas = bancada.ana.transporte.medidas();
    assert_eq!((medidas.recebidos, medidas.perdidos), (0, 0));
    assert_eq!(medidas.confirmados, 0);
    assert_eq!(bancada.ana.notas().len(), 1);
    continua(&mut bancada);
}

#[test]
fn um_tchau_com_um_total_absurdo_nao_inventa_perdas() {
    let mut bancada = de_pe(Modo::Udp);
    let tchau = Mensagem::Tchau { enviados: u64::MAX };
    bancada.rede().injetar(0, &datagrama(CONVERSA, &tchau));
    bancada.segundos(1);
    assert!(bancada.ana.visto.contains(&Visto::Saiu));
    assert_eq!(bancada.ana.transporte.medidas().perdidos, 0);
}

#[test]
fn depois_do_tchau_so_se_mostra_o_que_se_atrasou() {
    let mut bancada = de_pe(Modo::Udp);
    let texto = Item::Texto {
        texto: "oi",
        continua: false,
    };
    let tchau = Mensagem::Tchau { enviados: 3 };
    bancada.rede().injetar(0, &datagrama(CONVERSA, &tchau));
    for numero in [1, 3, 4, 2] {
        let item = Mensagem::Item {
            numero,
            item: texto,
        };
        bancada.rede().injetar(0, &datagrama(CONVERSA, &item));
    }
    bancada.segundos(1);
    let atrasado = Visto::Atrasado {
        texto: "oi".into(),
        passaram: 0,
    };
    let notas = bancada.ana.notas();
    assert_eq!(
        notas[1..3],
        [&Visto::Perdidos(3), &Visto::Saiu],
        "{notas:?}"
    );
    assert_eq!(notas[3..].len(), 2, "{notas:?}");
    assert_eq!(notas[4], &atrasado, "{notas:?}");
    assert_eq!(bancada.ana.transporte.medidas().perdidos, 1);
}

#[test]
fn recibos_falsos_nao_derrubam_quem_manda() {
    let mut bancada = de_pe(Modo::UdpConfiavel);
    for proximo in [0, 1, 2, 1000, u64::MAX] {
        for janela in [0, 1, u16::MAX] {
            let recibo = Recibo {
                proximo,
                janela,
                mapa: vec![0xff; 32],
            };
            let recibo = datagrama(CONVERSA, &Mensagem::Recibo(recibo));
            bancada.rede().injetar(0, &recibo);
            bancada.ana.entrada.push_back(format!("{proximo} {janela}"));
            bancada.segundos(5);
        }
    }
    bancada.ate("tudo chegasse", 60, |b| b.bia.textos().len() == 15);
    continua(&mut bancada);
}

#[test]
fn a_janela_fechada_com_tudo_confirmado_nao_cala_quem_manda() {
    let mut bancada = de_pe(Modo::UdpConfiavel);
    bancada.ana.entrada.push_back("uma".into());
    bancada.ate("a primeira chegasse", 10, |b| {
        b.bia.textos().len() == 1 && b.ana.transporte.pendentes() == 0
    });
    let fechada = Recibo {
        proximo: 1,
        janela: 0,
        mapa: Vec::new(),
    };
    let fechada = datagrama(CONVERSA, &Mensagem::Recibo(fechada));
    bancada.rede().injetar(0, &fechada);
    bancada.segundos(1);
    bancada.ana.entrada.push_back("outra".into());
    bancada.ate("a segunda chegasse", 10, |b| b.bia.textos().len() == 2);
    continua(&mut bancada);
}

#[test]
fn segmentos_que_nao_trazem_so_itens_inteiros_nao_contam() {
    let mut bancada = de_pe(Modo::UdpConfiavel);
    let mut sorteio = Sorteio::novo(6);
    for tamanho in 1..1180 {
        let carga = sorteio.bytes(tamanho);
        let segmento = Mensagem::Segmento {
            numero: 0,
            carga: &carga,
        };
        let segmento = datagrama(CONVERSA, &segmento);
        bancada.rede().injetar(0, &segmento);
        if tamanho % 50 == 0 {
            bancada.segundos(1);
        }
    }
    bancada.segundos(1);
    assert_eq!(bancada.ana.textos(), [""; 0]);
    bancada.bia.entrada.push_back("de verdade".into());
    bancada.ate("a Ana visse", 10, |b| b.ana.textos() == ["de verdade"]);
}

#[test]
fn mensagens_de_outro_modo_ou_de_tcp_sao_descartadas() {
    for modo in MODOS {
        let mut bancada = de_pe(modo);
        let texto = Item::Texto {
            texto: "x",
            continua: false,
        };
        let item = Mensagem::Item {
            numero: 0,
            item: texto,
        };
        let segmento = Mensagem::Segmento {
            numero: 0,
            carga: &[],
        };
        let alheia = if modo == Modo::Udp { segmento } else { item };
        let alheias = [
            alheia,
            Mensagem::Aceito,
            Mensagem::Confirma { recebidos: 0 },
        ];
        for mensagem in &alheias {
            bancada.rede().injetar(0, &datagrama(CONVERSA, mensagem));
        }
        bancada.segundos(1);
        assert_eq!(bancada.ana.transporte.medidas().descartados, 3);
        assert_eq!(bancada.ana.notas().len(), 1, "{:?}", bancada.ana.notas());
        continua(&mut bancada);
    }
}

#[test]
fn recusas_falsas_nao_derrubam_e_nao_enchem_a_tela() {
    for modo in MODOS {
        let recusa = |motivo| {
            let explicacao = "vá embora";
            datagrama(0, &Mensagem::Recusa { motivo, explicacao })
        };
        let motivos = [Motivo::Lixo, Motivo::Modo, Motivo::Ocupado];
        let mut bancada = de_pe(modo);
        for motivo in motivos {
            bancada.rede().injetar(0, &recusa(motivo));
        }
        bancada.segundos(1);
        assert_eq!(bancada.ana.notas().len(), 1, "{:?}", bancada.ana.notas());
        continua(&mut bancada);

        let mut sozinha = Bancada::nova(modo, Rede::BOA, 6);
        sozinha.rede().cortada = true;
        for motivo in motivos.repeat(100) {
            sozinha.rede().injetar(0, &recusa(motivo));
            sozinha.segundos(1);
        }
        assert_eq!(sozinha.ana.notas().len(), 3, "{:?}", sozinha.ana.notas());
    }
}

#[test]
fn a_uma_recusa_de_outra_versao_nao_se_responde() {
    let recusa = Mensagem::Recusa {
        motivo: Motivo::Versao,
        explicacao: "aqui é a 2",
    };
    let mut recusa = datagrama(0, &recusa);
    recusa[2] = VERSAO + 1;
    let mandados = |recusas: u64| {
        let mut sozinha = Bancada::nova(Modo::Udp, Rede::BOA, 7);
        sozinha.rede().cortada = true;
        for _ in 0..recusas {
            sozinha.rede().injetar(0, &recusa);
            sozinha.segundos(2);
        }
        sozinha.segundos(20 - 2 * recusas);
        let avisos = sozinha
            .ana
            .quantos(|v| matches!(v, Visto::Recusou(Motivo::Versao)));
        assert_eq!(avisos, usize::from(recusas > 0));
        sozinha.rede().mandados[0]
    };
    assert_eq!(mandados(8), mandados(0));
}

#[test]
fn outra_versao_e_recusada_sem_pressa_e_contada_uma_vez() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::BOA, 7);
        bancada.rede().cortada = true;
        for _ in 0..10 {
            for _ in 0..100 {
                bancada.rede().injetar(0, b"SK\x02o que vier depois");
            }
            bancada.segundos(1);
        }
        let recusados = bancada
            .ana
            .quantos(|v| *v == Visto::Recusado(Motivo::Versao));
        assert_eq!(recusados, 1, "{:?}", bancada.ana.notas());
        let mandados = bancada.rede().mandados[0];
        assert!(mandados < 30, "{mandados} datagramas em resposta a 1000");
    }
}

#[test]
fn quem_fala_consigo_mesmo_descobre() {
    for modo in MODOS {
        let mut bancada = Bancada::nova(modo, Rede::BOA, 8);
        bancada.rede().cortada = true;
        bancada.rede().injetar(0, &ola(modo, 0xa0, 0));
        bancada.segundos(1);
        assert!(
            bancada
                .ana
                .visto
                .contains(&Visto::Recusado(Motivo::Espelho))
        );
        assert!(!bancada.ana.transporte.conversando());
    }
}

#[test]
fn perguntas_demais_tem_uma_resposta_cada_e_nada_mais() {
    for modo in MODOS {
        let mut bancada = de_pe(modo);
        let antes = bancada.rede().mandados[0];
        for leva in 0..20 {
            for marca in 0..50 {
                let ping = Mensagem::Ping {
                    marca: leva * 50 + marca,
                };
                bancada.rede().injetar(0, &datagrama(CONVERSA, &ping));
            }
            bancada.segundos(1);
        }
        let respostas = bancada.rede().mandados[0] - antes;
        assert!(respostas < 1100, "{respostas} respostas a 1000 perguntas");
        continua(&mut bancada);
    }
}

/// Uma mensagem bem-feita, com números e textos quaisquer.
fn ao_acaso(sorteio: &mut Sorteio, modo: Modo) -> Vec<u8> {
    let numero = match sorteio.ate(4) {
        0 => sorteio.numero(),
        1 => u64::MAX - sorteio.ate(3),
        _ => sorteio.ate(300),
    };
    let texto = Item::Texto {
        texto: "x",
        continua: sorteio.por_cento(50),
    };
    let mut carga = Vec::new();
    for _ in 0..sorteio.ate(4) {
        let mut item = Vec::new();
        Mensagem::Item {
            numero: sorteio.ate(300),
            item: texto,
        }
        .codificar(&mut item);
        carga.extend(u16::try_from(item.len()).unwrap().to_be_bytes());
        carga.extend(item);
    }
    let quantos = sorteio.indice(33);
    let mapa = sorteio.bytes(quantos);
    let mensagem = match sorteio.ate(10) {
        0 | 1 => Mensagem::Item {
            numero,
            item: texto,
        },
        2 => Mensagem::Item {
            numero,
            item: Item::Nome("outra"),
        },
        3 => Mensagem::Ping { marca: numero },
        4 => Mensagem::Pong {
            marca: sorteio.ate(50),
            recebidos: numero,
        },
        5 if sorteio.por_cento(5) => Mensagem::Tchau { enviados: numero },
        6 => Mensagem::AteLogo { recebidos: numero },
        7 => Mensagem::Recibo(Recibo {
            proximo: numero,
            janela: u16::MAX,
            mapa,
        }),
        8 => {
            let conhecida = [0, 0xa0, numero][sorteio.indice(3)];
            let sessao = [0xb0, numero | 1][usize::from(sorteio.por_cento(5))];
            return ola(modo, sessao, conhecida);
        }
        _ => Mensagem::Segmento {
            numero,
            carga: &carga,
        },
    };
    datagrama(CONVERSA, &mensagem)
}

#[test]
fn mensagens_certas_na_hora_errada_nao_derrubam_o_programa() {
    for semente in 0..20 {
        for modo in MODOS {
            let mut sorteio = Sorteio::novo(semente);
            let mut bancada = de_pe(modo);
            for vez in 0..1000 {
                let bytes = ao_acaso(&mut sorteio, modo);
                bancada.rede().injetar(0, &bytes);
                if vez % 20 == 0 {
                    bancada.ana.entrada.push_back("da Ana".into());
                    bancada.segundos(sorteio.ate(2));
                }
            }
            bancada.rede().cortada = true;
            bancada.segundos(1);
            bancada.ana.desistir();
            bancada.ana.sai_no_fim = true;
            bancada.ate("a Ana saísse", 10, |b| b.ana.transporte.despediu());
        }
    }
}
