//! A prosa do livro e da casa: o que uma pessoa lê em cada arquivo, o quanto é fácil
//! de ler e para que endereços de fora ela manda.
//!
//! A editora mostra isto a quem escreve (`cargo run -- legibilidade`,
//! `cargo run -- ligacoes-externas`); as provas cobram.

pub mod casa;
pub mod externas;
pub mod frases;
pub mod legibilidade;
pub mod markdown;
pub mod silabas;
