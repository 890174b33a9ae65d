//! O que os programas do livro têm em comum: ler os argumentos, contar um erro
//! em português e mostrar no terminal, sem perigo, o que veio da rede.
//!
//! Nada aqui abre um socket: cada chamada da API aparece, sozinha, no programa
//! do seu capítulo, em `examples/`.

mod argumentos;
mod programa;
mod texto;

pub use argumentos::{Argumentos, ErroDeUso, PORTA_PADRAO};
pub use programa::executar;
pub use texto::visivel;
