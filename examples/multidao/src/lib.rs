//! O que os programas de muitas conexões têm em comum.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`laco`] | uma thread que atende todas as conversas |
//! | [`conversa`] | uma conversa que nunca bloqueia e guarda pouco |
//! | [`carga`] | muitos clientes ao mesmo tempo, que conferem cada resposta |
//! | [`descritores`] | quantos arquivos e sockets este processo pode abrir |
//! | [`processo`] | um servidor em outro processo, e o que ele gasta |

pub mod carga;
pub mod conversa;
pub mod descritores;
pub mod laco;
pub mod processo;

use std::io::{self, ErrorKind};

/// A chamada não bloqueou porque não há o que fazer agora, ou um sinal a
/// interrompeu: a vez volta depois.
fn ainda_nao(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
