//! O que o servidor mostra de cada medida: o que ele viu, e o que acha do que o cliente
//! diz.

use crate::par::protocolo::{Bytes, Chegadas, Duvidas, Envio, Pedido, Sentido};
use crate::resultados::numeros::{com_algarismos, com_casas};

/// Uma medida que acabou, vista do servidor.
pub struct Relato {
    /// O que o cliente pediu.
    pub pedido: Pedido,
    /// O que se mediu.
    pub medida: Medida,
    /// Do que o servidor duvida.
    pub minhas: Duvidas,
    /// Do que o cliente duvida.
    pub dele: Duvidas,
}

/// O que um lado diz ter mandado, e o outro, recebido.
pub enum Medida {
    /// Em datagramas.
    Datagramas {
        /// O que se mandou.
        envio: Envio,
        /// O que chegou.
        chegadas: Chegadas,
    },
    /// Em uma conexão.
    Bytes {
        /// O que se mandou.
        envio: Envio,
        /// O que chegou.
        bytes: Bytes,
    },
}

impl Relato {
    /// As linhas que se mostram.
    #[must_use]
    pub fn linhas(&self) -> Vec<String> {
        let mut linhas = vec![format!("  {}: {}", self.nome(), self.visto())];
        let duvidas = |quem: &str, duvidas: Duvidas| {
            let frases: Vec<String> = duvidas
                .iter()
                .map(|duvida| format!("    {quem} {}", duvida.frase()))
                .collect();
            frases
        };
        linhas.extend(duvidas("não acredito: o cliente", self.minhas));
        linhas.extend(duvidas("ele não acredita: o servidor", self.dele));
        linhas
    }

    fn nome(&self) -> String {
        match self.pedido {
            Pedido::Eco { protocolo, .. } => {
                format!("ida e volta por {}", protocolo.nome())
            }
            Pedido::Datagramas { sentido, serie } => format!(
                "udp, {} ({} B, {}/s)",
                sentido.nome(),
                serie.tamanho,
                com_casas(serie.ritmo.into(), 0)
            ),
            Pedido::Fluxo { sentido, .. } => {
                format!("tcp, {}", sentido.nome())
            }
        }
    }

    fn visto(&self) -> String {
        match (&self.medida, self.pedido) {
            (Medida::Datagramas { envio, chegadas }, Pedido::Eco { .. }) => {
                format!(
                    "devolvi {} de {} perguntas",
                    contar(chegadas.devolvidos),
                    contar(envio.enviados)
                )
            }
            (Medida::Datagramas { envio, chegadas }, pedido) => {
                let unicos = contar(chegadas.unicos);
                let enviados = contar(envio.enviados);
                match sentido(pedido) {
                    Sentido::Ida => {
                        format!(
                            "ele diz ter mandado {enviados}, recebi {unicos}"
                        )
                    }
                    Sentido::Volta => {
                        format!("ele diz ter recebido {unicos} de {enviados}")
                    }
                }
            }
            (Medida::Bytes { bytes, .. }, Pedido::Eco { .. }) => {
                format!("devolvi {} bytes", contar(bytes.recebidos))
            }
            (Medida::Bytes { bytes, .. }, pedido) => {
                let recebeu = match sentido(pedido) {
                    Sentido::Ida => "recebi",
                    Sentido::Volta => "ele diz ter recebido",
                };
                format!("{recebeu} {} MB", milhoes(bytes.recebidos))
            }
        }
    }
}

fn sentido(pedido: Pedido) -> Sentido {
    match pedido {
        Pedido::Eco { .. } => Sentido::Ida,
        Pedido::Datagramas { sentido, .. } | Pedido::Fluxo { sentido, .. } => {
            sentido
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "é só para se ler")]
fn contar(numero: u64) -> String {
    com_casas(numero as f64, 0)
}

#[expect(clippy::cast_precision_loss, reason = "é só para se ler")]
fn milhoes(bytes: u64) -> String {
    com_algarismos(bytes as f64 / 1e6)
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::par::protocolo::{Duvida, Protocolo, Serie};

    const SERIE: Serie = Serie {
        quantos: 1000,
        tamanho: 200,
        ritmo: 1250,
        escoar_ms: 500,
    };

    fn relato(pedido: Pedido, minhas: Duvidas) -> Relato {
        Relato {
            pedido,
            medida: Medida::Datagramas {
                envio: Envio {
                    enviados: 1000,
                    ..Envio::default()
                },
                chegadas: Chegadas {
                    unicos: 990,
                    devolvidos: 991,
                    ..Chegadas::default()
                },
            },
            minhas,
            dele: Duvidas::default(),
        }
    }

    #[test]
    fn diz_o_que_viu_e_o_que_o_outro_diz() {
        for (pedido, linha) in [
            (
                Pedido::Datagramas {
                    sentido: Sentido::Ida,
                    serie: SERIE,
                },
                "  udp, ida (200 B, 1.250/s): ele diz ter mandado 1.000, recebi \
                 990",
            ),
            (
                Pedido::Datagramas {
                    sentido: Sentido::Volta,
                    serie: SERIE,
                },
                "  udp, volta (200 B, 1.250/s): ele diz ter recebido 990 de \
                 1.000",
            ),
            (
                Pedido::Eco {
                    protocolo: Protocolo::Udp,
                    serie: SERIE,
                },
                "  ida e volta por udp: devolvi 991 de 1.000 perguntas",
            ),
        ] {
            let relato = relato(pedido, Duvidas::default());
            assert_eq!(relato.linhas(), [linha]);
        }
    }

    #[test]
    fn cada_duvida_tem_a_sua_linha() {
        let pedido = Pedido::Datagramas {
            sentido: Sentido::Volta,
            serie: SERIE,
        };
        let mut minhas = Duvidas::default();
        minhas.se(true, Duvida::RecebeuDemais);
        minhas.se(true, Duvida::Tempo);
        let linhas = relato(pedido, minhas).linhas();
        assert_eq!(linhas.len(), 3);
        assert!(
            linhas[1].contains("não acredito: o cliente diz ter recebido"),
            "{linhas:?}"
        );
        assert!(linhas.iter().all(|linha| linha.chars().count() <= 80));
    }
}
