//! Os experimentos, um por arquivo. Cada um diz os passos que tem.
//!
//! Um experimento novo é um módulo, uma entrada em [`TODOS`] e, em
//! [`crate::opcoes::pedidos`], como as opções dele viram passos.

pub mod confiavel;
pub mod datagramas;
pub mod enganos;
pub mod estouro;
pub mod fila;
pub mod gargalo;
pub mod ida_e_volta;
pub mod latencia;
pub mod nagle;
pub mod perda;
pub mod pergunta_resposta;
pub mod rajada;
pub mod rto;
pub mod teto;
pub mod transferencia;
pub mod vazao;

use crate::opcoes::escolhas::{Escolhas, Opcao};
use crate::opcoes::pedidos;
use crate::plano::Tamanho;
use crate::resultados::Passo;

/// Um experimento, como o programa o conhece.
pub struct Experimento {
    /// O subcomando, que é também o nome da tabela principal.
    pub nome: &'static str,
    /// O que ele responde, em uma linha curta para a ajuda.
    pub pergunta: &'static str,
    /// As opções dele, além das que todos têm.
    pub opcoes: &'static [Opcao],
    /// Os passos, no tamanho pedido e com o que se escolheu.
    pub passos: fn(Tamanho, &Escolhas<'_>) -> Vec<Passo>,
}

/// Todos, na ordem em que se fazem.
pub const TODOS: &[Experimento] = &[
    Experimento {
        nome: perda::NOME,
        pergunta: "quantos datagramas se perdem, e se a conta fecha com a rede",
        opcoes: pedidos::DE_PERDA,
        passos: pedidos::perda,
    },
    Experimento {
        nome: ida_e_volta::NOME,
        pergunta: "quanto demora uma ida e volta quando nada se perde",
        opcoes: pedidos::DE_IDA_E_VOLTA,
        passos: pedidos::ida_e_volta,
    },
    Experimento {
        nome: pergunta_resposta::NOME,
        pergunta: "quanto cada perda custa a quem espera uma resposta",
        opcoes: pedidos::DE_PERGUNTA_RESPOSTA,
        passos: pedidos::pergunta_resposta,
    },
    Experimento {
        nome: rto::NOME,
        pergunta: "por que ao TCP ela custa mais: o menor prazo dele",
        opcoes: pedidos::DE_RTO,
        passos: pedidos::rto,
    },
    Experimento {
        nome: fila::NOME,
        pergunta: "o que uma perda faz a quem vem atrás dela",
        opcoes: pedidos::DE_FILA,
        passos: pedidos::fila,
    },
    Experimento {
        nome: nagle::NOME,
        pergunta: "de onde vêm 40 ms por mensagem sem perder nada",
        opcoes: pedidos::DE_NAGLE,
        passos: pedidos::nagle,
    },
    Experimento {
        nome: estouro::NOME,
        pergunta: "quanto perde quem recebe devagar em uma rede perfeita",
        opcoes: pedidos::DE_ESTOURO,
        passos: pedidos::estouro,
    },
    Experimento {
        nome: transferencia::NOME,
        pergunta: "quanto demora um arquivo inteiro, janela por janela",
        opcoes: pedidos::DE_TRANSFERENCIA,
        passos: pedidos::transferencia,
    },
    Experimento {
        nome: gargalo::NOME,
        pergunta: "o que a janela fixa faz a uma fila que não a comporta",
        opcoes: pedidos::DE_GARGALO,
        passos: pedidos::gargalo,
    },
    Experimento {
        nome: rajada::NOME,
        pergunta: "por que a janela grande repete o que ninguém derrubou",
        opcoes: pedidos::DE_RAJADA,
        passos: pedidos::rajada,
    },
    Experimento {
        nome: vazao::NOME,
        pergunta: "quantos bits por segundo o TCP leva por onde se perde",
        opcoes: pedidos::DE_VAZAO,
        passos: pedidos::vazao,
    },
    Experimento {
        nome: teto::NOME,
        pergunta: "até onde esta máquina vai quando nada se perde",
        opcoes: pedidos::DE_TETO,
        passos: pedidos::teto,
    },
    Experimento {
        nome: enganos::NOME,
        pergunta: "cada erro clássico de medição, ao lado do número certo",
        opcoes: pedidos::DE_ENGANOS,
        passos: pedidos::enganos,
    },
];
