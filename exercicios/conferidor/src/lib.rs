//! O conferidor: roda o programa de quem estuda como uma caixa fechada, faz o papel de
//! uma rede hostil do outro lado e explica, em português, o que viu.
//!
//! Cada exercício é um módulo de [`exercicios`], com uma função que recebe o
//! [`Programa`] e o põe à prova; a [`Falha`] que ela devolve nomeia um dos diagnósticos
//! da [`Ficha`], em `exercicios/exercicios.toml`, que é também de onde o livro tira o
//! enunciado.

mod espera;
mod estrada;
pub mod exercicios;
mod falha;
mod ficha;
mod limites;
mod mostrar;
mod ninguem;
#[cfg(target_os = "linux")]
mod nucleo;
mod par;
mod processo;
mod saida;

pub use estrada::{Conta, Estrada, SEGUIDAS, Sentido, Sorte};
pub use falha::{Falha, Resultado, exigir};
pub use ficha::{ARQUIVO as ARQUIVO_DAS_FICHAS, Diagnostico, Ficha, Fichas};
pub use limites::{adotar_orfaos, matar_todos};
pub use mostrar::mostrar;
pub use ninguem::Ninguem;
pub use par::{Datagramas, Escuta, Lido, Par, Termino};
pub use processo::{Fim, PACIENCIA, Processo, Programa};
