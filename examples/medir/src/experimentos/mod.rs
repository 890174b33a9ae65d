//! Os experimentos, um por arquivo. Cada um diz os passos que tem.
//!
//! Um experimento novo são duas linhas aqui: a do módulo e a de [`TODOS`]. Com elas
//! `medir NOME` já o roda, no tamanho do `rapido`.

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

use crate::resultados::Passo;

/// Um experimento, como o programa o conhece.
pub struct Experimento {
    /// O subcomando, que é também o nome da tabela principal.
    pub nome: &'static str,
    /// O que ele responde, em uma linha curta para a ajuda.
    pub pergunta: &'static str,
    /// Os passos dele no `medir rapido`.
    pub rapido: fn() -> Vec<Passo>,
    /// Os passos dele no `medir completo`.
    pub completo: fn() -> Vec<Passo>,
}

/// Todos, na ordem em que se fazem.
pub const TODOS: &[Experimento] = &[
    Experimento {
        nome: perda::NOME,
        pergunta: "quantos datagramas se perdem, e se a conta fecha com a rede",
        rapido: || perda::passos(&perda::Pedido::rapido()),
        completo: || perda::passos(&perda::Pedido::completo()),
    },
    Experimento {
        nome: ida_e_volta::NOME,
        pergunta: "quanto demora uma ida e volta quando nada se perde",
        rapido: || ida_e_volta::passos(&ida_e_volta::Pedido::rapido()),
        completo: || ida_e_volta::passos(&ida_e_volta::Pedido::completo()),
    },
    Experimento {
        nome: pergunta_resposta::NOME,
        pergunta: "quanto cada perda custa a quem espera uma resposta",
        rapido: || {
            pergunta_resposta::passos(&pergunta_resposta::Pedido::rapido())
        },
        completo: || {
            pergunta_resposta::passos(&pergunta_resposta::Pedido::completo())
        },
    },
    Experimento {
        nome: rto::NOME,
        pergunta: "por que ao TCP ela custa mais: o menor prazo dele",
        rapido: || rto::passos(&rto::Pedido::rapido()),
        completo: || rto::passos(&rto::Pedido::completo()),
    },
    Experimento {
        nome: fila::NOME,
        pergunta: "o que uma perda faz a quem vem atrás dela",
        rapido: || fila::passos(&fila::Pedido::rapido()),
        completo: || fila::passos(&fila::Pedido::completo()),
    },
    Experimento {
        nome: nagle::NOME,
        pergunta: "de onde vêm 40 ms por mensagem sem perder nada",
        rapido: || nagle::passos(&nagle::Pedido::rapido()),
        completo: || nagle::passos(&nagle::Pedido::completo()),
    },
    Experimento {
        nome: estouro::NOME,
        pergunta: "quanto perde quem recebe devagar em uma rede perfeita",
        rapido: || estouro::passos(&estouro::Pedido::rapido()),
        completo: || estouro::passos(&estouro::Pedido::completo()),
    },
    Experimento {
        nome: transferencia::NOME,
        pergunta: "quanto demora um arquivo inteiro, janela por janela",
        rapido: || transferencia::passos(&transferencia::Pedido::rapido()),
        completo: || transferencia::passos(&transferencia::Pedido::completo()),
    },
    Experimento {
        nome: gargalo::NOME,
        pergunta: "o que a janela fixa faz a uma fila que não a comporta",
        rapido: || gargalo::passos(&gargalo::Pedido::rapido()),
        completo: || gargalo::passos(&gargalo::Pedido::completo()),
    },
    Experimento {
        nome: rajada::NOME,
        pergunta: "por que a janela grande repete o que ninguém derrubou",
        rapido: || rajada::passos(&rajada::Pedido::rapido()),
        completo: || rajada::passos(&rajada::Pedido::completo()),
    },
    Experimento {
        nome: vazao::NOME,
        pergunta: "quantos bits por segundo o TCP leva por onde se perde",
        rapido: || vazao::passos(&vazao::Pedido::rapido()),
        completo: || vazao::passos(&vazao::Pedido::completo()),
    },
    Experimento {
        nome: teto::NOME,
        pergunta: "até onde esta máquina vai quando nada se perde",
        rapido: || teto::passos(&teto::Pedido::rapido()),
        completo: || teto::passos(&teto::Pedido::completo()),
    },
    Experimento {
        nome: enganos::NOME,
        pergunta: "cada erro clássico de medição, ao lado do número certo",
        rapido: || enganos::passos(&enganos::Pedido::rapido()),
        completo: || enganos::passos(&enganos::Pedido::completo()),
    },
];
