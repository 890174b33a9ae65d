//! As medições do livro: TCP × UDP em uma rede que perde, atrasa e repete, com a
//! verdade do caminho ao lado de cada número.

pub mod caminho;
pub mod cpu;
pub mod espera;
pub mod experimentos;
pub mod laboratorio;
pub mod programa;
#[cfg(target_os = "linux")]
pub mod rede;
pub mod resultados;
