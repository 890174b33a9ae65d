//! O que os programas do livro têm em comum e não é sobre sockets: ler os
//! argumentos e o teclado, contar um erro em português e mostrar no terminal, sem
//! perigo, o que veio da rede. E uma coisa que é: dizer onde acaba uma mensagem, em
//! [`quadros`], que a Parte 2 ensina e o chat usa.
//!
//! Nos capítulos das chamadas nada aqui abre um socket: cada chamada da API
//! aparece, sozinha, no programa do seu capítulo, em `examples/`. O que é maior que
//! um programa está em [`chat`] e em [`arq`]; as contas das medições, em [`medir`]; o
//! que os servidores de várias conexões têm de igual, em [`eco`]; o caminho de um nome a
//! uma conexão, em [`nomes`]; o de um socket UDP conectado, em [`datagramas`].

mod argumentos;
mod com_prazo;
pub mod datagramas;
mod descritor;
pub mod eco;
pub mod nomes;
mod programa;
pub mod quadros;
pub mod recusas;
pub mod sorteio;
mod teclado;
mod texto;

pub mod arq;
pub mod chat;
pub mod medir;

pub use argumentos::{Argumentos, ErroDeUso, PORTA_PADRAO, porta_do_ambiente};
pub use com_prazo::ComPrazo;
pub use descritor::descritor;
pub use programa::executar;
pub use teclado::{esperar_enter, perguntar};
pub use texto::{Emenda, visivel, visivel_em};
