//! A entrega confiável em milhares de redes ruins e diante de pares que mentem.
//!
//! Nada aqui dorme nem abre um socket: o tempo é o da simulação. Toda rede sai de uma
//! semente, que a mensagem da falha diz; a mesma semente repete a falha.
//!
//! `cargo test -p provas --test arq -- --nocapture` mostra a tabela dos tempos.

use std::time::Duration;

use sockets::arq::simulacao::{Enlace, Passo, Resultado, Simulacao};
use sockets::arq::{Configuracao, Emissor, MAIOR_JANELA, Receptor, Recibo};
use sockets::sorteio::Sorteio;

/// Uma rede qualquer: de boa a quase inútil, nos dois sentidos.
fn rede_qualquer(semente: u64) -> Simulacao {
    let mut sorteio = Sorteio::novo(semente);
    let ida = enlace_qualquer(&mut sorteio);
    let volta = enlace_qualquer(&mut sorteio);
    let [emissor, receptor] = [(); 2].map(|()| Configuracao {
        janela: janela_qualquer(&mut sorteio),
        guardados: entre(&mut sorteio, 1, 300),
        ..Configuracao::default()
    });
    let lentidao = match sorteio.abaixo_de(3) {
        0 => milissegundos(&mut sorteio, 50),
        _ => Duration::ZERO,
    };
    Simulacao {
        emissor,
        receptor,
        ida,
        volta,
        lentidao,
        semente,
        ..Simulacao::default()
    }
}

fn enlace_qualquer(sorteio: &mut Sorteio) -> Enlace {
    let taxa = match sorteio.abaixo_de(3) {
        0 => Some(10_000 + sorteio.abaixo_de(1_000_000)),
        _ => None,
    };
    Enlace {
        atraso: milissegundos(sorteio, 100),
        variacao: milissegundos(sorteio, 60),
        perda: sorteio.fracao() * 0.5,
        duplicacao: sorteio.fracao() * 0.3,
        taxa,
        fila: 2000 + sorteio.abaixo_de(100_000),
    }
}

/// As pequenas são as que mais mudam o comportamento: uma em cada duas.
fn janela_qualquer(sorteio: &mut Sorteio) -> u16 {
    let maior = match sorteio.abaixo_de(2) {
        0 => 8,
        _ => usize::from(MAIOR_JANELA),
    };
    u16::try_from(entre(sorteio, 1, maior)).unwrap()
}

fn entre(sorteio: &mut Sorteio, menor: usize, maior: usize) -> usize {
    menor + usize::try_from(sorteio.abaixo_de((maior - menor + 1) as u64)).unwrap()
}

fn milissegundos(sorteio: &mut Sorteio, maior: u64) -> Duration {
    Duration::from_millis(sorteio.abaixo_de(maior + 1))
}

/// Cargas que dizem o próprio número, cada uma de um tamanho.
fn cargas(quantas: usize) -> impl Iterator<Item = Vec<u8>> {
    (0..quantas).map(|numero| {
        let mut carga = numero.to_be_bytes().to_vec();
        carga.resize(8 + numero % 1000, 0);
        carga
    })
}

/// Roda a simulação e confere que tudo foi entregue uma vez, em ordem, e só
/// confirmado depois.
fn conferir(simulacao: &Simulacao, quantas: usize) -> Resultado {
    let semente = simulacao.semente;
    let mut esperadas = cargas(quantas);
    let mut entregues = 0;
    let mut confirmados = 0;
    let resultado = simulacao.rodar(cargas(quantas), |_, numero, passo| match passo {
        Passo::Entregou(carga) => {
            assert_eq!(numero, entregues, "semente {semente}");
            assert_eq!(
                Some(carga),
                esperadas.next().as_deref(),
                "semente {semente}"
            );
            entregues += 1;
        }
        Passo::Confirmou => {
            assert_eq!(numero, confirmados, "semente {semente}");
            assert!(numero < entregues, "semente {semente}");
            confirmados += 1;
        }
        _ => {}
    });
    assert!(resultado.acabou, "semente {semente}: {resultado:?}");
    assert_eq!(entregues, quantas as u64, "semente {semente}");
    assert_eq!(confirmados, quantas as u64, "semente {semente}");
    assert!(resultado.mais_guardados <= simulacao.emissor.guardados);
    assert!(resultado.mais_em_espera <= usize::from(simulacao.receptor.janela));
    resultado
}

#[test]
fn tudo_chega_uma_vez_e_em_ordem_em_qualquer_rede() {
    for semente in 0..500 {
        let quantas = entre(&mut Sorteio::novo(!semente), 1, 300);
        let resultado = conferir(&rede_qualquer(semente), quantas);
        // Nas piores destas redes um segmento e o recibo dele passam, juntos, uma vez
        // em cada quatro.
        assert!(
            resultado.passos <= 2000 + 100 * quantas as u64,
            "semente {semente}: {quantas} segmentos, {resultado:?}"
        );
    }
}

#[test]
fn sem_perda_nada_se_repete() {
    for semente in 0..150 {
        let mut rede = rede_qualquer(semente);
        for enlace in [&mut rede.ida, &mut rede.volta] {
            enlace.perda = 0.0;
            enlace.duplicacao = 0.0;
            enlace.variacao = Duration::ZERO;
            enlace.fila = u64::MAX;
        }
        rede.lentidao = Duration::ZERO;
        rede.receptor.janela = MAIOR_JANELA;
        let resultado = conferir(&rede, 300);
        assert_eq!(
            resultado.emissor.retransmitidos, 0,
            "semente {semente}: {rede:?} {resultado:?}"
        );
    }
}

#[test]
fn com_perda_so_se_repete_o_que_se_perdeu_e_pouco_mais() {
    for semente in 0..50 {
        let mut rede = Simulacao {
            semente,
            ..Simulacao::default()
        };
        for perda in [0.01, 0.05, 0.1, 0.3] {
            rede.ida.perda = perda;
            rede.volta.perda = perda;
            let resultado = conferir(&rede, 400);
            // À toa, só a sonda: o segmento dela tinha chegado, o recibo não.
            assert!(
                resultado.emissor.retransmitidos
                    <= resultado.segmentos_perdidos + resultado.emissor.prazos_vencidos,
                "semente {semente}, perda {perda}: {resultado:?}"
            );
            assert!(resultado.receptor.repetidos <= resultado.emissor.prazos_vencidos);
        }
    }
}

/// A janela de 128 não cabe no caminho, como não cabe no buffer de um socket: o que
/// transborda se repete, mas uma vez.
#[test]
fn uma_fila_menor_que_a_janela_nao_vira_tempestade() {
    for fila in [5_000, 20_000, 60_000, 110_000] {
        for taxa in [100_000, 1_000_000, 10_000_000] {
            let mut rede = Simulacao::default();
            rede.ida.taxa = Some(taxa);
            rede.ida.fila = fila;
            let resultado = conferir(&rede, 2000);
            assert!(
                resultado.receptor.repetidos <= resultado.emissor.prazos_vencidos,
                "fila {fila}, taxa {taxa}: {resultado:?}"
            );
        }
    }
}

/// A ida e volta que se mediu enfrentava a fila; a da sonda, sozinha, é mais curta do que
/// todas. O que transbordou se repete logo depois dela, e não um segmento por prazo.
#[test]
fn a_rajada_que_transborda_se_refaz_em_poucos_prazos() {
    for semente in 0..400 {
        let mut rede = Simulacao {
            semente,
            ..Simulacao::default()
        };
        rede.ida.taxa = Some(1_250_000);
        rede.ida.fila = 32_768;
        rede.ida.variacao = Duration::from_micros(100 * (semente % 20));
        rede.volta.variacao = Duration::from_micros(100 * (semente % 7));
        rede.emissor.guardados = rede.emissor.janela.into();
        // Uma janela de 128 por um caminho em que cabem uns 50.
        let resultado = rede.rodar((0..200).map(|_| vec![0; 1000]), |_, _, _| {});
        assert!(
            resultado.acabou && resultado.emissor.prazos_vencidos <= 3,
            "semente {semente}: {resultado:?}"
        );
    }
}

/// A rede do pedido: 1 MB em cargas de 1180 bytes, ida e volta de 20 ms.
#[test]
fn um_megabyte_em_redes_que_perdem() {
    const SEMENTES: u64 = 11;
    const CARGAS: usize = 889;
    println!("janela | perda | segundos (menor a maior) | repetidos | perdidos");
    for janela in [1, 32, 128] {
        for perda in [0.0, 0.01, 0.05, 0.3] {
            let mut resultados: Vec<Resultado> = (0..SEMENTES)
                .map(|semente| um_megabyte(janela, perda, semente, CARGAS))
                .collect();
            resultados.sort_by_key(|resultado| resultado.demorou);
            let meio = resultados[resultados.len() / 2];
            println!(
                "{janela:6} | {:3.0} % | {:7.3} ({:.3} a {:.3}) | {:4} | {:4}",
                perda * 100.0,
                meio.demorou.as_secs_f64(),
                resultados[0].demorou.as_secs_f64(),
                resultados[resultados.len() - 1].demorou.as_secs_f64(),
                meio.emissor.retransmitidos,
                meio.segmentos_perdidos,
            );
            if perda == 0.0 {
                // O limite da janela: uma janela por ida e volta.
                let voltas = CARGAS.div_ceil(janela.into()) as u64;
                let limite = Duration::from_millis(20 * voltas);
                assert!(meio.demorou >= limite && meio.demorou <= limite * 3 / 2);
            }
        }
    }
}

fn um_megabyte(janela: u16, perda: f64, semente: u64, cargas: usize) -> Resultado {
    let mut rede = Simulacao {
        semente,
        ..Simulacao::default()
    };
    rede.emissor.janela = janela;
    rede.ida.perda = perda;
    let resultado = rede.rodar((0..cargas).map(|_| vec![0; 1180]), |_, _, _| {});
    assert!(
        resultado.acabou,
        "janela {janela}, perda {perda}: {resultado:?}"
    );
    resultado
}

// --- quem mente ------------------------------------------------------------

/// Um recibo com qualquer coisa dentro, de preferência perto do que é verdade.
fn recibo_mentiroso(sorteio: &mut Sorteio, confirmados: u64) -> Recibo {
    let proximo = match sorteio.abaixo_de(5) {
        0 => sorteio.numero(),
        1 => u64::MAX - sorteio.abaixo_de(3),
        2 => confirmados.saturating_sub(sorteio.abaixo_de(300)),
        _ => confirmados + sorteio.abaixo_de(20),
    };
    let janela = match sorteio.abaixo_de(3) {
        0 => 0,
        1 => u16::MAX,
        _ => u16::try_from(sorteio.abaixo_de(300)).unwrap(),
    };
    let tamanho = match sorteio.abaixo_de(20) {
        0 => 100_000,
        _ => entre(sorteio, 0, 64),
    };
    let byte = [0x00, 0xff, 0x55, 0x80][entre(sorteio, 0, 3)];
    Recibo {
        proximo,
        janela,
        mapa: vec![byte; tamanho],
    }
}

#[test]
fn recibos_mentirosos_nao_quebram_o_emissor() {
    for semente in 0..300 {
        let mut sorteio = Sorteio::novo(semente);
        let configuracao = Configuracao {
            janela: u16::try_from(sorteio.abaixo_de(1 << 16)).unwrap(),
            guardados: entre(&mut sorteio, 0, 300),
            ..Configuracao::default()
        };
        let maior_janela = configuracao.janela.clamp(1, MAIOR_JANELA);
        let guardados = configuracao.guardados.max(1);
        let mut emissor = Emissor::novo(configuracao);
        let mut agora = Duration::ZERO;
        let mut confirmados = 0;
        for _ in 0..300 {
            agora += milissegundos(&mut sorteio, 100);
            match sorteio.abaixo_de(4) {
                0 => {
                    while emissor.cabe() {
                        emissor.guardar(Vec::new());
                    }
                }
                1 => emissor.despertar(agora),
                2 => {
                    let mut envios = 0;
                    while let Some(envio) = emissor.proximo_envio(agora) {
                        assert!(envio.numero >= confirmados);
                        envios += 1;
                    }
                    assert!(envios <= maior_janela + 1, "semente {semente}");
                    // Quem espera uma resposta tem sempre um prazo.
                    assert_eq!(
                        emissor.proximo_prazo().is_some(),
                        !emissor.tudo_confirmado(),
                        "semente {semente}"
                    );
                }
                _ => {
                    let recibo = recibo_mentiroso(&mut sorteio, confirmados);
                    confirmados += emissor.recibo(agora, &recibo);
                }
            }
            assert_eq!(emissor.confirmados(), confirmados);
            assert!(confirmados <= emissor.medidas().enviados);
            assert!(emissor.pendentes() <= guardados);
        }
    }
}

#[test]
fn segmentos_quaisquer_nao_quebram_o_receptor() {
    for semente in 0..300 {
        let mut sorteio = Sorteio::novo(semente);
        let janela = janela_qualquer(&mut sorteio);
        let mut receptor = Receptor::novo(Configuracao {
            janela,
            maior_carga: 20,
            ..Configuracao::default()
        });
        let mut entregues = 0;
        for _ in 0..1000 {
            let numero = match sorteio.abaixo_de(4) {
                0 => sorteio.numero(),
                1 => entregues + sorteio.abaixo_de(300),
                _ => (entregues + sorteio.abaixo_de(10)).saturating_sub(3),
            };
            // A carga diz o número; as grandes demais não podem ser entregues.
            let mut carga = numero.to_be_bytes().to_vec();
            carga.resize(entre(&mut sorteio, 8, 24), 0);
            receptor.chegou(numero, &carga);
            assert!(receptor.em_espera() <= janela.into(), "semente {semente}");
            while let Some(carga) = receptor.entregar() {
                assert_eq!(carga[..8], u64::to_be_bytes(entregues), "semente {semente}");
                assert!(carga.len() <= 20);
                entregues += 1;
            }
            let recibo = receptor.recibo();
            assert_eq!((recibo.proximo, recibo.janela), (entregues, janela));
            assert!(recibo.mapa.len() <= usize::from(janela).div_ceil(8));
        }
    }
}

/// O que um estranho pode pôr no meio de uma conversa sem saber o que nela se disse:
/// recibos do que nunca se mandou, recibos velhos, segmentos de outra hora. A
/// conversa acaba como se ele não existisse.
#[test]
fn lixo_no_meio_da_conversa_nao_a_muda() {
    for semente in 0..100 {
        let mut sorteio = Sorteio::novo(semente);
        let mut emissor = Emissor::novo(Configuracao::default());
        let mut receptor = Receptor::novo(Configuracao::default());
        let mut a_mandar = cargas(500);
        let mut esperadas = cargas(500);
        let mut velhos = vec![receptor.recibo()];
        let mut agora = Duration::ZERO;
        loop {
            while emissor.cabe() {
                let Some(carga) = a_mandar.next() else { break };
                emissor.guardar(carga);
            }
            if emissor.tudo_confirmado() {
                break;
            }
            assert!(agora < Duration::from_secs(3600), "semente {semente}");
            agora += Duration::from_millis(5);
            emissor.despertar(agora);
            while let Some(envio) = emissor.proximo_envio(agora) {
                let alem = receptor.entregues() + 128 + sorteio.abaixo_de(1 << 60);
                receptor.chegou(alem, b"lixo");
                receptor.chegou(envio.numero, &[0; 1181]);
                if !sorteio.acontece(0.2) {
                    receptor.chegou(envio.numero, envio.carga);
                }
            }
            while let Some(carga) = receptor.entregar() {
                assert_eq!(Some(carga), esperadas.next(), "semente {semente}");
            }
            let velho = entre(&mut sorteio, 0, velhos.len() - 1);
            emissor.recibo(agora, &velhos[velho]);
            let futuro = Recibo {
                proximo: emissor.medidas().enviados + 1 + sorteio.abaixo_de(1 << 60),
                janela: 0,
                mapa: vec![0xff; 32],
            };
            assert_eq!(emissor.recibo(agora, &futuro), 0);
            velhos.push(receptor.recibo());
            if !sorteio.acontece(0.2) {
                emissor.recibo(agora, &velhos[velhos.len() - 1]);
            }
        }
        assert_eq!(receptor.entregues(), 500, "semente {semente}");
        assert_eq!(esperadas.next(), None);
    }
}
