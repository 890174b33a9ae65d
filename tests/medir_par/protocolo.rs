//! A leitura do protocolo, diante de qualquer corte e de quaisquer bytes.

use libtest_mimic::Trial;
use medir::par::datagrama;
use medir::par::opiniao;
use medir::par::protocolo::escrita::montar;
use medir::par::protocolo::leitura::abrir;
use medir::par::protocolo::limites::MAIS_MEDIDAS;
use medir::par::protocolo::quadro::Montagem;
use medir::par::protocolo::{
    Bytes, Chegadas, Duvida, Duvidas, Envio, MAIOR_CORPO, Mensagem, Motivo, Pedido, Protocolo,
    Sentido, Serie, Sessao, Tempos, Violacao,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::time::Duration;

pub fn provas() -> Vec<Trial> {
    let prova = |nome: &str, roda: fn()| {
        Trial::test(format!("protocolo::{nome}"), move || {
            roda();
            Ok(())
        })
    };
    vec![
        prova("qualquer_corte_da_a_mesma_mensagem", qualquer_corte),
        prova("uma_mensagem_tem_um_jeito_so_de_ser_escrita", um_jeito_so),
        prova("quaisquer_bytes_sao_lidos_ou_recusados", quaisquer_bytes),
        prova("um_byte_trocado_nao_derruba_a_leitura", byte_trocado),
        prova("um_tamanho_bomba_e_recusado_no_cabecalho", bomba),
        prova("todo_comeco_de_mensagem_espera_pelo_resto", comeco),
        prova("a_sessao_de_um_datagrama_e_conferida", sessao),
        prova("nenhum_relato_derruba_a_opiniao", relatos),
    ]
}

fn quantas(casos: u32) -> ProptestConfig {
    ProptestConfig {
        cases: casos,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn sessoes() -> impl Strategy<Value = Sessao> {
    (1..=u64::MAX).prop_map(Sessao)
}

fn medidas() -> impl Strategy<Value = u32> {
    1..=MAIS_MEDIDAS
}

fn series() -> impl Strategy<Value = Serie> {
    any::<(u32, u32, u32, u32)>().prop_map(|(quantos, tamanho, ritmo, escoar_ms)| Serie {
        quantos,
        tamanho,
        ritmo,
        escoar_ms,
    })
}

fn tempos() -> impl Strategy<Value = Tempos> {
    any::<(u32, u32)>().prop_map(|(duracao_ms, aquecimento_ms)| Tempos {
        duracao_ms,
        aquecimento_ms,
    })
}

fn sentidos() -> impl Strategy<Value = Sentido> {
    prop_oneof![Just(Sentido::Ida), Just(Sentido::Volta)]
}

fn pedidos() -> impl Strategy<Value = Pedido> {
    let protocolos = prop_oneof![Just(Protocolo::Tcp), Just(Protocolo::Udp)];
    prop_oneof![
        (protocolos, series()).prop_map(|(protocolo, serie)| Pedido::Eco { protocolo, serie }),
        (sentidos(), series()).prop_map(|(sentido, serie)| Pedido::Datagramas { sentido, serie }),
        (sentidos(), tempos()).prop_map(|(sentido, tempos)| Pedido::Fluxo { sentido, tempos }),
    ]
}

/// Um texto de até tantos bytes.
fn textos(bytes: usize) -> impl Strategy<Value = String> {
    ".*".prop_map(move |texto: String| {
        let fim = (0..=bytes.min(texto.len())).rev();
        let fim = fim.into_iter().find(|fim| texto.is_char_boundary(*fim));
        texto[..fim.unwrap_or(0)].to_string()
    })
}

fn envios() -> impl Strategy<Value = Envio> {
    let numeros = any::<[u64; 5]>();
    (numeros, option::of(any::<u64>()), textos(16)).prop_map(
        |([enviados, bytes, erros, remarcados, intervalo_ns], retransmitidos, nome)| Envio {
            enviados,
            bytes,
            erros,
            remarcados,
            intervalo_ns,
            retransmitidos,
            congestionamento: nome,
        },
    )
}

fn chegadas() -> impl Strategy<Value = Chegadas> {
    let numeros = any::<[u64; 9]>();
    let talvez = || option::of(any::<u64>());
    (numeros, talvez(), talvez()).prop_map(|(n, variacao_ns, sem_buffer)| Chegadas {
        unicos: n[0],
        repetidos: n[1],
        ultrapassados: n[2],
        inventados: n[3],
        proximo: n[4],
        bytes: n[5],
        intervalo_ns: n[6],
        variacao_ns,
        sem_buffer,
        buffer: n[7],
        devolvidos: n[8],
    })
}

fn bytes_lidos() -> impl Strategy<Value = Bytes> {
    any::<([u64; 4], bool)>().prop_map(|(n, inteiro)| Bytes {
        recebidos: n[0],
        intervalo_ns: n[1],
        na_janela: n[2],
        janela_ns: n[3],
        inteiro,
    })
}

fn duvidas() -> impl Strategy<Value = Duvidas> {
    (0..1_u32 << Duvida::TODAS.len())
        .prop_map(|bits| Duvidas::dos_bits(bits).expect("são bits de dúvidas"))
}

fn mensagens() -> impl Strategy<Value = Mensagem> {
    let motivos = prop::sample::select(Motivo::TODOS.to_vec());
    prop_oneof![
        Just(Mensagem::Ola),
        sessoes().prop_map(|sessao| Mensagem::BemVindo { sessao }),
        (sessoes(), medidas()).prop_map(|(sessao, experimento)| Mensagem::Dados {
            sessao,
            experimento
        }),
        any::<u64>().prop_map(|prova| Mensagem::Caminho { prova }),
        (medidas(), pedidos()).prop_map(|(experimento, pedido)| Mensagem::Pedido {
            experimento,
            pedido
        }),
        any::<u32>().prop_map(|experimento| Mensagem::Pronto { experimento }),
        (medidas(), envios())
            .prop_map(|(experimento, envio)| Mensagem::Envio { experimento, envio }),
        (medidas(), chegadas()).prop_map(|(experimento, chegadas)| Mensagem::Chegadas {
            experimento,
            chegadas
        }),
        (medidas(), bytes_lidos())
            .prop_map(|(experimento, bytes)| Mensagem::Bytes { experimento, bytes }),
        (medidas(), duvidas()).prop_map(|(experimento, duvidas)| Mensagem::Opiniao {
            experimento,
            duvidas
        }),
        (motivos, textos(200))
            .prop_map(|(motivo, explicacao)| Mensagem::Recusa { motivo, explicacao }),
        Just(Mensagem::Tchau),
    ]
}

/// As mensagens de um fluxo, lido em pedaços destes tamanhos, sem nunca ler mais que o
/// que a montagem pede.
fn ler(fluxo: &[u8], pedacos: &[usize]) -> Result<Vec<Mensagem>, Violacao> {
    let mut montagem = Montagem::default();
    let mut lidas = Vec::new();
    let mut resto = fluxo;
    let mut tamanhos = pedacos.iter().cycle();
    while !resto.is_empty() {
        let falta = montagem.falta();
        assert!((1..=MAIOR_CORPO).contains(&falta), "pede {falta} bytes");
        let pedaco = tamanhos.next().copied().unwrap_or(falta);
        let (pedaco, depois) = resto.split_at(pedaco.clamp(1, falta.min(resto.len())));
        lidas.extend(montagem.juntar(pedaco)?);
        resto = depois;
    }
    assert!(montagem.vazia(), "sobrou um pedaço de quadro");
    Ok(lidas)
}

fn qualquer_corte() {
    proptest!(quantas(512), |(
        mensagens in vec(mensagens(), 1..8),
        pedacos in vec(1_usize..300, 1..20),
    )| {
        let fluxo: Vec<u8> = mensagens.iter().flat_map(montar).collect();
        prop_assert_eq!(ler(&fluxo, &pedacos), Ok(mensagens));
    });
}

fn um_jeito_so() {
    proptest!(quantas(1024), |(mensagem in mensagens())| {
        let quadro = montar(&mensagem);
        prop_assert!(quadro.len() <= MAIOR_CORPO + 2);
        let (tamanho, corpo) = quadro.split_at(2);
        prop_assert_eq!(usize::from(tamanho[0]) << 8 | usize::from(tamanho[1]), corpo.len());
        prop_assert_eq!(abrir(corpo), Ok(mensagem));
        // Um byte a mais ou a menos não é a mesma mensagem, nem outra.
        let demais = [corpo, &[0]].concat();
        prop_assert_eq!(abrir(&demais), Err(Violacao::Sobra(1)));
        prop_assert!(abrir(&corpo[..corpo.len() - 1]).is_err());
    });
}

/// O que se lê é o que se escreveria, ou uma violação que se conta em uma linha.
fn lido_ou_recusado(corpo: &[u8]) {
    match abrir(corpo) {
        Ok(mensagem) => assert_eq!(&montar(&mensagem)[2..], corpo),
        Err(violacao) => {
            let frase = violacao.to_string();
            assert_eq!(frase, sockets::visivel(frase.as_bytes()));
        }
    }
}

fn quaisquer_bytes() {
    proptest!(quantas(4096), |(corpo in vec(any::<u8>(), 0..MAIOR_CORPO))| {
        lido_ou_recusado(&corpo);
    });
    // Quase sempre o tipo não existe; aqui existe.
    proptest!(quantas(4096), |(tipo in 0_u8..14, resto in vec(any::<u8>(), 0..100))| {
        lido_ou_recusado(&[&[tipo], resto.as_slice()].concat());
    });
}

fn byte_trocado() {
    proptest!(quantas(2048), |(
        mensagem in mensagens(),
        onde in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    )| {
        let mut quadro = montar(&mensagem);
        let onde = onde.index(quadro.len());
        quadro[onde] = byte;
        lido_ou_recusado(&quadro[2..]);
        let mut montagem = Montagem::default();
        let mut resto = quadro.as_slice();
        while !resto.is_empty() {
            let (pedaco, depois) = resto.split_at(montagem.falta().min(resto.len()));
            resto = depois;
            if montagem.juntar(pedaco).is_err() {
                break;
            }
        }
    });
}

fn bomba() {
    for tamanho in 0..=u16::MAX {
        let mut montagem = Montagem::default();
        let lido = montagem.juntar(&tamanho.to_be_bytes());
        let tamanho = usize::from(tamanho);
        if (1..=MAIOR_CORPO).contains(&tamanho) {
            assert_eq!(lido, Ok(None));
            assert_eq!(montagem.falta(), tamanho);
        } else {
            assert_eq!(lido, Err(Violacao::Tamanho(tamanho)));
        }
    }
}

fn comeco() {
    proptest!(quantas(512), |(mensagem in mensagens(), corte in any::<prop::sample::Index>())| {
        let quadro = montar(&mensagem);
        let corte = corte.index(quadro.len());
        let mut montagem = Montagem::default();
        let mut ido = 0;
        while ido < corte {
            let ate = corte.min(ido + montagem.falta());
            prop_assert_eq!(montagem.juntar(&quadro[ido..ate]), Ok(None));
            ido = ate;
        }
        prop_assert_eq!(montagem.vazia(), corte == 0);
        prop_assert!(montagem.falta() <= quadro.len() - corte);
    });
}

fn sessao() {
    proptest!(quantas(2048), |(
        bytes in vec(any::<u8>(), 0..100),
        sessao in sessoes(),
        prova in any::<u64>(),
    )| {
        // De quem não sabe a sessão, nada se lê nem se responde.
        prop_assert_eq!(datagrama::ler(&bytes, sessao), None);
        prop_assert_eq!(datagrama::responder(&bytes, sessao, prova), None);
        prop_assert_eq!(datagrama::prova(&bytes, sessao), None);
    });
}

fn relatos() {
    let passou = Duration::from_secs(1);
    proptest!(quantas(2048), |(
        serie in series(),
        tempos in tempos(),
        envio in envios(),
        chegadas in chegadas(),
        outras in chegadas(),
        bytes in bytes_lidos(),
        outros in bytes_lidos(),
        impossiveis in any::<u64>(),
    )| {
        let mut todas = Duvidas::default();
        for duvidas in [
            opiniao::de_quem_recebeu(&serie, &envio, &chegadas, passou),
            opiniao::de_quem_mandou(&serie, &chegadas, &envio, passou),
            opiniao::de_quem_respondeu(&chegadas, impossiveis, &outras),
            opiniao::de_quem_ouviu_o_eco(&chegadas, &outras),
            opiniao::do_eco(&envio, &bytes, impossiveis, &outros, passou),
            opiniao::de_quem_leu_o_eco(&bytes, &outros),
            opiniao::de_quem_leu(tempos, &envio, &bytes, passou),
            opiniao::de_quem_escreveu(&bytes, &envio, passou),
        ] {
            todas.juntar(duvidas);
        }
        // Números ao acaso nunca fecham todos.
        prop_assert!(!todas.nenhuma());
    });
}
