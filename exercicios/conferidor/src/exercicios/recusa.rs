//! O exercício `recusa`.

use crate::{Falha, Programa, Resultado};

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(_: &Programa) -> Resultado {
    Err(Falha::nova("conferidor"))
}
