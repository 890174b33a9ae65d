//! Por que uma prova falhou, em uma mensagem que se lê.

use std::error::Error;
use std::fmt;

/// Uma prova que falhou. A mensagem já tem tudo que ajuda a entender.
///
/// `Debug` mostra o mesmo que `Display`, para que `#[test] fn … -> Result<(),
/// Falha>` falhe com a mensagem inteira, quebras de linha incluídas.
#[derive(Clone, PartialEq, Eq)]
pub struct Falha(String);

impl Falha {
    /// Uma falha com esta mensagem.
    #[must_use]
    pub fn nova(mensagem: impl Into<String>) -> Self {
        Self(mensagem.into())
    }
}

impl fmt::Display for Falha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Falha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Falha {}
