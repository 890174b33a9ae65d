//! O que os programas do livro têm em comum e não é sobre sockets: ler os
//! argumentos e o teclado, contar um erro em português e mostrar no terminal, sem
//! perigo, o que veio da rede.
//!
//! Nada aqui abre um socket: cada chamada da API aparece, sozinha, no programa
//! do seu capítulo, em `examples/`.

mod argumentos;
mod descritor;
mod programa;
mod teclado;
mod texto;

pub use argumentos::{Argumentos, ErroDeUso, PORTA_PADRAO};
pub use descritor::descritor;
pub use programa::executar;
pub use teclado::{esperar_enter, perguntar};
pub use texto::visivel;
