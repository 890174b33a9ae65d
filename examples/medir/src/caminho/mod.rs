//! O caminho entre os dois computadores: o que ele faz a cada pacote, e as contas.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`regras`] | o que se pede ao caminho, e o que ele diz que fez |
//! | [`modelo`] | o que um sentido faz a cada pacote, sem relógio e sem sockets |
//! | [`taxa`] | o trecho em que só cabem tantos bits por segundo, e a fila dele |
//! | [`quadro`] | o que se olha em um quadro (Linux) |
//! | [`emulador`] | o caminho de verdade: quadros inteiros, entre dois cabos (Linux) |
//! | [`procurador`] | onde não há cabos de mentira: só datagramas UDP, em qualquer sistema |

#[cfg(target_os = "linux")]
pub mod emulador;
pub mod modelo;
mod ordens;
#[cfg(target_os = "linux")]
mod ponta;
pub mod procurador;
#[cfg(target_os = "linux")]
pub mod quadro;
pub mod regras;
pub mod taxa;
mod turno;

pub use regras::{Contas, ContasDoSentido, Regras};
