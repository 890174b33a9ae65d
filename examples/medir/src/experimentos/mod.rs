//! Os experimentos, um por arquivo. Cada um diz os passos que tem.
//!
//! Um experimento novo são duas linhas aqui: a do módulo e a de [`TODOS`]. Com elas
//! `medir NOME` já o roda, no tamanho do `rapido`.

pub mod confiavel;

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
pub const TODOS: &[Experimento] = &[];
