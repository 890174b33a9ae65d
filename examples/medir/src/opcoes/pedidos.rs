//! De que opções cada experimento é feito.

use std::time::Duration;

use super::escolhas::{Escolhas, Opcao, Tipo};
use crate::experimentos::{
    enganos, estouro, fila, gargalo, ida_e_volta, nagle, perda,
    pergunta_resposta, rajada, rto, teto, transferencia, vazao,
};
use crate::plano::Tamanho;
use crate::resultados::Passo;

/// As opções de [`perda()`].
pub const DE_PERDA: &[Opcao] = &[
    PERDAS,
    DUPLICACAO,
    REORDENACAO,
    DATAGRAMAS,
    POR_SEGUNDO,
    TAMANHO,
    ATRASO,
];

/// As opções de [`ida_e_volta()`].
pub const DE_IDA_E_VOLTA: &[Opcao] = &[TAMANHO];

/// As opções de [`pergunta_resposta()`].
pub const DE_PERGUNTA_RESPOSTA: &[Opcao] = &[PERDAS, PERGUNTAS, RTT];

/// As opções de [`rto()`].
pub const DE_RTO: &[Opcao] = &[PRAZOS, PERDA, PERGUNTAS];

/// As opções de [`fila()`].
pub const DE_FILA: &[Opcao] = &[PERDAS, RITMO, MENSAGENS, RTT];

/// As opções de [`nagle()`].
pub const DE_NAGLE: &[Opcao] = &[MENSAGENS];

/// As opções de [`estouro()`].
pub const DE_ESTOURO: &[Opcao] =
    &[RITMOS, TRABALHO, BUFFERS, DATAGRAMAS, TAMANHO];

/// As opções de [`transferencia()`].
pub const DE_TRANSFERENCIA: &[Opcao] =
    &[PERDAS, JANELAS, CONTROLES, BYTES, RTT];

/// As opções de [`gargalo()`].
pub const DE_GARGALO: &[Opcao] = &[JANELAS, CONTROLES, BYTES, RTT];

/// As opções de [`rajada()`].
pub const DE_RAJADA: &[Opcao] = &[JANELAS, BUFFERS, BYTES, RTT];

/// As opções de [`vazao()`].
pub const DE_VAZAO: &[Opcao] = &[PERDAS, CONTROLES, SEGUNDOS, RTT];

/// As opções de [`teto()`].
pub const DE_TETO: &[Opcao] = &[SEGUNDOS];

/// As opções de [`enganos()`].
pub const DE_ENGANOS: &[Opcao] = &[QUAIS];

const QUAIS: Opcao = Opcao {
    nome: "qual",
    valor: "NOMES",
    tipo: Tipo::Nomes(&enganos::NOMES),
    ajuda: "Só estes: amostra, duplicados, cauda, pressa, envio,\n\
            media, omissao, loopback, tardias",
};

/// Sem isto um pedido distraído levaria a noite: nada aqui precisa de mais.
const MUITOS: u64 = 1_000_000;

const PERDAS: Opcao = Opcao {
    nome: "perda",
    valor: "P[,P]",
    tipo: Tipo::Percentagens,
    ajuda: "As perdas, em % de cada sentido: 0.5,1,5",
};

const PERDA: Opcao = Opcao {
    nome: "perda",
    valor: "P",
    tipo: Tipo::Percentagem,
    ajuda: "A perda, em % de cada sentido",
};

const PERGUNTAS: Opcao = Opcao {
    nome: "quantos",
    valor: "N",
    tipo: Tipo::Inteiro(1, MUITOS),
    ajuda: "Quantas perguntas em cada rodada",
};

const MENSAGENS: Opcao = Opcao {
    nome: "quantos",
    valor: "N",
    tipo: Tipo::Inteiro(1, MUITOS),
    ajuda: "Quantas mensagens em cada rodada",
};

const RITMO: Opcao = Opcao {
    nome: "ritmo",
    valor: "N",
    tipo: Tipo::Inteiro(1, MUITOS),
    ajuda: "Quantas mensagens por segundo",
};

const DATAGRAMAS: Opcao = Opcao {
    nome: "quantos",
    valor: "N",
    tipo: Tipo::Inteiro(1, MUITOS),
    ajuda: "Quantos datagramas em cada rodada",
};

const POR_SEGUNDO: Opcao = Opcao {
    nome: "ritmo",
    valor: "N",
    tipo: Tipo::Inteiro(1, MUITOS),
    ajuda: "Quantos datagramas por segundo",
};

const RITMOS: Opcao = Opcao {
    nome: "ritmo",
    valor: "N[,N]",
    tipo: Tipo::Inteiros(0, MUITOS),
    ajuda: "Quantos por segundo; 0, os que der",
};

const TRABALHO: Opcao = Opcao {
    nome: "trabalho",
    valor: "US",
    tipo: Tipo::Inteiro(0, 10_000),
    ajuda: "O que o receptor gasta com cada um, em µs",
};

const BUFFERS: Opcao = Opcao {
    nome: "buffer",
    valor: "N[,N]",
    tipo: Tipo::Inteiros(4096, 64 << 20),
    ajuda: "Os bytes que o receptor pede ao núcleo",
};

const DUPLICACAO: Opcao = Opcao {
    nome: "duplicacao",
    valor: "P",
    tipo: Tipo::Percentagem,
    ajuda: "Quantos passam duas vezes, em %",
};

const REORDENACAO: Opcao = Opcao {
    nome: "reordenacao",
    valor: "P",
    tipo: Tipo::Percentagem,
    ajuda: "Quantos são ultrapassados, em %",
};

const ATRASO: Opcao = Opcao {
    nome: "atraso",
    valor: "MS",
    tipo: Tipo::Inteiro(0, 1_000),
    ajuda: "Quanto demora cada sentido, em milissegundos",
};

const TAMANHO: Opcao = Opcao {
    nome: "tamanho",
    valor: "BYTES",
    tipo: Tipo::Inteiro(32, 1472),
    ajuda: "Bytes de cada mensagem",
};

const RTT: Opcao = Opcao {
    nome: "rtt",
    valor: "MS",
    tipo: Tipo::Inteiro(0, 2_000),
    ajuda: "A ida e volta do caminho, em ms",
};

const JANELAS: Opcao = Opcao {
    nome: "janela",
    valor: "N[,N]",
    tipo: Tipo::Inteiros(1, 256),
    ajuda: "As do UDP confiável, em segmentos",
};

const CONTROLES: Opcao = Opcao {
    nome: "congestionamento",
    valor: "NOMES",
    tipo: Tipo::Nomes(&["reno", "cubic", "bbr"]),
    ajuda: "Os do TCP: reno, cubic, bbr",
};

const BYTES: Opcao = Opcao {
    nome: "bytes",
    valor: "N",
    tipo: Tipo::Inteiro(1, 100_000_000),
    ajuda: "Quantos bytes tem o arquivo",
};

const SEGUNDOS: Opcao = Opcao {
    nome: "segundos",
    valor: "N",
    tipo: Tipo::Inteiro(1, 60),
    ajuda: "Quanto dura cada rodada",
};

const PRAZOS: Opcao = Opcao {
    nome: "prazos",
    valor: "MS[,MS]",
    tipo: Tipo::Inteiros(1, 10_000),
    ajuda: "Os menores prazos do TCP, em milissegundos",
};

/// Põe em `campo` o que se escolheu, se se escolheu.
fn trocar<T>(campo: &mut T, escolha: Option<T>) {
    if let Some(valor) = escolha {
        *campo = valor;
    }
}

fn milissegundos(escolhas: &Escolhas<'_>, nome: &str) -> Option<Duration> {
    escolhas.inteiro(nome).map(Duration::from_millis)
}

/// Os passos do experimento.
#[must_use]
pub fn perda(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use perda::{Condicao, Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    let perdas = escolhas.percentagens("perda");
    let duplicacao = escolhas.percentagem("duplicacao");
    let reordenacao = escolhas.percentagem("reordenacao");
    if perdas.is_some() || duplicacao.is_some() || reordenacao.is_some() {
        let perdas = perdas.unwrap_or_else(|| vec![0.0]).into_iter();
        let condicoes = perdas.map(|perda| Condicao {
            perda,
            duplicacao: duplicacao.unwrap_or(0.0),
            reordenacao: reordenacao.unwrap_or(0.0),
        });
        pedido.condicoes = condicoes.collect();
    }
    trocar(&mut pedido.pacotes, escolhas.inteiro("quantos"));
    trocar(&mut pedido.ritmo, escolhas.inteiro("ritmo"));
    trocar(&mut pedido.tamanho, escolhas.inteiro("tamanho"));
    trocar(&mut pedido.atraso, milissegundos(escolhas, "atraso"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn estouro(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use estouro::{Condicao, Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    let ritmos = escolhas.inteiros("ritmo");
    let buffers = escolhas.inteiros("buffer");
    if let Some(comum) = pedido.condicoes.first().copied()
        && (ritmos.is_some() || buffers.is_some())
    {
        let buffers = buffers.unwrap_or_else(|| vec![comum.buffer]);
        let ritmos = ritmos.unwrap_or_else(|| vec![comum.ritmo]).into_iter();
        let condicoes = ritmos.flat_map(|ritmo| {
            buffers.iter().map(move |&buffer| Condicao {
                ritmo,
                buffer,
                ..comum
            })
        });
        pedido.condicoes = condicoes.collect();
    }
    let trabalho = escolhas.inteiro("trabalho").map(Duration::from_micros);
    for condicao in &mut pedido.condicoes {
        trocar(&mut condicao.trabalho, trabalho);
    }
    trocar(&mut pedido.pacotes, escolhas.inteiro("quantos"));
    trocar(&mut pedido.tamanho, escolhas.inteiro("tamanho"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn transferencia(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use transferencia::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.perdas, escolhas.percentagens("perda"));
    trocar(&mut pedido.janelas, escolhas.inteiros("janela"));
    let controles = escolhas.nomes("congestionamento");
    trocar(&mut pedido.congestionamentos, controles);
    trocar(&mut pedido.bytes, escolhas.inteiro("bytes"));
    trocar(&mut pedido.ida_e_volta, milissegundos(escolhas, "rtt"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn gargalo(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use gargalo::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.janelas, escolhas.inteiros("janela"));
    let controles = escolhas.nomes("congestionamento");
    trocar(&mut pedido.congestionamentos, controles);
    trocar(&mut pedido.bytes, escolhas.inteiro("bytes"));
    trocar(&mut pedido.ida_e_volta, milissegundos(escolhas, "rtt"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn rajada(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use rajada::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.janelas, escolhas.inteiros("janela"));
    let buffers = escolhas.inteiros("buffer");
    let buffers = buffers.map(|b| b.into_iter().map(Some).collect());
    trocar(&mut pedido.buffers, buffers);
    trocar(&mut pedido.bytes, escolhas.inteiro("bytes"));
    trocar(&mut pedido.ida_e_volta, milissegundos(escolhas, "rtt"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn teto(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use teto::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    let segundos = escolhas.inteiro("segundos").map(Duration::from_secs);
    trocar(&mut pedido.duracao.medida, segundos);
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn vazao(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use vazao::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.perdas, escolhas.percentagens("perda"));
    let controles = escolhas.nomes("congestionamento");
    trocar(&mut pedido.congestionamentos, controles);
    let segundos = escolhas.inteiro("segundos").map(Duration::from_secs);
    trocar(&mut pedido.duracao.medida, segundos);
    trocar(&mut pedido.ida_e_volta, milissegundos(escolhas, "rtt"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn ida_e_volta(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use ida_e_volta::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.tamanho, escolhas.inteiro("tamanho"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn pergunta_resposta(
    tamanho: Tamanho,
    escolhas: &Escolhas<'_>,
) -> Vec<Passo> {
    use pergunta_resposta::{Pedido, Perda, passos};
    /// As de uma perda que não está no pedido de costume.
    const DE_COSTUME: u32 = 200;
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    if let Some(perdas) = escolhas.percentagens("perda") {
        let de_costume = |porcento: f64| {
            let mut iguais = pedido.perdas.iter().filter(|perda| {
                (perda.porcento - porcento).abs() < f64::EPSILON
            });
            iguais.next().map_or(DE_COSTUME, |perda| perda.perguntas)
        };
        let perdas = perdas.into_iter().map(|porcento| Perda {
            porcento,
            perguntas: de_costume(porcento),
        });
        pedido.perdas = perdas.collect();
    }
    for perda in &mut pedido.perdas {
        trocar(&mut perda.perguntas, escolhas.inteiro("quantos"));
    }
    trocar(&mut pedido.atraso, milissegundos(escolhas, "rtt"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn rto(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use rto::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.perda.porcento, escolhas.percentagem("perda"));
    trocar(&mut pedido.perda.perguntas, escolhas.inteiro("quantos"));
    let prazos = escolhas
        .inteiros("prazos")
        .map(|prazos| prazos.into_iter().map(Duration::from_millis).collect());
    trocar(&mut pedido.menores_prazos, prazos);
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn fila(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use fila::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.perdas, escolhas.percentagens("perda"));
    trocar(&mut pedido.ritmo, escolhas.inteiro("ritmo"));
    trocar(&mut pedido.mensagens, escolhas.inteiro("quantos"));
    trocar(&mut pedido.atraso, milissegundos(escolhas, "rtt"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn nagle(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use nagle::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.mensagens, escolhas.inteiro("quantos"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

/// Os passos do experimento.
#[must_use]
pub fn enganos(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use enganos::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.quais, escolhas.nomes("qual"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}
