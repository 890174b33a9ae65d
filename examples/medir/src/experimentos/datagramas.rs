//! Datagramas numerados, do cliente ao servidor: o que os experimentos de perda têm em
//! comum.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`agenda`] | os instantes marcados |
//! | [`emissor`] | quem manda |
//! | [`receptor`] | quem recebe, e quando para de esperar |
//! | [`balanco`] | a conta que tem de fechar, ao pacote |
//! | [`canal`] | uma medição inteira |
//! | [`porcento`] | as porcentagens das tabelas |

pub mod agenda;
pub mod balanco;
pub mod canal;
pub mod emissor;
pub mod porcento;
pub mod receptor;

pub use balanco::Balanco;
pub use canal::{BUFFER_FOLGADO, Medicao, Montagem, duracao_dos_envios, medir};
pub use emissor::{Emissor, Mandados};
pub use receptor::Chegada;
