//! Quarenta milissegundos por mensagem, sem perder nada: escrever em dois pedaços e
//! esperar a resposta.
//!
//! O algoritmo de Nagle (RFC 896) segura o segundo pedaço até que o primeiro seja
//! confirmado; quem recebeu o primeiro segura a confirmação (RFC 9293 §3.8.6.3),
//! porque vai ter o que responder, quando chegar o resto. Cada um espera o outro até que
//! o relógio da confirmação atrasada dispare.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::confiavel::Limite;
use super::latencia::eco::so_uma_olhada;
use super::latencia::fluxo::esquecer_ao_fechar;
use super::latencia::{
    Demoras, Fluxo, OLHADA, Posto, Unidade, do_caminho, em_dupla,
};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::laboratorio::AjustesTcp;
use crate::resultados::{Contexto, Linha, Passo, Valor};

/// O subcomando, e a tabela.
pub const NOME: &str = "nagle";

/// Bytes de cada mensagem, e de cada resposta.
const TAMANHO: usize = 64;

/// Quantas mensagens não contam: no começo de uma conexão o Linux confirma na hora, até
/// que ela pareça uma conversa (`TCP_QUICKACK`, em `tcp(7)`).
const AQUECIMENTO: u32 = 20;

/// Como se escreve uma mensagem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modo {
    /// Em dois pedaços, com Nagle.
    DuasEscritas,
    /// Em dois pedaços, sem Nagle (`TCP_NODELAY`).
    DuasEscritasSemNagle,
    /// De uma vez, com Nagle.
    UmaEscrita,
}

impl Modo {
    const TODOS: [Self; 3] = [
        Self::DuasEscritas,
        Self::DuasEscritasSemNagle,
        Self::UmaEscrita,
    ];

    /// O nome dele na tabela.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::DuasEscritas => "duas-escritas",
            Self::DuasEscritasSemNagle => "duas-escritas-nodelay",
            Self::UmaEscrita => "uma-escrita",
        }
    }

    fn escritas(self) -> usize {
        match self {
            Self::DuasEscritas | Self::DuasEscritasSemNagle => 2,
            Self::UmaEscrita => 1,
        }
    }
}

/// O que medir.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pedido {
    /// Quantas mensagens contam em cada rodada.
    pub mensagens: u32,
    /// Quantas rodadas de cada modo.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            mensagens: 20,
            rodadas: 3,
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            mensagens: 100,
            rodadas: 5,
        }
    }
}

/// Os passos: em cada rodada, os três modos.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    (1..=pedido.rodadas)
        .flat_map(|rodada| {
            Modo::TODOS.map(|modo| passo(pedido.mensagens, modo, rodada))
        })
        .collect()
}

fn passo(mensagens: u32, modo: Modo, rodada: u32) -> Passo {
    let por_mensagem = match modo {
        Modo::DuasEscritas => Duration::from_millis(45),
        _ => Duration::from_micros(100),
    };
    Passo {
        chave: format!("nagle {} n={mensagens} rodada={rodada}", modo.nome()),
        estimativa: (AQUECIMENTO + mensagens) * por_mensagem,
        fazer: Box::new(move |contexto| {
            let linha = uma_rodada(contexto, mensagens, modo, rodada)?;
            Ok(vec![linha])
        }),
    }
}

fn uma_rodada(
    contexto: &Contexto<'_>,
    mensagens: u32,
    modo: Modo,
    rodada: u32,
) -> Result<Linha> {
    let laboratorio = contexto.laboratorio;
    let _posto = Posto::tomar(laboratorio, Ocupacao::Juntas)?;
    let perfeito = Regras::default();
    let limpar = || {
        let (ida, volta) = (perfeito.clone(), perfeito.clone());
        laboratorio.aplicar(ida, volta, contexto.semente);
    };
    limpar();
    let (cliente, servidor) = laboratorio.par_tcp(AjustesTcp {
        congestionamento: Some("reno"),
        sem_nagle: modo == Modo::DuasEscritasSemNagle,
    })?;
    esquecer_ao_fechar(&cliente)?;
    esquecer_ao_fechar(&servidor)?;
    let limite = Limite {
        ate: Instant::now()
            + Duration::from_secs(1) * (AQUECIMENTO + mensagens),
        parar: contexto.interrompido,
    };
    let mut fluxo = Fluxo::novo(cliente, TAMANHO, limite)?;
    let ((demoras, contas), ()) = em_dupla(
        |acabou| responder_a_mensagens_inteiras(&servidor, acabou),
        || {
            for _ in 0..AQUECIMENTO {
                fluxo.perguntar(modo.escritas())?;
            }
            limpar();
            let demoras = (0..mensagens)
                .map(|_| fluxo.perguntar(modo.escritas()))
                .collect::<Result<Vec<_>>>()?;
            Ok((demoras, laboratorio.contas()))
        },
    )?;
    let demoras = Demoras::novas(&demoras);
    let segmentos = contas.ida.entraram + contas.volta.entraram;
    let ms = |p| demoras.percentil(p, Unidade::Ms);
    let ressalva = do_caminho(&contas).join("; ");
    Ok(Linha {
        tabela: NOME,
        campos: vec![
            ("rodada", Valor::Inteiro(rodada.into())),
            ("semente", Valor::Inteiro(contexto.semente)),
            ("modo", Valor::Texto(modo.nome().into())),
            ("mensagens", Valor::Inteiro(mensagens.into())),
            ("p50_ms", ms(50.0)),
            ("p99_ms", ms(99.0)),
            ("maior_ms", demoras.maior(Unidade::Ms)),
            ("segmentos", Valor::Inteiro(segmentos)),
            ("segmentos_na_ida", Valor::Inteiro(contas.ida.entraram)),
            ("segmentos_na_volta", Valor::Inteiro(contas.volta.entraram)),
            ("ressalva", Valor::Texto(ressalva)),
        ],
    })
}

/// Responde só quando a mensagem chegou inteira: é o que faz o primeiro pedaço esperar.
fn responder_a_mensagens_inteiras(
    mut servidor: &TcpStream,
    acabou: &AtomicBool,
) -> Result<()> {
    servidor.set_read_timeout(Some(OLHADA))?;
    let mut mensagem = [0; TAMANHO];
    let mut lidos = 0;
    while !acabou.load(Ordering::Relaxed) {
        match servidor.read(&mut mensagem[lidos..]) {
            Ok(0) => break,
            Ok(quantos) => lidos += quantos,
            Err(erro) if so_uma_olhada(&erro) => {}
            Err(erro) if erro.kind() == ErrorKind::ConnectionReset => break,
            Err(erro) => {
                return Err(erro).context("não foi possível ler a mensagem");
            }
        }
        if lidos == TAMANHO {
            servidor.write_all(&mensagem)?;
            lidos = 0;
        }
    }
    Ok(())
}
