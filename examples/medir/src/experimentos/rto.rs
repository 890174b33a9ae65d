//! Por que o TCP demora mais que o pare-e-espere: o menor prazo dele, e só ele.
//!
//! As mesmas perguntas, com as mesmas perdas, em conexões que só diferem no menor prazo
//! de retransmissão que o núcleo admite (`rto_min`, em `ip-route(8)`). Se o tempo cai na
//! proporção do prazo e o número de repetições fica o mesmo, a causa é o prazo. O
//! pare-e-espere, que espera 50 ms, vai junto para comparar.

use std::time::Duration;

use anyhow::Result;

use super::pergunta_resposta::linhas::com_menor_prazo;
use super::pergunta_resposta::previsao::estimativa;
use super::pergunta_resposta::rodada::medir;
use super::pergunta_resposta::{Condicao, PRAZO, Perda, Protocolo};
use crate::laboratorio::Laboratorio;
use crate::resultados::{Contexto, Linha, Passo};

/// O subcomando, e a tabela.
pub const NOME: &str = "rto";

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// A perda, e quantas perguntas.
    pub perda: Perda,
    /// Os menores prazos que se dão ao TCP.
    pub menores_prazos: Vec<Duration>,
    /// Quantas rodadas.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            perda: Perda {
                porcento: 5.0,
                perguntas: 60,
            },
            rodadas: 3,
            ..Self::completo()
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            perda: Perda {
                porcento: 5.0,
                perguntas: 600,
            },
            menores_prazos: [200, 100, 50].map(Duration::from_millis).into(),
            rodadas: 5,
        }
    }
}

/// Os passos: cada rodada é um só, com todos os prazos, porque todos levam as perdas da
/// mesma semente.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    (1..=pedido.rodadas)
        .map(|rodada| passo(pedido, rodada))
        .collect()
}

fn passo(pedido: &Pedido, rodada: u32) -> Passo {
    let Perda {
        porcento,
        perguntas,
    } = pedido.perda;
    let corridas = corridas(pedido);
    Passo {
        chave: format!("rto p={porcento} n={perguntas} rodada={rodada}"),
        estimativa: corridas.iter().map(|(_, c)| estimativa(c)).sum(),
        fazer: Box::new(move |contexto| {
            corridas
                .iter()
                .map(|(menor_prazo, condicao)| {
                    correr(contexto, rodada, *menor_prazo, condicao)
                })
                .collect()
        }),
    }
}

/// O que se faz em uma rodada: o TCP com cada prazo e, por fim, o pare-e-espere.
fn corridas(pedido: &Pedido) -> Vec<(Duration, Condicao)> {
    let condicao = |protocolo, menor_prazo_do_tcp| Condicao {
        protocolo,
        perda: pedido.perda.porcento / 100.0,
        perguntas: pedido.perda.perguntas,
        atraso: Duration::ZERO,
        menor_prazo_do_tcp,
    };
    let tcp = pedido
        .menores_prazos
        .iter()
        .map(|&menor| (menor, condicao(Protocolo::Tcp, menor)));
    let outro = (PRAZO, condicao(Protocolo::PareEEspere, PRAZO));
    tcp.chain([outro]).collect()
}

fn correr(
    contexto: &Contexto<'_>,
    rodada: u32,
    menor_prazo: Duration,
    condicao: &Condicao,
) -> Result<Linha> {
    let semente = contexto.semente;
    let _ajuste = match condicao.protocolo {
        Protocolo::Tcp => {
            Some(MenorPrazo::ajustar(contexto.laboratorio, menor_prazo)?)
        }
        _ => None,
    };
    let medida = medir(contexto, condicao, semente)?;
    Ok(com_menor_prazo(NOME, semente, rodada, menor_prazo, &medida))
}

/// O menor prazo do TCP está mudado; ao sair de cena, volta a ser o do núcleo.
struct MenorPrazo<'a>(&'a Laboratorio);

impl<'a> MenorPrazo<'a> {
    fn ajustar(laboratorio: &'a Laboratorio, prazo: Duration) -> Result<Self> {
        laboratorio.menor_prazo_do_tcp(prazo)?;
        Ok(Self(laboratorio))
    }
}

impl Drop for MenorPrazo<'_> {
    fn drop(&mut self) {
        // Se deu para mudar, dá para voltar.
        let _ = self.0.menor_prazo_padrao();
    }
}
