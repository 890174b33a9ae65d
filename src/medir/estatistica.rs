//! O que se diz de muitas medidas com poucos números.
//!
//! Nada aqui muda o que foi medido: os percentis e os pontos da cauda são medidas que
//! aconteceram, e o que se estima (a perda verdadeira) vem com o seu intervalo.

mod cauda;
mod percentil;
mod proporcao;
mod variacao;

pub use cauda::ccdf;
pub use percentil::{Resumo, mediana, ordenar, percentil};
pub use proporcao::{Intervalo, wilson};
pub use variacao::Variacao;
