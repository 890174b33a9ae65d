//! O caminho entre os dois computadores: o que ele faz a cada pacote, e as contas.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`regras`] | o que se pede ao caminho, e o que ele diz que fez |
//! | [`emulador`] | o caminho de verdade: quadros inteiros, entre dois cabos (Linux) |

#[cfg(target_os = "linux")]
pub mod emulador;
pub mod regras;

pub use regras::{Contas, ContasDoSentido, Regras};
