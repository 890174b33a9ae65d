//! O que o cliente mede, em que ordem e por quanto tempo.

use std::time::Duration;

use sockets::sorteio::Sorteio;

use crate::par::protocolo::limites::{
    MAIOR_RITMO, MAIS_BYTES, MAIS_BYTES_POR_SEGUNDO,
};
use crate::par::protocolo::{Pedido, Protocolo, Sentido, Serie, Tempos};

/// Quantas perguntas se fazem em cada rodada.
const PERGUNTAS: u32 = 200;

/// Bytes de cada pergunta e de cada resposta.
const DA_PERGUNTA: u32 = 64;

/// Quantas perguntas por segundo.
const PERGUNTAS_POR_SEGUNDO: u32 = 400;

/// O fluxo TCP de cada sentido.
pub const FLUXO: Tempos = Tempos {
    duracao_ms: 1200,
    aquecimento_ms: 400,
};

/// Bytes dos datagramas com que se mede a vazão: cabem, sem se dividir, em qualquer
/// caminho de IPv6 (RFC 8200 §5).
pub const DA_VAZAO: u32 = 1200;

/// Por quanto tempo se oferecem, em milissegundos.
const VAZAO_MS: u32 = 800;

/// Quantos megabits por segundo se oferecem em datagramas, se não se sabe quanto o TCP
/// levou.
const SEM_SABER: f64 = 10.0;

/// O menos que se espera pelas últimas respostas, em milissegundos.
const MENOR_ESCOAMENTO_MS: u32 = 500;

/// O que se gasta à toa em cada medida: pedidos, relatos, uma conexão.
const ENTRE_MEDIDAS: Duration = Duration::from_millis(30);

/// Os datagramas com que se mede a perda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forma {
    /// Quantos em cada rodada e sentido. Com menos de mil, o intervalo da perda é largo
    /// demais para dizer algo.
    pub quantos: u32,
    /// Bytes de cada um.
    pub tamanho: u32,
    /// Quantos por segundo.
    pub ritmo: u32,
}

impl Default for Forma {
    fn default() -> Self {
        Self {
            quantos: 1000,
            tamanho: 200,
            ritmo: 1250,
        }
    }
}

/// O que se mede, tantas vezes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roteiro {
    /// Quantas rodadas.
    pub rodadas: u32,
    /// De que sai a ordem das medidas e o que vai dentro delas.
    pub semente: u64,
    /// Os datagramas da perda.
    pub formas: Vec<Forma>,
    /// Só estes dos [`ENSAIOS`], se se escolheu.
    pub so: Option<Vec<&'static str>>,
}

/// Os nomes dos ensaios.
pub const ENSAIOS: [&str; 3] = ["ida-e-volta", "perda", "vazao"];

/// Uma medida de uma rodada.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ensaio {
    /// Perguntas e respostas.
    IdaEVolta(Protocolo),
    /// Datagramas a um ritmo que não deve encher nada.
    Perda(Sentido, Forma),
    /// Tanto quanto couber.
    Vazao(Protocolo, Sentido),
}

impl Roteiro {
    /// As medidas de uma rodada, na ordem. O que depende de outra vem depois dela: a ida
    /// e volta diz quanto esperar pelas últimas respostas; a vazão do TCP, quanto
    /// oferecer em datagramas. No mais, `semente` sorteia que sentido vem antes.
    #[must_use]
    pub fn rodada(&self, semente: u64) -> Vec<Ensaio> {
        let mut sorteio = Sorteio::novo(semente);
        let mut sentidos = || {
            if sorteio.acontece(0.5) {
                [Sentido::Ida, Sentido::Volta]
            } else {
                [Sentido::Volta, Sentido::Ida]
            }
        };
        let mut ensaios = vec![
            Ensaio::IdaEVolta(Protocolo::Tcp),
            Ensaio::IdaEVolta(Protocolo::Udp),
        ];
        for forma in &self.formas {
            ensaios.extend(sentidos().map(|s| Ensaio::Perda(s, *forma)));
        }
        for protocolo in [Protocolo::Tcp, Protocolo::Udp] {
            ensaios.extend(sentidos().map(|s| Ensaio::Vazao(protocolo, s)));
        }
        ensaios.retain(|ensaio| {
            self.so
                .as_ref()
                .is_none_or(|so| so.contains(&ensaio.nome()))
        });
        ensaios
    }

    /// Se o servidor aceita tudo o que se vai pedir.
    ///
    /// # Errors
    /// O que ele não aceita.
    pub fn conferir(&self) -> Result<(), &'static str> {
        let sabido = Sabido::default();
        for ensaio in self.rodada(self.semente) {
            ensaio.pedido(&sabido).conferir()?;
        }
        Ok(())
    }

    /// Quanto tudo deve demorar.
    #[must_use]
    pub fn estimativa(&self) -> Duration {
        let rodada = self.rodada(self.semente);
        let uma: Duration = rodada.iter().map(Ensaio::estimativa).sum();
        uma * self.rodadas
    }
}

/// O que já se mediu e decide como se mede o resto.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sabido {
    /// A maior ida e volta que se viu.
    pub maior_ida_e_volta: Duration,
    /// A vazão do TCP na ida e na volta, em megabits por segundo.
    pub vazao: [Option<f64>; 2],
}

impl Sabido {
    /// Em que lugar de `vazao` fica este sentido.
    #[must_use]
    pub fn lugar(sentido: Sentido) -> usize {
        match sentido {
            Sentido::Ida => 0,
            Sentido::Volta => 1,
        }
    }

    /// Quanto se espera pelas últimas respostas: três vezes a maior ida e volta, e nunca
    /// menos de meio segundo.
    fn escoar_ms(&self) -> u32 {
        let tres = (self.maior_ida_e_volta * 3).as_millis();
        let tres = u32::try_from(tres).unwrap_or(u32::MAX);
        tres.clamp(MENOR_ESCOAMENTO_MS, MAIOR_ESCOAMENTO_MS)
    }
}

/// O mais que se espera pelas últimas respostas, em milissegundos.
const MAIOR_ESCOAMENTO_MS: u32 = 10_000;

impl Ensaio {
    /// O nome dele, na tabela.
    #[must_use]
    pub fn nome(&self) -> &'static str {
        let [ida_e_volta, perda, vazao] = ENSAIOS;
        match self {
            Self::IdaEVolta(_) => ida_e_volta,
            Self::Perda(..) => perda,
            Self::Vazao(..) => vazao,
        }
    }

    /// Por que protocolo se mede.
    #[must_use]
    pub fn protocolo(&self) -> Protocolo {
        match self {
            Self::IdaEVolta(protocolo) | Self::Vazao(protocolo, _) => {
                *protocolo
            }
            Self::Perda(..) => Protocolo::Udp,
        }
    }

    /// O sentido, na tabela.
    #[must_use]
    pub fn sentido(&self) -> &'static str {
        match self {
            Self::IdaEVolta(_) => "ida-e-volta",
            Self::Perda(sentido, _) | Self::Vazao(_, sentido) => sentido.nome(),
        }
    }

    /// Um nome só dele na rodada.
    #[must_use]
    pub fn chave(&self) -> String {
        let chave = format!(
            "{} protocolo={} sentido={}",
            self.nome(),
            self.protocolo().nome(),
            self.sentido()
        );
        match self {
            Self::Perda(_, forma) => {
                let Forma { tamanho, ritmo, .. } = forma;
                format!("{chave} tamanho={tamanho} ritmo={ritmo}")
            }
            _ => chave,
        }
    }

    /// O que se pede ao servidor, com o que já se sabe.
    #[must_use]
    pub fn pedido(&self, sabido: &Sabido) -> Pedido {
        let escoar_ms = sabido.escoar_ms();
        match *self {
            Self::IdaEVolta(protocolo) => Pedido::Eco {
                protocolo,
                serie: Serie {
                    quantos: PERGUNTAS,
                    tamanho: DA_PERGUNTA,
                    ritmo: PERGUNTAS_POR_SEGUNDO,
                    escoar_ms,
                },
            },
            Self::Perda(sentido, forma) => Pedido::Datagramas {
                sentido,
                serie: Serie {
                    quantos: forma.quantos,
                    tamanho: forma.tamanho,
                    ritmo: forma.ritmo,
                    escoar_ms,
                },
            },
            Self::Vazao(Protocolo::Tcp, sentido) => Pedido::Fluxo {
                sentido,
                tempos: FLUXO,
            },
            Self::Vazao(Protocolo::Udp, sentido) => {
                let vazao = sabido.vazao[Sabido::lugar(sentido)];
                let ritmo = ritmo(vazao.unwrap_or(SEM_SABER));
                Pedido::Datagramas {
                    sentido,
                    serie: Serie {
                        quantos: quantos(ritmo),
                        tamanho: DA_VAZAO,
                        ritmo,
                        escoar_ms,
                    },
                }
            }
        }
    }

    /// Quanto deve demorar, em uma rede rápida.
    #[must_use]
    pub fn estimativa(&self) -> Duration {
        let medida = match self.pedido(&Sabido::default()) {
            Pedido::Eco {
                protocolo: Protocolo::Tcp,
                serie,
            } => serie.duracao(),
            Pedido::Eco { serie, .. } | Pedido::Datagramas { serie, .. } => {
                serie.duracao() + serie.escoamento()
            }
            Pedido::Fluxo { tempos, .. } => tempos.duracao(),
        };
        medida + ENTRE_MEDIDAS
    }
}

/// Quantos datagramas da vazão por segundo levam tantos megabits por segundo, até onde o
/// servidor aceita.
fn ritmo(vazao_mbits: f64) -> u32 {
    let mais = MAIS_BYTES_POR_SEGUNDO / u64::from(DA_VAZAO);
    let mais = u32::try_from(mais).unwrap_or(MAIOR_RITMO).min(MAIOR_RITMO);
    let bytes = vazao_mbits * 1e6 / 8.0;
    let datagramas = bytes / f64::from(DA_VAZAO);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "está entre 1 e o maior ritmo"
    )]
    let ritmo = datagramas.clamp(1.0, mais.into()) as u32;
    ritmo
}

/// Quantos datagramas cabem no tempo da vazão; nunca menos que dois, que é o que tem um
/// intervalo.
fn quantos(ritmo: u32) -> u32 {
    let cabem = u64::from(ritmo) * u64::from(VAZAO_MS) / 1000;
    let cabem = cabem.min(MAIS_BYTES / u64::from(DA_VAZAO));
    u32::try_from(cabem).unwrap_or(u32::MAX).max(2)
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::collections::BTreeSet;

    fn roteiro(rodadas: u32) -> Roteiro {
        Roteiro {
            rodadas,
            semente: 1,
            formas: vec![Forma::default()],
            so: None,
        }
    }

    #[test]
    fn o_de_costume_cabe_em_trinta_segundos_e_o_rapido_em_dez() {
        for (rodadas, segundos) in [(3, 30), (1, 10)] {
            let estimativa = roteiro(rodadas).estimativa();
            assert!(
                estimativa <= Duration::from_secs(segundos),
                "{estimativa:?}"
            );
        }
    }

    #[test]
    fn cada_medida_tem_a_sua_chave_e_a_ordem_sai_da_semente() {
        let mut roteiro = roteiro(1);
        let tamanho = 1200;
        roteiro.formas.push(Forma {
            tamanho,
            ..Forma::default()
        });
        let mut ordens = BTreeSet::new();
        for semente in 0..512 {
            let rodada = roteiro.rodada(semente);
            let chaves: Vec<String> =
                rodada.iter().map(Ensaio::chave).collect();
            let diferentes: BTreeSet<&String> = chaves.iter().collect();
            assert_eq!(diferentes.len(), 10);
            assert_eq!(rodada, roteiro.rodada(semente));
            ordens.insert(chaves);
        }
        assert_eq!(ordens.len(), 16, "dois sentidos, quatro vezes");
    }

    #[test]
    fn so_se_mede_o_que_se_escolheu() {
        for so in [&ENSAIOS[..], &["perda"], &["vazao", "ida-e-volta"]] {
            let roteiro = Roteiro {
                so: Some(so.to_vec()),
                ..roteiro(1)
            };
            let nomes: BTreeSet<&str> =
                roteiro.rodada(1).iter().map(Ensaio::nome).collect();
            assert_eq!(nomes, so.iter().copied().collect());
        }
    }

    #[test]
    fn o_servidor_aceita_tudo_o_que_se_pede() {
        let roteiro = roteiro(1);
        assert_eq!(roteiro.conferir(), Ok(()));
        for vazao in [0.0, 0.001, 10.0, 1e3, 1e6, f64::INFINITY] {
            let sabido = Sabido {
                maior_ida_e_volta: Duration::from_secs(100),
                vazao: [Some(vazao); 2],
            };
            for ensaio in roteiro.rodada(1) {
                let pedido = ensaio.pedido(&sabido);
                assert_eq!(pedido.conferir(), Ok(()), "{pedido:?}");
            }
        }
    }

    #[test]
    fn espera_se_tres_idas_e_voltas_pelas_ultimas_respostas() {
        for (ida_e_volta_ms, escoar_ms) in
            [(0, 500), (100, 500), (200, 600), (9_000, 10_000)]
        {
            let sabido = Sabido {
                maior_ida_e_volta: Duration::from_millis(ida_e_volta_ms),
                ..Sabido::default()
            };
            assert_eq!(sabido.escoar_ms(), escoar_ms);
        }
    }

    #[test]
    fn oferece_se_em_datagramas_o_que_o_tcp_levou() {
        let sabido = Sabido {
            vazao: [Some(96.0), None],
            ..Sabido::default()
        };
        for (sentido, ritmo) in [(Sentido::Ida, 10_000), (Sentido::Volta, 1041)]
        {
            let ensaio = Ensaio::Vazao(Protocolo::Udp, sentido);
            let Pedido::Datagramas { serie, .. } = ensaio.pedido(&sabido)
            else {
                panic!("a vazão do UDP é em datagramas");
            };
            assert_eq!(serie.ritmo, ritmo);
            assert_eq!(serie.tamanho, DA_VAZAO);
        }
    }
}
