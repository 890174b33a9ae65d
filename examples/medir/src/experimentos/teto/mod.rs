//! Até onde esta máquina vai quando nada se perde nem se atrasa: é o teto das outras
//! medidas, e o que se compara com o `iperf3`.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`inundacao`] | datagramas em massa: um lado manda sem parar, o outro lê sem parar |
//! | [`loopback`] | as conexões que não saem do computador |
//!
//! No loopback só há o núcleo; no caminho há também dois cabos e o emulador, um pacote de
//! cada vez.

pub mod inundacao;
pub mod loopback;

use std::time::Duration;

use anyhow::{Result, bail};

use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::experimentos::latencia::do_caminho;
use crate::experimentos::vazao::massa::{self, Duracao};
use crate::laboratorio::{AjustesTcp, Lado};
use crate::resultados::{Contexto, Linha, Passo, Valor};

/// O subcomando, e a tabela.
pub const NOME: &str = "teto";

/// Por onde passam os bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lugar {
    /// Dentro de um computador só.
    Loopback,
    /// De um computador ao outro, pelo emulador.
    Caminho,
}

/// Em que os bytes vão.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocolo {
    /// TCP, com este controle de congestionamento.
    Tcp(&'static str),
    /// UDP, em datagramas deste tamanho.
    Udp(usize),
}

/// Uma condição.
pub type Condicao = (Lugar, Protocolo);

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// As condições. Por UDP só se mede o loopback: quem inunda o caminho mede o buffer
    /// do emulador.
    pub condicoes: Vec<Condicao>,
    /// Quanto dura cada rodada.
    pub duracao: Duracao,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            duracao: Duracao {
                aquecimento: Duration::from_millis(200),
                medida: Duration::from_millis(300),
            },
            rodadas: 3,
            ..Self::completo()
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            condicoes: vec![
                (Lugar::Loopback, Protocolo::Tcp("cubic")),
                (Lugar::Loopback, Protocolo::Udp(1400)),
                (Lugar::Caminho, Protocolo::Tcp("cubic")),
            ],
            duracao: Duracao {
                aquecimento: Duration::from_secs(1),
                medida: Duration::from_secs(3),
            },
            rodadas: 5,
        }
    }
}

/// Os passos: em cada rodada, todas as condições.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    let duracao = pedido.duracao;
    let mut passos = Vec::new();
    for rodada in 1..=pedido.rodadas {
        for &condicao in &pedido.condicoes {
            let (lugar, protocolo) = condicao;
            let chave = format!(
                "{NOME} {} {} rodada={rodada}",
                lugar.nome(),
                protocolo.nome()
            );
            passos.push(Passo {
                chave,
                estimativa: duracao.aquecimento
                    + duracao.medida
                    + Duration::from_millis(100),
                fazer: Box::new(move |contexto| {
                    let medida = medir(contexto, condicao, duracao)?;
                    let semente = contexto.semente;
                    Ok(vec![linha(rodada, semente, condicao, &medida)])
                }),
            });
        }
    }
    passos
}

/// O que se mediu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medida {
    /// Quantos bytes foram lidos.
    pub bytes: u64,
    /// Em quanto tempo.
    pub tempo: Duration,
    /// Datagramas que não couberam no buffer de recepção; `None` em TCP e onde não se
    /// sabe.
    pub sem_buffer: Option<u64>,
    /// O que faz duvidar do número; vazia quando nada.
    pub ressalva: String,
}

/// Faz uma rodada.
///
/// # Errors
/// Onde o sistema não deixa medir; em particular, sem o controle de congestionamento
/// pedido.
pub fn medir(
    contexto: &Contexto<'_>,
    (lugar, protocolo): Condicao,
    duracao: Duracao,
) -> Result<Medida> {
    let laboratorio = contexto.laboratorio;
    laboratorio.cpus(Ocupacao::Livres)?;
    laboratorio.aplicar(Regras::default(), Regras::default(), contexto.semente);
    match (lugar, protocolo) {
        (Lugar::Loopback, Protocolo::Udp(tamanho)) => {
            inundar(contexto, tamanho, duracao)
        }
        (Lugar::Caminho, Protocolo::Udp(_)) => {
            bail!("o teto de UDP só se mede no loopback")
        }
        (_, Protocolo::Tcp(controle)) => {
            escoar(contexto, lugar, controle, duracao)
        }
    }
}

fn escoar(
    contexto: &Contexto<'_>,
    lugar: Lugar,
    controle: &'static str,
    duracao: Duracao,
) -> Result<Medida> {
    let laboratorio = contexto.laboratorio;
    let pontas = match lugar {
        Lugar::Loopback => {
            laboratorio.dentro(Lado::Cliente, || loopback::tcp(controle))?
        }
        Lugar::Caminho => laboratorio.par_tcp(AjustesTcp {
            congestionamento: Some(controle),
            sem_nagle: false,
        })?,
    };
    let lido =
        massa::correr(&pontas, duracao, contexto.interrompido, || Ok(()));
    laboratorio.encerrar(pontas)?;
    let lido = lido?;
    Ok(Medida {
        bytes: lido.bytes,
        tempo: lido.tempo,
        sem_buffer: None,
        ressalva: do_caminho(&laboratorio.contas()).join("; "),
    })
}

fn inundar(
    contexto: &Contexto<'_>,
    tamanho: usize,
    duracao: Duracao,
) -> Result<Medida> {
    let laboratorio = contexto.laboratorio;
    let pontas = laboratorio.dentro(Lado::Cliente, loopback::udp)?;
    let lido = inundacao::correr(
        &pontas,
        tamanho,
        duracao,
        contexto.interrompido,
        // Com um procurador os contadores são os da máquina inteira, e não servem.
        || match laboratorio.sem_tcp() {
            Some(_) => Ok(None),
            None => laboratorio.contadores(Lado::Cliente).map(Some),
        },
    )?;
    let contadores = lido.depois.zip(lido.antes);
    Ok(Medida {
        bytes: lido.bytes,
        tempo: lido.tempo,
        sem_buffer: contadores
            .map(|(depois, antes)| depois.desde(&antes).udp_sem_buffer),
        ressalva: String::new(),
    })
}

fn linha(
    rodada: u32,
    semente: u64,
    (lugar, protocolo): Condicao,
    medida: &Medida,
) -> Linha {
    use Valor::{Ausente, Inteiro, Medida as Numero, Texto};
    let (protocolo, controle, tamanho) = match protocolo {
        Protocolo::Tcp(controle) => {
            ("tcp", Texto(controle.into()), massa::BLOCO)
        }
        Protocolo::Udp(tamanho) => ("udp", Ausente, tamanho),
    };
    let segundos = medida.tempo.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "são menos que 2⁵³")]
    let mbits = 8.0 * medida.bytes as f64 / segundos / 1e6;
    let campos = vec![
        ("rodada", Inteiro(rodada.into())),
        ("semente", Inteiro(semente)),
        ("lugar", Texto(lugar.nome().into())),
        ("protocolo", Texto(protocolo.into())),
        ("congestionamento", controle),
        ("tamanho", Inteiro(tamanho as u64)),
        ("segundos", Numero(segundos, 3)),
        ("bytes", Inteiro(medida.bytes)),
        ("vazao_mbits", Numero(mbits, 1)),
        ("sem_buffer", medida.sem_buffer.map_or(Ausente, Inteiro)),
        ("cpus", Texto(Ocupacao::Livres.nome().into())),
        ("ressalva", Texto(medida.ressalva.clone())),
    ];
    Linha {
        tabela: NOME,
        campos,
    }
}

impl Lugar {
    /// O que vai na coluna `lugar`.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Caminho => "caminho",
        }
    }
}

impl Protocolo {
    fn nome(self) -> String {
        match self {
            Self::Tcp(controle) => format!("tcp-{controle}"),
            Self::Udp(tamanho) => format!("udp-{tamanho}"),
        }
    }
}
