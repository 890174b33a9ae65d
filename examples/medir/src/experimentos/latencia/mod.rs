//! O que os experimentos de tempo têm em comum.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`demoras`] | as demoras de uma rodada, e os números que vão às tabelas |
//! | [`dupla`] | quem pergunta nesta thread, quem responde em outra, as duas no lugar |
//! | [`eco`] | quem responde: devolve o que recebe |
//! | [`fluxo`] | quem pergunta por uma conexão TCP |
//! | [`posto`] | em que CPU as threads rodam |
//! | [`ressalvas`] | o que o caminho diz que invalida o número |

pub mod demoras;
pub mod dupla;
pub mod eco;
pub mod fluxo;
pub mod posto;
pub mod ressalvas;

pub use demoras::{Demoras, Unidade};
pub use dupla::em_dupla;
pub use fluxo::Fluxo;
pub use posto::Posto;
pub use ressalvas::do_caminho;

/// Quanto uma leitura bloqueada espera, no máximo, antes de ver se é hora de parar. Não
/// mede nada: o que chega antes disso a acorda na hora.
pub const OLHADA: std::time::Duration = std::time::Duration::from_millis(50);
