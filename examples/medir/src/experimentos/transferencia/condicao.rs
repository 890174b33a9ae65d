//! Com que protocolo se transfere, e por que caminho.

use std::time::Duration;

use sockets::medir::formulas;

use crate::caminho::Regras;

/// Como os bytes viajam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocolo {
    /// O ARQ do chat, com esta janela, em segmentos.
    UdpJanela(u16),
    /// TCP, com este controle de congestionamento.
    Tcp(&'static str),
}

impl Protocolo {
    /// O ARQ com cada janela e o TCP com cada controle, nesta ordem.
    pub fn todos<'a>(
        janelas: &'a [u16],
        controles: &'a [&'static str],
    ) -> impl Iterator<Item = Self> + 'a {
        let janelas = janelas.iter().map(|&janela| Self::UdpJanela(janela));
        janelas.chain(controles.iter().map(|&controle| Self::Tcp(controle)))
    }
}

/// Um trecho do caminho por onde não passa tudo que se quer mandar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gargalo {
    /// Quantos bits por segundo passam, contando os quadros inteiros.
    pub bits_por_segundo: u64,
    /// Quantos bytes esperam a vez na entrada dele.
    pub fila: usize,
}

/// Uma condição.
#[derive(Debug, Clone, PartialEq)]
pub struct Condicao {
    /// Como os bytes viajam.
    pub protocolo: Protocolo,
    /// Quantos.
    pub bytes: usize,
    /// Quantos vão em cada segmento do ARQ.
    pub carga: usize,
    /// A ida e volta do caminho, sem fila.
    pub ida_e_volta: Duration,
    /// A perda de cada sentido, em %.
    pub porcento: f64,
    /// O trecho estreito da ida, se há.
    pub gargalo: Option<Gargalo>,
    /// Quantos bytes se pedem ao sistema para o buffer de recepção do ARQ (`SO_RCVBUF`);
    /// `None`, o que ele der.
    pub buffer: Option<usize>,
}

impl Condicao {
    /// O nome da condição, igual de uma vez para outra.
    #[must_use]
    pub fn chave(&self) -> String {
        let protocolo = match self.protocolo {
            Protocolo::UdpJanela(janela) => format!("udp-janela w={janela}"),
            Protocolo::Tcp(controle) => format!("tcp-{controle}"),
        };
        let gargalo = self.gargalo.map_or(String::new(), |gargalo| {
            format!(" taxa={} fila={}", gargalo.bits_por_segundo, gargalo.fila)
        });
        let buffer = self
            .buffer
            .map_or(String::new(), |bytes| format!(" buffer={bytes}"));
        format!(
            "{protocolo} p={} rtt={}ms n={}{gargalo}{buffer}",
            self.porcento,
            self.ida_e_volta.as_millis(),
            self.bytes
        )
    }

    /// As regras de um sentido do caminho que só atrasa.
    #[must_use]
    pub fn so_atraso(&self) -> Regras {
        Regras {
            atraso: self.ida_e_volta / 2,
            ..Regras::default()
        }
    }

    /// As regras da ida e da volta.
    #[must_use]
    pub fn regras(&self) -> (Regras, Regras) {
        let volta = Regras {
            perda: self.porcento / 100.0,
            ..self.so_atraso()
        };
        let ida = Regras {
            taxa: self.gargalo.map(|gargalo| gargalo.bits_por_segundo),
            fila: self.gargalo.map_or(0, |gargalo| gargalo.fila),
            ..volta.clone()
        };
        (ida, volta)
    }

    /// O limite da janela, em segundos; `None` para o TCP, que não tem uma fixa.
    #[must_use]
    pub fn limite_da_janela_s(&self) -> Option<f64> {
        let Protocolo::UdpJanela(janela) = self.protocolo else {
            return None;
        };
        #[expect(clippy::cast_precision_loss, reason = "são poucos bytes")]
        Some(formulas::janela(
            self.bytes as f64,
            janela.into(),
            self.carga as f64,
            self.ida_e_volta.as_secs_f64(),
        ))
    }

    /// Quanto a transferência deve demorar, por alto.
    #[must_use]
    pub fn estimativa(&self) -> Duration {
        let perda = self.porcento / 100.0;
        #[expect(clippy::cast_precision_loss, reason = "são poucos bytes")]
        let bytes = self.bytes as f64;
        let segundos = match self.limite_da_janela_s() {
            Some(limite) => limite * (1.0 + 10.0 * perda),
            // O que Mathis diz, e um prazo a cada poucas perdas.
            None => bytes * 8.0 / 20e6 + bytes / 1448.0 * perda * 0.1,
        };
        let gargalo = self.gargalo.map_or(0.0, |gargalo| {
            #[expect(clippy::cast_precision_loss, reason = "é uma estimativa")]
            let taxa = gargalo.bits_por_segundo as f64;
            bytes * 8.0 / taxa
        });
        Duration::from_secs_f64(0.2 + segundos + gargalo)
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn condicao() -> Condicao {
        Condicao {
            protocolo: Protocolo::UdpJanela(16),
            bytes: 500_000,
            carga: 1000,
            ida_e_volta: Duration::from_millis(20),
            porcento: 5.0,
            gargalo: None,
            buffer: None,
        }
    }

    #[test]
    fn cada_sentido_perde_o_que_se_pediu_e_atrasa_metade() {
        let (ida, volta) = condicao().regras();
        assert_eq!(ida, volta);
        assert!((ida.perda - 0.05).abs() < 1e-12);
        assert_eq!(ida.atraso, Duration::from_millis(10));
    }

    #[test]
    fn o_gargalo_e_so_da_ida() {
        let (ida, volta) = Condicao {
            gargalo: Some(Gargalo {
                bits_por_segundo: 10,
                fila: 20,
            }),
            ..condicao()
        }
        .regras();
        assert_eq!((ida.taxa, ida.fila), (Some(10), 20));
        assert_eq!((volta.taxa, volta.fila), (None, 0));
    }

    #[test]
    fn o_limite_e_o_de_uma_janela_por_ida_e_volta() {
        let limite = condicao().limite_da_janela_s().unwrap();
        assert!((limite - 32.0 * 0.02).abs() < 1e-12, "{limite}");
        let tcp = Condicao {
            protocolo: Protocolo::Tcp("reno"),
            ..condicao()
        };
        assert_eq!(tcp.limite_da_janela_s(), None);
    }

    #[test]
    fn condicoes_diferentes_tem_chaves_diferentes() {
        let outras = [
            condicao(),
            Condicao {
                protocolo: Protocolo::UdpJanela(1),
                ..condicao()
            },
            Condicao {
                protocolo: Protocolo::Tcp("reno"),
                ..condicao()
            },
            Condicao {
                porcento: 0.5,
                ..condicao()
            },
            Condicao {
                gargalo: Some(Gargalo {
                    bits_por_segundo: 10,
                    fila: 20,
                }),
                ..condicao()
            },
            Condicao {
                buffer: Some(7),
                ..condicao()
            },
        ];
        let chaves: std::collections::BTreeSet<String> =
            outras.iter().map(Condicao::chave).collect();
        assert_eq!(chaves.len(), outras.len());
    }
}
