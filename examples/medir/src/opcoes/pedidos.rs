//! De que opções cada experimento é feito.

use std::time::Duration;

use super::escolhas::{Escolhas, Opcao, Tipo};
use crate::experimentos::{fila, ida_e_volta, nagle, pergunta_resposta, rto};
use crate::plano::Tamanho;
use crate::resultados::Passo;

/// Como as opções de um experimento viram os passos dele.
pub struct Pedidos {
    /// As opções, além das que todos têm.
    pub opcoes: &'static [Opcao],
    /// Os passos, no tamanho pedido e com o que se escolheu.
    pub passos: fn(Tamanho, &Escolhas<'_>) -> Vec<Passo>,
}

/// As do experimento `nome`.
#[must_use]
pub fn de(nome: &str) -> Option<Pedidos> {
    let (opcoes, passos): (&[Opcao], fn(Tamanho, &Escolhas<'_>) -> _) =
        match nome {
            ida_e_volta::NOME => (&[TAMANHO], ida_e_volta),
            pergunta_resposta::NOME => (&[PERDAS, PERGUNTAS], perguntas),
            rto::NOME => (&[PRAZOS, PERDA, PERGUNTAS], rto),
            fila::NOME => (&[PERDAS, RITMO, MENSAGENS, RTT], fila),
            nagle::NOME => (&[MENSAGENS], nagle),
            _ => return None,
        };
    Some(Pedidos { opcoes, passos })
}

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
    ajuda: "A ida e volta do caminho, em milissegundos",
};

const PRAZOS: Opcao = Opcao {
    nome: "prazos",
    valor: "MS[,MS]",
    tipo: Tipo::Inteiros(1, 10_000),
    ajuda: "Os menores prazos que se dão ao TCP, em milissegundos",
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

fn ida_e_volta(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use ida_e_volta::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.tamanho, escolhas.inteiro("tamanho"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

fn perguntas(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
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
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

fn rto(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
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

fn fila(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use fila::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.perdas, escolhas.percentagens("perda"));
    trocar(&mut pedido.ritmo, escolhas.inteiro("ritmo"));
    trocar(&mut pedido.mensagens, escolhas.inteiro("quantos"));
    trocar(&mut pedido.atraso, milissegundos(escolhas, "rtt"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}

fn nagle(tamanho: Tamanho, escolhas: &Escolhas<'_>) -> Vec<Passo> {
    use nagle::{Pedido, passos};
    let mut pedido = tamanho.escolher(Pedido::rapido, Pedido::completo);
    trocar(&mut pedido.mensagens, escolhas.inteiro("quantos"));
    trocar(&mut pedido.rodadas, escolhas.inteiro("rodadas"));
    passos(&pedido)
}
