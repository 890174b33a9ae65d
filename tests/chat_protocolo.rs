//! O que lê e escreve os bytes do chat: ida e volta, qualquer corte, qualquer byte.
//!
//! As entradas hostis que se conhecem estão em `tests/corpo/`, uma por arquivo, e a
//! tabela de cada pasta diz o desfecho de cada uma. O que vale para quaisquer bytes
//! está em `tests/fuzz/src/lib.rs`, e a libFuzzer usa o mesmo.

#[path = "fuzz/src/lib.rs"]
mod analisadores;
#[path = "chat_protocolo/bytes.rs"]
mod bytes;
#[path = "chat_protocolo/corpo.rs"]
mod corpo;
#[path = "chat_protocolo/cortes.rs"]
mod cortes;
#[path = "chat_protocolo/perdas.rs"]
mod perdas;
#[path = "chat_protocolo/sorteio.rs"]
mod sorteio;
#[path = "chat_protocolo/terminal.rs"]
mod terminal;
