//! Quando quem perde é o receptor: a rede é perfeita, quem recebe é lento, e o que não
//! cabe no buffer do socket o núcleo joga fora.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::datagramas::porcento::{campo, porcento};
use super::datagramas::{
    Emissor, Medicao, Montagem, duracao_dos_envios, medir,
};
use crate::caminho::Regras;
use crate::cpu::Ocupacao;
use crate::resultados::{Contexto, Linha, Passo, Valor};

/// O subcomando, e a tabela.
pub const NOME: &str = "estouro";

/// Quantos datagramas podem esperar que o caminho os leia, quando se manda o mais rápido
/// que der. Um computador de verdade tem este freio: a placa de rede avisa que a fila
/// dela encheu, e o `send` espera. O nosso cabo não avisa.
const FILA_DA_PLACA: u64 = 128;

/// Quanto se espera pelo caminho antes de mandar assim mesmo.
const PRAZO_DO_CAMINHO: Duration = Duration::from_millis(200);

/// Abaixo desta parte do ritmo pedido, a condição foi outra.
const RITMO_ACEITAVEL: f64 = 0.95;

/// Como o emissor manda e o receptor recebe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condicao {
    /// Datagramas por segundo; zero, o mais rápido que o caminho levar.
    pub ritmo: u32,
    /// Quanto o receptor trabalha, sem parar, com cada datagrama que lê.
    pub trabalho: Duration,
    /// Quantos bytes de buffer de recepção se pedem ao núcleo (`SO_RCVBUF`).
    pub buffer: usize,
}

/// O que medir.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pedido {
    /// As condições.
    pub condicoes: Vec<Condicao>,
    /// Quantos datagramas em cada rodada.
    pub pacotes: u64,
    /// Bytes de cada um.
    pub tamanho: usize,
    /// Quantas rodadas de cada condição.
    pub rodadas: u32,
}

/// O buffer que muitos Linux dão a quem não pede outro (`net.core.rmem_default`).
const BUFFER_COMUM: usize = 212_992;

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            condicoes: condicoes(&[0, 15_000], &[]),
            pacotes: 10_000,
            rodadas: 1,
            ..Self::completo()
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            condicoes: condicoes(
                &[0, 30_000, 20_000, 15_000, 10_000],
                &[16 << 10, 64 << 10, 1 << 20, 4 << 20],
            ),
            pacotes: 30_000,
            tamanho: 512,
            rodadas: 5,
        }
    }
}

/// Primeiro os ritmos, com o buffer de costume; depois os buffers, com o emissor a toda.
/// Quem recebe gasta 50 µs com cada datagrama: dá conta de 20 000 por segundo.
fn condicoes(ritmos: &[u32], buffers: &[usize]) -> Vec<Condicao> {
    let comum = Condicao {
        ritmo: 0,
        trabalho: Duration::from_micros(50),
        buffer: BUFFER_COMUM,
    };
    let por_ritmo = ritmos.iter().map(|&ritmo| Condicao { ritmo, ..comum });
    let por_buffer = buffers.iter().map(|&buffer| Condicao { buffer, ..comum });
    por_ritmo.chain(por_buffer).collect()
}

/// Os passos: em cada rodada, todas as condições.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    (1..=pedido.rodadas)
        .flat_map(|rodada| {
            pedido
                .condicoes
                .iter()
                .map(move |condicao| passo(pedido, *condicao, rodada))
        })
        .collect()
}

fn passo(pedido: &Pedido, condicao: Condicao, rodada: u32) -> Passo {
    let Pedido {
        pacotes, tamanho, ..
    } = *pedido;
    Passo {
        chave: format!(
            "estouro ritmo={} trabalho={} buffer={} n={pacotes} \
             tamanho={tamanho} rodada={rodada}",
            condicao.ritmo,
            condicao.trabalho.as_micros(),
            condicao.buffer
        ),
        estimativa: duracao_dos_envios(pacotes, condicao.ritmo),
        fazer: Box::new(move |contexto| {
            let medicao = uma_rodada(contexto, condicao, pacotes, tamanho)?;
            Ok(vec![linha(contexto, condicao, tamanho, rodada, &medicao)])
        }),
    }
}

fn uma_rodada(
    contexto: &Contexto<'_>,
    condicao: Condicao,
    pacotes: u64,
    tamanho: usize,
) -> Result<Medicao> {
    let montagem = Montagem {
        tamanho,
        pacotes,
        ida: Regras::default(),
        buffer: condicao.buffer,
        ocupacao: Ocupacao::Livres,
    };
    let caminho = contexto.laboratorio;
    let emitir = |emissor: &mut Emissor<'_>| {
        let ja_lidos = caminho.lidos_do_cliente();
        let frear = |mandados: u64| {
            let comeco = Instant::now();
            while caminho.lidos_do_cliente() - ja_lidos + FILA_DA_PLACA
                <= mandados
                && comeco.elapsed() < PRAZO_DO_CAMINHO
            {
                std::thread::yield_now();
            }
        };
        emissor.mandar_com_freio(pacotes, condicao.ritmo, &frear)
    };
    let medicao = medir(contexto, &montagem, emitir, |_| {
        trabalhar(condicao.trabalho);
    })?;
    if medicao.balanco.ida.derrubados > 0 {
        bail!("o caminho devia ser perfeito, e derrubou pacotes");
    }
    Ok(medicao)
}

/// Ocupa a CPU por um tempo, como quem faz algo com o que leu.
fn trabalhar(quanto: Duration) {
    let comeco = Instant::now();
    while comeco.elapsed() < quanto {
        std::hint::spin_loop();
    }
}

fn linha(
    contexto: &Contexto<'_>,
    condicao: Condicao,
    tamanho: usize,
    rodada: u32,
    medicao: &Medicao,
) -> Linha {
    use Valor::{Ausente, Inteiro, Medida, Texto};
    let balanco = &medicao.balanco;
    let perdidos = balanco.perdidos();
    let fecha = if balanco.fecha() { "sim" } else { "não" };
    let ritmo = medicao.mandados.por_segundo();
    let trabalho = condicao.trabalho.as_secs_f64() * 1e6;
    let campos = vec![
        ("rodada", Inteiro(rodada.into())),
        ("semente", Inteiro(contexto.semente)),
        ("ritmo", Inteiro(condicao.ritmo.into())),
        ("trabalho_us", Medida(trabalho, 0)),
        ("buffer_bytes", Inteiro(condicao.buffer as u64)),
        ("tamanho", Inteiro(tamanho as u64)),
        ("enviados", Inteiro(balanco.enviados)),
        ("unicos", Inteiro(balanco.unicos)),
        ("perdidos", Inteiro(perdidos)),
        ("perda_medida", campo(porcento(perdidos, balanco.enviados))),
        ("sem_buffer", Inteiro(balanco.sem_buffer)),
        ("derrubados", Inteiro(balanco.ida.derrubados)),
        ("conta_fecha", Texto(fecha.into())),
        ("ritmo_medido", ritmo.map_or(Ausente, |r| Medida(r, 0))),
        ("buffer_do_nucleo", Inteiro(medicao.buffer as u64)),
        ("cpus", Texto(Ocupacao::Livres.nome().into())),
        ("ressalva", Texto(ressalva(condicao, medicao))),
    ];
    Linha {
        tabela: NOME,
        campos,
    }
}

/// Além do que invalida a conta, o que faz a condição não ser a que se pediu.
fn ressalva(condicao: Condicao, medicao: &Medicao) -> String {
    let mut ressalvas = medicao.balanco.ressalvas();
    if medicao.buffer < condicao.buffer {
        ressalvas.push(format!(
            "o núcleo só deu {} bytes de buffer (net.core.rmem_max)",
            medicao.buffer
        ));
    }
    let pedido = f64::from(condicao.ritmo);
    let medido = medicao.mandados.por_segundo().unwrap_or(pedido);
    if medido < pedido * RITMO_ACEITAVEL {
        ressalvas.push(format!(
            "o emissor não deu conta do ritmo: mandou {medido:.0} por segundo"
        ));
    }
    ressalvas.join("; ")
}
