//! O que as fórmulas esperam de uma rodada.

use std::time::Duration;

use sockets::medir::formulas::{pare_e_espere, sem_repeticao, tcp_com_sonda};

use super::rodada::{Condicao, Medida, Protocolo};

/// Quanto um lado espera antes de repetir ou desistir: o que o relógio cumpriu, e não o
/// que se pediu a ele.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prazo {
    /// Antes da primeira repetição, em segundos. No TCP é a espera da sonda de cauda.
    pub primeiro_s: f64,
    /// Antes de cada uma das outras, em segundos; no TCP, de cada vez o dobro.
    pub seguinte_s: f64,
}

impl Prazo {
    /// O mesmo antes de todas.
    #[must_use]
    pub fn fixo(prazo: Duration) -> Self {
        Self {
            primeiro_s: prazo.as_secs_f64(),
            seguinte_s: prazo.as_secs_f64(),
        }
    }
}

/// Os prazos dos dois lados.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prazos {
    /// O de quem pergunta.
    pub cliente: Prazo,
    /// O de quem responde.
    pub servidor: Prazo,
}

impl Prazos {
    /// O mesmo prazo fixo nos dois lados.
    #[must_use]
    pub fn iguais(prazo: Duration) -> Self {
        Self {
            cliente: Prazo::fixo(prazo),
            servidor: Prazo::fixo(prazo),
        }
    }

    /// A média do primeiro prazo dos dois lados, em segundos.
    #[must_use]
    pub fn primeiro_s(&self) -> f64 {
        f64::midpoint(self.cliente.primeiro_s, self.servidor.primeiro_s)
    }

    /// A média do prazo das outras repetições dos dois lados, em segundos.
    #[must_use]
    pub fn seguinte_s(&self) -> f64 {
        f64::midpoint(self.cliente.seguinte_s, self.servidor.seguinte_s)
    }
}

/// As frações que se perdem em cada sentido, de 0 a 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Perdas {
    /// Do cliente ao servidor.
    pub ida: f64,
    /// Do servidor ao cliente.
    pub volta: f64,
}

impl Perdas {
    /// As que se pediram ao caminho.
    #[must_use]
    pub fn pedidas(condicao: &Condicao) -> Self {
        Self {
            ida: condicao.perda,
            volta: condicao.perda,
        }
    }

    /// As que ele fez: quantos derrubou de quantos entraram, em cada sentido.
    #[must_use]
    pub fn feitas(medida: &Medida) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "são poucos pacotes")]
        let fracao = |derrubados: u64, entraram: u64| {
            derrubados as f64 / entraram.max(1) as f64
        };
        let (ida, volta) = (medida.contas.ida, medida.contas.volta);
        Self {
            ida: fracao(ida.derrubados, ida.entraram),
            volta: fracao(volta.derrubados, volta.entraram),
        }
    }

    /// A probabilidade de que a pergunta ou a resposta se perca.
    fn de_uma_ou_outra(self) -> f64 {
        self.ida + self.volta - self.ida * self.volta
    }
}

/// Quantos segundos `perguntas` devem levar, com uma ida e volta de `rtt_s`.
///
/// No UDP quem pergunta é o único que repete, ou desiste: para ele tanto faz qual dos
/// dois pacotes se perdeu. No TCP cada lado repete o que é seu e conta o seu próprio
/// prazo. A pergunta que se perde custa o prazo do cliente; a resposta, o do servidor,
/// que não faz o cliente perguntar de novo. Daí uma parcela para cada sentido.
#[must_use]
pub fn tempo_s(
    protocolo: Protocolo,
    perguntas: f64,
    rtt_s: f64,
    prazos: Prazos,
    perdas: Perdas,
) -> f64 {
    let Prazos { cliente, servidor } = prazos;
    let q = perdas.de_uma_ou_outra();
    match protocolo {
        Protocolo::Udp => {
            sem_repeticao(perguntas, rtt_s, cliente.primeiro_s, q)
        }
        Protocolo::PareEEspere => {
            pare_e_espere(perguntas, rtt_s, cliente.primeiro_s, q)
        }
        Protocolo::Tcp => {
            let tcp = |rtt_s, prazo: Prazo, q| {
                let Prazo {
                    primeiro_s,
                    seguinte_s,
                } = prazo;
                tcp_com_sonda(perguntas, rtt_s, primeiro_s, seguinte_s, q)
            };
            tcp(rtt_s, cliente, perdas.ida) + tcp(0.0, servidor, perdas.volta)
        }
    }
}

/// O que a fórmula dá para o que se mediu, em segundos, com a ida e volta e os prazos
/// efetivos.
#[must_use]
pub fn da_medida(medida: &Medida, perdas: Perdas) -> f64 {
    tempo_s(
        medida.condicao.protocolo,
        medida.condicao.perguntas.into(),
        medida.ida_e_volta_s(),
        medida.prazos,
        perdas,
    )
}

/// Quanto uma rodada deve demorar, antes de se saber qualquer coisa.
#[must_use]
pub fn estimativa(condicao: &Condicao) -> Duration {
    /// Uma ida e volta no caminho sem atraso, na mesma CPU.
    const IDA_E_VOLTA_S: f64 = 60e-6;
    /// Abrir, aquecer e fechar.
    const ARRUMACAO: Duration = Duration::from_millis(100);
    /// O que o relógio do TCP acrescenta ao menor prazo, em um caminho curto.
    const GRAO: Duration = Duration::from_millis(8);
    let prazo = match condicao.protocolo {
        Protocolo::Tcp => condicao.menor_prazo_do_tcp + GRAO,
        Protocolo::Udp | Protocolo::PareEEspere => super::PRAZO,
    };
    let segundos = tempo_s(
        condicao.protocolo,
        condicao.perguntas.into(),
        IDA_E_VOLTA_S + condicao.atraso.as_secs_f64(),
        Prazos::iguais(prazo),
        Perdas::pedidas(condicao),
    );
    let hora = Duration::from_secs(3600);
    Duration::try_from_secs_f64(segundos).map_or(hora, |d| d.min(hora))
        + ARRUMACAO
}

#[cfg(test)]
mod testes {
    use super::*;
    use sockets::medir::formulas::nos_dois_sentidos;
    use sockets::sorteio::Sorteio;

    const PERDAS: Perdas = Perdas {
        ida: 0.1,
        volta: 0.1,
    };

    fn perto(medido: f64, esperado: f64, folga: f64) {
        let razao = medido / esperado;
        assert!((razao - 1.0).abs() < folga, "{medido} em vez de {esperado}");
    }

    #[test]
    fn no_udp_tanto_faz_em_que_sentido_se_perdeu() {
        let trocadas = Perdas {
            ida: 0.05,
            volta: 0.2,
        };
        let prazos = Prazos::iguais(Duration::from_millis(50));
        for protocolo in [Protocolo::Udp, Protocolo::PareEEspere] {
            let tempo = |perdas| tempo_s(protocolo, 100.0, 0.0, prazos, perdas);
            let invertidas = Perdas {
                ida: trocadas.volta,
                volta: trocadas.ida,
            };
            perto(tempo(trocadas), tempo(invertidas), 1e-12);
        }
        let q = PERDAS.de_uma_ou_outra();
        perto(q, nos_dois_sentidos(0.1), 1e-12);
    }

    /// Simula os dois lados: cada um repete o que é seu, depois da sonda, de um prazo e
    /// daí em diante do dobro, e o servidor não precisa de que a pergunta se repita.
    #[test]
    fn no_tcp_cada_lado_repete_o_que_e_seu() {
        const VEZES: i32 = 200_000;
        let prazos = Prazos {
            cliente: Prazo {
                primeiro_s: 1.0,
                seguinte_s: 1.5,
            },
            servidor: Prazo {
                primeiro_s: 3.0,
                seguinte_s: 4.0,
            },
        };
        let perdas = Perdas {
            ida: 0.05,
            volta: 0.15,
        };
        let mut sorteio = Sorteio::novo(7);
        let mut espera = |perda: f64, prazo: Prazo| {
            let mut total = 0.0;
            let mut seguinte = prazo.seguinte_s;
            if sorteio.acontece(perda) {
                total += prazo.primeiro_s;
                while sorteio.acontece(perda) {
                    total += seguinte;
                    seguinte *= 2.0;
                }
            }
            total
        };
        let mut total = 0.0;
        for _ in 0..VEZES {
            total += 0.5;
            total += espera(perdas.ida, prazos.cliente);
            total += espera(perdas.volta, prazos.servidor);
        }
        let formula =
            tempo_s(Protocolo::Tcp, f64::from(VEZES), 0.5, prazos, perdas);
        perto(total, formula, 0.02);
    }

    #[test]
    fn toda_condicao_tem_uma_estimativa_que_cabe() {
        for protocolo in Protocolo::TODOS {
            for perda in [0.0, 0.2, 0.5, 1.0] {
                let condicao = Condicao {
                    protocolo,
                    perda,
                    perguntas: 1000,
                    atraso: Duration::ZERO,
                    menor_prazo_do_tcp: Duration::from_millis(200),
                };
                let estimativa = estimativa(&condicao);
                assert!(estimativa <= Duration::from_secs(3601));
                assert!(estimativa > Duration::from_millis(100));
            }
        }
    }
}
