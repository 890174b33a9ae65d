//! O que um lado acha do que o outro relata. Uma mentira bem contada não se descobre
//! daqui; o que não pode ser verdade, sim.

use std::time::Duration;

use super::protocolo::{
    Bytes, Chegadas, Duvida, Duvidas, Envio, Serie, Tempos,
};
use super::ritmo::nanossegundos;

/// Quanto os relógios de dois computadores andam em passos diferentes, no máximo: uma
/// parte em cem, muito mais que qualquer um de verdade.
const PASSO: u64 = 100;

/// O que acha quem mandou datagramas de quem diz tê-los recebido. `passou` é quanto
/// passou aqui, desde antes do primeiro envio.
#[must_use]
pub fn de_quem_recebeu(
    serie: &Serie,
    mandei: &Envio,
    diz: &Chegadas,
    passou: Duration,
) -> Duvidas {
    let mut duvidas = Duvidas::default();
    duvidas.se(
        diz.unicos > mandei.enviados || diz.proximo > mandei.enviados,
        Duvida::RecebeuDemais,
    );
    let chegaram = diz
        .unicos
        .saturating_add(diz.repetidos)
        .saturating_add(diz.inventados);
    let bytes = chegaram.saturating_mul(serie.tamanho.into());
    duvidas.se(
        diz.bytes != bytes
            || diz.inventados > 0
            || diz.ultrapassados > diz.unicos.saturating_sub(1)
            || diz.proximo < diz.unicos
            || (diz.unicos > 1 && diz.variacao_ns.is_none())
            || diz.devolvidos > chegaram,
        Duvida::ContaNaoFecha,
    );
    duvidas.se(depressa_demais(serie, mandei, diz), Duvida::DepressaDemais);
    duvidas.se(buffer_demais(mandei, diz), Duvida::BufferDemais);
    duvidas.se(variacao_demais(diz, mandei), Duvida::Variacao);
    duvidas.se(nao_cabe(diz.intervalo_ns, passou), Duvida::Tempo);
    duvidas
}

/// Quem recebe `unicos` de números diferentes recebeu, no mínimo, tantos seguidos; entre
/// o primeiro e o último deles passou, ao mandar, a mesma parte do intervalo dos envios.
/// Uma fila no caminho pode juntá-los, mas não mais do que ela mesma atrasa, e o tempo
/// de escoar é maior que isso.
fn depressa_demais(serie: &Serie, mandei: &Envio, diz: &Chegadas) -> bool {
    let Some(intervalos) = mandei.enviados.checked_sub(1).filter(|n| *n > 0)
    else {
        return false;
    };
    let seguidos = diz.unicos.saturating_sub(1).min(intervalos);
    let parte = u128::from(mandei.intervalo_ns) * u128::from(seguidos)
        / u128::from(intervalos);
    let folga = nanossegundos(serie.escoamento()).into();
    parte.saturating_sub(folga) > u128::from(diz.intervalo_ns)
}

/// O buffer só perde o que chegou até ele: o que se mandou e ninguém leu, e cópias que
/// a rede fez.
fn buffer_demais(mandei: &Envio, diz: &Chegadas) -> bool {
    let perdidos = mandei.enviados.saturating_sub(diz.unicos);
    let copias = diz.repetidos.saturating_add(mandei.enviados / PASSO);
    diz.sem_buffer
        .is_some_and(|sem| sem > perdidos.saturating_add(copias))
}

/// Cada diferença de que a variação é a média é, no máximo, o intervalo das chegadas
/// mais o dos envios.
fn variacao_demais(recebido: &Chegadas, mandado: &Envio) -> bool {
    let tudo = recebido.intervalo_ns.saturating_add(mandado.intervalo_ns);
    recebido
        .variacao_ns
        .is_some_and(|variacao| variacao > tudo.saturating_add(tudo / PASSO))
}

/// Se um tempo que o outro lado mediu é maior do que todo o que passou aqui.
fn nao_cabe(diz_ns: u64, passou: Duration) -> bool {
    let passou = nanossegundos(passou);
    diz_ns > passou.saturating_add(passou / PASSO)
}

/// O que acha quem recebeu datagramas de quem diz tê-los mandado.
#[must_use]
pub fn de_quem_mandou(
    serie: &Serie,
    recebi: &Chegadas,
    diz: &Envio,
    passou: Duration,
) -> Duvidas {
    let mut duvidas = Duvidas::default();
    duvidas.se(
        diz.enviados > serie.quantos.into() || recebi.inventados > 0,
        Duvida::MandouDemais,
    );
    duvidas.se(recebi.proximo > diz.enviados, Duvida::MandouMenos);
    let bytes = diz.enviados.saturating_mul(serie.tamanho.into());
    duvidas.se(diz.bytes != bytes, Duvida::ContaNaoFecha);
    // A hora que vem em cada datagrama também é ele quem diz.
    duvidas.se(variacao_demais(recebi, diz), Duvida::Variacao);
    duvidas.se(nao_cabe(diz.intervalo_ns, passou), Duvida::Tempo);
    duvidas
}

/// O que acha quem perguntou de quem diz ter ouvido as perguntas e respondido, além de
/// [`de_quem_recebeu`]: `recebi` são as respostas, e `impossiveis`, as que ninguém podia
/// ter dado.
#[must_use]
pub fn de_quem_respondeu(
    recebi: &Chegadas,
    impossiveis: u64,
    diz: &Chegadas,
) -> Duvidas {
    let mut duvidas = Duvidas::default();
    duvidas.se(impossiveis > 0, Duvida::AntesDaPergunta);
    duvidas.se(recebi.unicos > diz.devolvidos, Duvida::MandouMenos);
    duvidas
}

/// O que acha quem respondeu de quem diz ter ouvido as respostas: `devolvi` é o que se
/// fez do que chegou.
#[must_use]
pub fn de_quem_ouviu_o_eco(devolvi: &Chegadas, diz: &Chegadas) -> Duvidas {
    let mut duvidas = Duvidas::default();
    duvidas.se(diz.unicos > devolvi.devolvidos, Duvida::RecebeuDemais);
    duvidas
}

/// O mesmo, em uma conexão.
#[must_use]
pub fn de_quem_leu_o_eco(devolvi: &Bytes, diz: &Bytes) -> Duvidas {
    let mut duvidas = Duvidas::default();
    let demais = diz.recebidos > devolvi.recebidos;
    duvidas.se(demais, Duvida::RecebeuDemais);
    duvidas
}

/// O que acha quem perguntou por uma conexão de quem diz ter devolvido tudo: `ouvi` é o
/// que voltou, e `impossiveis`, as respostas que ninguém podia ter dado.
#[must_use]
pub fn do_eco(
    mandei: &Envio,
    ouvi: &Bytes,
    impossiveis: u64,
    diz: &Bytes,
    passou: Duration,
) -> Duvidas {
    let mut duvidas = Duvidas::default();
    duvidas.se(nao_cabe(diz.intervalo_ns, passou), Duvida::Tempo);
    duvidas.se(diz.recebidos > mandei.bytes, Duvida::RecebeuDemais);
    duvidas.se(ouvi.recebidos > diz.recebidos, Duvida::MandouMenos);
    duvidas.se(impossiveis > 0, Duvida::AntesDaPergunta);
    duvidas.se(
        diz.inteiro && diz.recebidos < mandei.bytes,
        Duvida::FaltaDoFluxo,
    );
    duvidas
}

/// O que acha quem mandou um fluxo de quem diz tê-lo recebido.
#[must_use]
pub fn de_quem_leu(
    tempos: Tempos,
    mandei: &Envio,
    diz: &Bytes,
    passou: Duration,
) -> Duvidas {
    let mut duvidas = Duvidas::default();
    duvidas.se(diz.recebidos > mandei.bytes, Duvida::RecebeuDemais);
    let util = tempos.duracao().saturating_sub(tempos.aquecimento());
    duvidas.se(
        diz.na_janela > diz.recebidos || diz.janela_ns > nanossegundos(util),
        Duvida::ContaNaoFecha,
    );
    duvidas.se(
        diz.inteiro && diz.recebidos < mandei.bytes,
        Duvida::FaltaDoFluxo,
    );
    duvidas.se(curta_demais(tempos, mandei, diz), Duvida::DepressaDemais);
    duvidas.se(nao_cabe(diz.intervalo_ns, passou), Duvida::Tempo);
    duvidas
}

/// A janela vai até a hora marcada para o fim, se se mandou até lá: em uma muito menor,
/// os mesmos bytes seriam uma vazão que nunca houve.
fn curta_demais(tempos: Tempos, mandei: &Envio, diz: &Bytes) -> bool {
    let duracao = nanossegundos(tempos.duracao());
    let util = tempos.duracao().saturating_sub(tempos.aquecimento());
    mandei.intervalo_ns >= duracao / 4 * 3
        && diz.janela_ns < nanossegundos(util) / 4
        && diz.na_janela > 0
}

/// O que acha quem recebeu um fluxo de quem diz tê-lo mandado.
#[must_use]
pub fn de_quem_escreveu(
    recebi: &Bytes,
    diz: &Envio,
    passou: Duration,
) -> Duvidas {
    let mut duvidas = Duvidas::default();
    duvidas.se(recebi.recebidos > diz.bytes, Duvida::MandouMenos);
    duvidas.se(
        recebi.inteiro && recebi.recebidos < diz.bytes,
        Duvida::FaltaDoFluxo,
    );
    duvidas.se(nao_cabe(diz.intervalo_ns, passou), Duvida::Tempo);
    duvidas
}

#[cfg(test)]
mod testes {
    use super::*;

    const SERIE: Serie = Serie {
        quantos: 1000,
        tamanho: 200,
        ritmo: 1000,
        escoar_ms: 500,
    };

    const PASSOU: Duration = Duration::from_millis(1600);

    fn mandei() -> Envio {
        Envio {
            enviados: 1000,
            bytes: 200_000,
            intervalo_ns: 999_000_000,
            ..Envio::default()
        }
    }

    fn honesto() -> Chegadas {
        Chegadas {
            unicos: 950,
            repetidos: 3,
            ultrapassados: 2,
            proximo: 998,
            bytes: 953 * 200,
            intervalo_ns: 995_000_000,
            variacao_ns: Some(40_000),
            sem_buffer: Some(0),
            ..Chegadas::default()
        }
    }

    fn sobre(mudar: impl FnOnce(&mut Chegadas)) -> Vec<Duvida> {
        let mut diz = honesto();
        mudar(&mut diz);
        de_quem_recebeu(&SERIE, &mandei(), &diz, PASSOU)
            .iter()
            .collect()
    }

    #[test]
    fn de_um_relato_honesto_nao_se_duvida() {
        assert_eq!(sobre(|_| ()), []);
        // Nada chegou, chegou um só, ou tudo se perdeu no buffer.
        assert_eq!(sobre(|diz| *diz = Chegadas::default()), []);
        let um = Chegadas {
            unicos: 1,
            proximo: 7,
            bytes: 200,
            sem_buffer: Some(999),
            ..Chegadas::default()
        };
        assert_eq!(sobre(|diz| *diz = um), []);
        // O começo e o fim se perderam: o intervalo é menor, e é assim mesmo.
        let meio = Chegadas {
            unicos: 100,
            proximo: 500,
            bytes: 20_000,
            intervalo_ns: 99_000_000,
            variacao_ns: Some(1),
            ..Chegadas::default()
        };
        assert_eq!(sobre(|diz| *diz = meio), []);
        // Uma fila segurou os primeiros.
        assert_eq!(sobre(|diz| diz.intervalo_ns = 600_000_000), []);
    }

    #[test]
    fn o_que_nao_pode_ser_e_dito() {
        type Mentira = fn(&mut Chegadas);
        let mentiras: [(Mentira, Duvida); 13] = [
            (
                |diz| {
                    diz.unicos = 1001;
                    diz.proximo = 1001;
                    diz.bytes = 1004 * 200;
                },
                Duvida::RecebeuDemais,
            ),
            (|diz| diz.proximo = 1001, Duvida::RecebeuDemais),
            (|diz| diz.bytes += 1, Duvida::ContaNaoFecha),
            (|diz| diz.bytes = u64::MAX, Duvida::ContaNaoFecha),
            (|diz| diz.repetidos += 1, Duvida::ContaNaoFecha),
            (|diz| diz.ultrapassados = 950, Duvida::ContaNaoFecha),
            (|diz| diz.proximo = 949, Duvida::ContaNaoFecha),
            (|diz| diz.variacao_ns = None, Duvida::ContaNaoFecha),
            (|diz| diz.devolvidos = 954, Duvida::ContaNaoFecha),
            (|diz| diz.intervalo_ns = 4_000, Duvida::DepressaDemais),
            (|diz| diz.sem_buffer = Some(70), Duvida::BufferDemais),
            (
                |diz| diz.variacao_ns = Some(3_000_000_000),
                Duvida::Variacao,
            ),
            (|diz| diz.intervalo_ns = 1_700_000_000, Duvida::Tempo),
        ];
        for (qual, (mentir, duvida)) in mentiras.into_iter().enumerate() {
            assert_eq!(sobre(mentir), [duvida], "mentira {qual}");
        }
        let absurdo = Chegadas {
            unicos: u64::MAX,
            repetidos: u64::MAX,
            ultrapassados: u64::MAX,
            inventados: u64::MAX,
            proximo: u64::MAX,
            bytes: u64::MAX,
            intervalo_ns: u64::MAX,
            variacao_ns: Some(u64::MAX),
            sem_buffer: Some(u64::MAX),
            buffer: u64::MAX,
            devolvidos: u64::MAX,
        };
        assert!(sobre(|diz| *diz = absurdo).len() >= 3);
    }

    #[test]
    fn de_quem_mandou_tambem_se_duvida() {
        let sobre = |mudar: &dyn Fn(&mut Envio)| -> Vec<Duvida> {
            let mut diz = mandei();
            mudar(&mut diz);
            let duvidas = de_quem_mandou(&SERIE, &honesto(), &diz, PASSOU);
            duvidas.iter().collect()
        };
        assert_eq!(sobre(&|_| ()), []);
        let menos = |diz: &mut Envio| {
            diz.enviados = 950;
            diz.bytes = 950 * 200;
        };
        assert_eq!(sobre(&menos), [Duvida::MandouMenos]);
        let demais = |diz: &mut Envio| {
            diz.enviados = 1001;
            diz.bytes = 1001 * 200;
        };
        assert_eq!(sobre(&demais), [Duvida::MandouDemais]);
        assert_eq!(sobre(&|diz| diz.bytes -= 1), [Duvida::ContaNaoFecha]);
        let longo = |diz: &mut Envio| diz.intervalo_ns = 2_000_000_000;
        assert_eq!(sobre(&longo), [Duvida::Tempo]);
        let absurdo = |diz: &mut Envio| {
            diz.enviados = u64::MAX;
            diz.bytes = u64::MAX;
            diz.intervalo_ns = u64::MAX;
        };
        assert!(sobre(&absurdo).len() >= 2);
        let inventado = Chegadas {
            inventados: 1,
            ..honesto()
        };
        let duvidas = de_quem_mandou(&SERIE, &inventado, &mandei(), PASSOU);
        assert!(duvidas.iter().eq([Duvida::MandouDemais]));
        let relogio = Chegadas {
            variacao_ns: Some(u64::MAX),
            ..honesto()
        };
        let duvidas = de_quem_mandou(&SERIE, &relogio, &mandei(), PASSOU);
        assert!(duvidas.iter().eq([Duvida::Variacao]));
    }

    #[test]
    fn de_quem_responde_sem_ter_ouvido_se_duvida() {
        let devolveu = Chegadas {
            devolvidos: 100,
            ..Chegadas::default()
        };
        let respostas = |unicos| Chegadas {
            unicos,
            ..Chegadas::default()
        };
        let sobre = |unicos, impossiveis| -> Vec<Duvida> {
            let respostas = respostas(unicos);
            de_quem_respondeu(&respostas, impossiveis, &devolveu)
                .iter()
                .collect()
        };
        assert_eq!(sobre(100, 0), []);
        assert_eq!(sobre(101, 0), [Duvida::MandouMenos]);
        assert_eq!(sobre(7, 1), [Duvida::AntesDaPergunta]);
        for (ouviu, duvidoso) in [(100, false), (101, true)] {
            let duvidas = de_quem_ouviu_o_eco(&devolveu, &respostas(ouviu));
            assert_eq!(!duvidas.nenhuma(), duvidoso);
            let bytes = |recebidos| Bytes {
                recebidos,
                ..Bytes::default()
            };
            let duvidas = de_quem_leu_o_eco(&bytes(100), &bytes(ouviu));
            assert_eq!(!duvidas.nenhuma(), duvidoso);
        }
    }

    #[test]
    fn de_um_eco_por_conexao_se_duvida() {
        let mandei = Envio {
            bytes: 6400,
            ..Envio::default()
        };
        let ouvi = Bytes {
            recebidos: 6400,
            inteiro: true,
            ..Bytes::default()
        };
        let sobre = |recebidos, impossiveis| -> Vec<Duvida> {
            let diz = Bytes { recebidos, ..ouvi };
            do_eco(&mandei, &ouvi, impossiveis, &diz, PASSOU)
                .iter()
                .collect()
        };
        assert_eq!(sobre(6400, 0), []);
        assert_eq!(sobre(6401, 0), [Duvida::RecebeuDemais]);
        let menos = [Duvida::MandouMenos, Duvida::FaltaDoFluxo];
        assert_eq!(sobre(6399, 0), menos);
        assert_eq!(sobre(6400, 2), [Duvida::AntesDaPergunta]);
    }

    #[test]
    fn de_um_fluxo_se_duvida_do_que_o_tcp_nao_faz() {
        let tempos = Tempos {
            duracao_ms: 1000,
            aquecimento_ms: 300,
        };
        let mandei = Envio {
            bytes: 1_000_000,
            intervalo_ns: 1_000_000_000,
            ..Envio::default()
        };
        let honesto = Bytes {
            recebidos: 1_000_000,
            intervalo_ns: 1_050_000_000,
            na_janela: 700_000,
            janela_ns: 690_000_000,
            inteiro: true,
        };
        let sobre = |diz: Bytes| -> Vec<Duvida> {
            de_quem_leu(tempos, &mandei, &diz, PASSOU).iter().collect()
        };
        assert_eq!(sobre(honesto), []);
        // Quem parou de ler na hora não tem tudo.
        let parou = Bytes {
            recebidos: 800_000,
            inteiro: false,
            ..honesto
        };
        assert_eq!(sobre(parou), []);
        for (diz, duvida) in [
            (
                Bytes {
                    recebidos: 1_000_001,
                    ..honesto
                },
                Duvida::RecebeuDemais,
            ),
            (
                Bytes {
                    recebidos: 999_999,
                    ..honesto
                },
                Duvida::FaltaDoFluxo,
            ),
            (
                Bytes {
                    na_janela: 1_000_001,
                    ..honesto
                },
                Duvida::ContaNaoFecha,
            ),
            (
                Bytes {
                    janela_ns: 700_000_001,
                    ..honesto
                },
                Duvida::ContaNaoFecha,
            ),
            (
                Bytes {
                    janela_ns: 1_000,
                    ..honesto
                },
                Duvida::DepressaDemais,
            ),
            (
                Bytes {
                    intervalo_ns: u64::MAX,
                    ..honesto
                },
                Duvida::Tempo,
            ),
        ] {
            assert_eq!(sobre(diz), [duvida], "{diz:?}");
        }

        let dele = |diz: Envio| -> Vec<Duvida> {
            de_quem_escreveu(&honesto, &diz, PASSOU).iter().collect()
        };
        assert_eq!(dele(mandei.clone()), []);
        let com = |bytes| Envio {
            bytes,
            ..mandei.clone()
        };
        assert_eq!(dele(com(999_999)), [Duvida::MandouMenos]);
        assert_eq!(dele(com(1_000_001)), [Duvida::FaltaDoFluxo]);
        let longo = Envio {
            intervalo_ns: u64::MAX,
            ..mandei.clone()
        };
        assert_eq!(dele(longo), [Duvida::Tempo]);
    }
}
