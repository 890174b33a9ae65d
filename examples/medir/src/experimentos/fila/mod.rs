//! O que uma perda faz a quem vem atrás dela: mensagens em instantes marcados, pelo TCP,
//! que as entrega em ordem, e pelo UDP, que entrega as que chegam.
//!
//! No TCP a mensagem que se perde segura as seguintes, que já chegaram, até que ela se
//! repita (*head-of-line blocking*). No UDP ela falta, e as outras passam.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`marcados`] | os instantes marcados, e quem os cumpre |
//! | [`chegadas`] | o atraso de cada mensagem que chega |
//! | [`tcp`], [`udp`] | quem leva as mensagens |
//!
//! # Malha aberta
//! O atraso se conta desde o instante **marcado** para o envio, e não desde que o `write`
//! aceitou a mensagem: quem espera para mandar, porque o TCP não aceita mais ou porque a
//! máquina parou, também atrasa quem espera do outro lado.

pub mod chegadas;
pub mod marcados;
pub mod tcp;
pub mod udp;

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use self::chegadas::Chegadas;
use self::marcados::Marcados;
use super::confiavel::Limite;
use super::latencia::{Demoras, Posto, Unidade, do_caminho};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::resultados::{Contexto, Linha, Passo, Valor};

/// O subcomando, e a tabela.
pub const NOME: &str = "fila";

/// A tabela das caudas.
const CAUDA: &str = "fila-ccdf";

/// Bytes de cada mensagem.
pub const TAMANHO: usize = 64;

/// Quem leva as mensagens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocolo {
    /// Uma conexão com o Reno, sem Nagle.
    Tcp,
    /// Datagramas.
    Udp,
}

impl Protocolo {
    /// O nome dele nas tabelas.
    #[must_use]
    pub fn nome(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// O que medir.
#[derive(Debug, Clone, PartialEq)]
pub struct Pedido {
    /// As perdas em cada sentido, em %.
    pub perdas: Vec<f64>,
    /// A ida e volta do caminho.
    pub atraso: Duration,
    /// Mensagens por segundo.
    pub ritmo: u32,
    /// Quantas mensagens contam; antes delas, meio segundo é aquecimento.
    pub mensagens: u32,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            perdas: vec![0.0, 5.0],
            mensagens: 250,
            rodadas: 3,
            ..Self::completo()
        }
    }

    /// O do `medir completo`: dez segundos de mensagens.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            perdas: vec![0.0, 1.0, 5.0],
            atraso: Duration::from_millis(20),
            ritmo: 500,
            mensagens: 5_000,
            rodadas: 3,
        }
    }

    /// As mensagens que não contam.
    fn aquecimento(&self) -> u32 {
        self.ritmo / 2
    }

    /// Quanto dura o envio de todas.
    fn duracao(&self) -> Duration {
        let todas = self.aquecimento() + self.mensagens;
        Duration::from_secs(1) * todas / self.ritmo
    }
}

/// Os passos: em cada rodada, todas as perdas, pelos dois protocolos.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    let mut passos = Vec::new();
    for rodada in 1..=pedido.rodadas {
        for perda in &pedido.perdas {
            for protocolo in [Protocolo::Tcp, Protocolo::Udp] {
                passos.push(passo(pedido.clone(), *perda, protocolo, rodada));
            }
        }
    }
    passos
}

fn passo(
    pedido: Pedido,
    perda: f64,
    protocolo: Protocolo,
    rodada: u32,
) -> Passo {
    Passo {
        chave: format!(
            "fila {} p={perda} n={} rodada={rodada}",
            protocolo.nome(),
            pedido.mensagens
        ),
        estimativa: pedido.duracao() + udp::ESCOAMENTO,
        fazer: Box::new(move |contexto| {
            let (demoras, ressalva) =
                uma_rodada(contexto, &pedido, perda, protocolo)?;
            let comeco = [
                ("rodada", Valor::Inteiro(rodada.into())),
                ("semente", Valor::Inteiro(contexto.semente)),
                ("protocolo", Valor::Texto(protocolo.nome().into())),
                ("perda", Valor::Medida(perda, 2)),
            ];
            Ok(linhas(&comeco, &pedido, &demoras, &ressalva))
        }),
    }
}

fn linhas(
    comeco: &[(&'static str, Valor)],
    pedido: &Pedido,
    atrasos: &[Duration],
    ressalva: &str,
) -> Vec<Linha> {
    let demoras = Demoras::novas(atrasos);
    let linha = |tabela, campos: Vec<(&'static str, Valor)>| {
        let ressalva = ("ressalva", Valor::Texto(ressalva.into()));
        let campos = [comeco, &campos, &[ressalva]].concat();
        Linha { tabela, campos }
    };
    let ms = |p| demoras.percentil(p, Unidade::Ms);
    let atraso_ms = pedido.atraso.as_secs_f64() * 1e3;
    let principal = linha(
        NOME,
        vec![
            ("atraso_ms", Valor::Medida(atraso_ms, 0)),
            ("ritmo", Valor::Inteiro(pedido.ritmo.into())),
            ("mensagens", Valor::Inteiro(pedido.mensagens.into())),
            ("entregues", Valor::Inteiro(atrasos.len() as u64)),
            ("p50_ms", ms(50.0)),
            ("p90_ms", ms(90.0)),
            ("p99_ms", ms(99.0)),
            ("p999_ms", ms(99.9)),
            ("maior_ms", demoras.maior(Unidade::Ms)),
        ],
    );
    let cauda = demoras.cauda(Unidade::Ms).into_iter();
    [principal]
        .into_iter()
        .chain(cauda.map(|(ms, acima)| {
            linha(CAUDA, vec![("ms", ms), ("acima", acima)])
        }))
        .collect()
}

/// Os atrasos das mensagens que chegaram, e o que invalida o número.
fn uma_rodada(
    contexto: &Contexto<'_>,
    pedido: &Pedido,
    perda: f64,
    protocolo: Protocolo,
) -> Result<(Vec<Duration>, String)> {
    let laboratorio = contexto.laboratorio;
    let _posto = Posto::tomar(laboratorio, Ocupacao::Juntas)?;
    let perfeito = Regras::default();
    laboratorio.aplicar(perfeito.clone(), perfeito, contexto.semente);
    let limite = Limite {
        ate: Instant::now() + Duration::from_secs(60) + 2 * pedido.duracao(),
        parar: contexto.interrompido,
    };
    let regras = Regras {
        perda: perda / 100.0,
        atraso: pedido.atraso / 2,
        ..Regras::default()
    };
    let comecar = || {
        laboratorio.aplicar(regras.clone(), regras.clone(), contexto.semente);
        Marcados::novos(
            pedido.ritmo,
            pedido.aquecimento() + pedido.mensagens,
            (contexto.semente & 0xffff_ffff) as u32,
        )
    };
    let chegadas = match protocolo {
        Protocolo::Tcp => tcp::levar(laboratorio, limite, comecar)?,
        Protocolo::Udp => {
            udp::levar(laboratorio, limite, pedido.atraso, comecar)?
        }
    };
    let contas = laboratorio.contas();
    let mut ressalvas = do_caminho(&contas);
    let aquecimento = pedido.aquecimento();
    let faltam = chegadas.faltam();
    match protocolo {
        Protocolo::Tcp if faltam > 0 => {
            bail!("o TCP não entregou {faltam} mensagens")
        }
        Protocolo::Udp if faltam != contas.ida.derrubados => {
            ressalvas.push(format!(
                "faltaram {faltam} mensagens e o caminho derrubou {}",
                contas.ida.derrubados
            ));
        }
        _ => {}
    }
    let atrasos = chegadas.depois_de(aquecimento);
    Ok((atrasos, ressalvas.join("; ")))
}

/// O resultado de levar as mensagens.
pub type Levadas = Result<Chegadas>;
