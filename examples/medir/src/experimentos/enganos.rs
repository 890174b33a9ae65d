//! Os erros clássicos de medição, cada um com o número errado ao lado do certo, tirados
//! da mesma execução.
//!
//! | engano | o erro |
//! | --- | --- |
//! | [`amostra`] | uma porcentagem tirada de cem pacotes |
//! | [`duplicados`] | contar como chegado o que chegou duas vezes |
//! | [`cauda`] | procurar buracos, e não os que faltam no fim |
//! | [`pressa`] | fechar antes que o que está no ar chegue |
//! | [`envio`] | cronometrar o `send`, que só copia para um buffer |
//! | [`media`] | resumir na média o que não tem um valor típico |
//! | [`omissao`] | não contar o tempo de quem esperava para perguntar |
//! | [`loopback`] | medir a vazão em um caminho que não demora |
//! | [`tardias`] | tomar uma resposta atrasada pela da pergunta de agora |
//!
//! Dois ficam de fora, porque não se mostram em uma execução sem estragar a máquina ou
//! compilar de novo: o relógio de parede, que alguém acerta no meio da medida, e o
//! programa sem otimização (que o programa marca na ressalva).

pub mod amostra;
pub mod cauda;
pub mod duplicados;
pub mod envio;
pub mod loopback;
pub mod media;
pub mod omissao;
pub mod perguntas;
pub mod pressa;
pub mod relato;
pub mod tardias;

use std::time::Duration;

use anyhow::Result;

use crate::resultados::{Contexto, Linha, Passo, Valor};

/// O subcomando, e a tabela.
pub const NOME: &str = "enganos";

/// Um engano, como o programa o conhece.
#[derive(Debug, Clone, Copy)]
pub struct Engano {
    /// Como se pede: `--qual cauda`.
    pub nome: &'static str,
    /// O que se mede, em uma linha.
    pub medida: &'static str,
    /// Como se chega ao número errado.
    pub errado: &'static str,
    /// Como se chega ao certo.
    pub certo: &'static str,
    /// Quanto demora.
    pub estimativa: Duration,
    /// Mede dos dois jeitos.
    pub medir: fn(&Contexto<'_>) -> Result<Vec<Achado>>,
}

/// Um número medido do jeito errado e do certo.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Achado {
    /// O que muda de um achado para outro do mesmo engano; vazia se é um só.
    pub condicao: String,
    /// O número de quem se engana.
    pub errado: f64,
    /// O de quem não se engana.
    pub certo: f64,
    /// O que o caminho fez, ou o que ele permite; `None` quando não é um número só.
    pub verdade: Option<f64>,
    /// A unidade dos três.
    pub unidade: &'static str,
    /// O que há a dizer contra ele; vazia quando nada.
    pub ressalva: String,
}

/// Todos, na ordem do capítulo.
pub const TODOS: [Engano; 9] = [
    amostra::ENGANO,
    duplicados::ENGANO,
    cauda::ENGANO,
    pressa::ENGANO,
    envio::ENGANO,
    media::ENGANO,
    omissao::ENGANO,
    loopback::ENGANO,
    tardias::ENGANO,
];

/// Os nomes de todos.
pub const NOMES: [&str; TODOS.len()] = {
    let mut nomes = [""; TODOS.len()];
    let mut qual = 0;
    while qual < TODOS.len() {
        nomes[qual] = TODOS[qual].nome;
        qual += 1;
    }
    nomes
};

/// O que medir.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pedido {
    /// Quais, pelo nome.
    pub quais: Vec<&'static str>,
    /// Quantas rodadas de cada um.
    pub rodadas: u32,
}

impl Pedido {
    /// O do `medir rapido`.
    #[must_use]
    pub fn rapido() -> Self {
        Self {
            quais: NOMES.into(),
            rodadas: 1,
        }
    }

    /// O do `medir completo`.
    #[must_use]
    pub fn completo() -> Self {
        Self {
            rodadas: 5,
            ..Self::rapido()
        }
    }
}

/// Os passos: em cada rodada, todos os enganos pedidos.
#[must_use]
pub fn passos(pedido: &Pedido) -> Vec<Passo> {
    (1..=pedido.rodadas)
        .flat_map(|rodada| {
            TODOS
                .into_iter()
                .filter(|engano| pedido.quais.contains(&engano.nome))
                .map(move |engano| passo(engano, rodada))
        })
        .collect()
}

fn passo(engano: Engano, rodada: u32) -> Passo {
    Passo {
        chave: format!("{NOME} {} rodada={rodada}", engano.nome),
        estimativa: engano.estimativa,
        fazer: Box::new(move |contexto| {
            let achados = (engano.medir)(contexto)?;
            Ok(achados
                .into_iter()
                .map(|achado| linha(contexto, rodada, engano.nome, achado))
                .collect())
        }),
    }
}

fn linha(
    contexto: &Contexto<'_>,
    rodada: u32,
    engano: &str,
    achado: Achado,
) -> Linha {
    use Valor::{Ausente, Inteiro, Medida, Texto};
    /// Um milésimo, em qualquer das unidades: de %, de ms, de Mb/s.
    const CASAS: usize = 3;
    let campos = vec![
        ("rodada", Inteiro(rodada.into())),
        ("semente", Inteiro(contexto.semente)),
        ("engano", Texto(engano.into())),
        ("condicao", Texto(achado.condicao)),
        ("errado", Medida(achado.errado, CASAS)),
        ("certo", Medida(achado.certo, CASAS)),
        ("unidade", Texto(achado.unidade.into())),
        (
            "verdade",
            achado.verdade.map_or(Ausente, |v| Medida(v, CASAS)),
        ),
        ("ressalva", Texto(achado.ressalva)),
    ];
    Linha {
        tabela: NOME,
        campos,
    }
}
