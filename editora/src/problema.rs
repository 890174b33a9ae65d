//! Um defeito do livro, com o lugar onde se conserta.

use std::fmt;

/// Algo que impede o livro de ser publicado.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problema {
    /// O arquivo, relativo à raiz do projeto, com `/`.
    pub arquivo: String,
    /// A linha, a partir de 1.
    pub linha: usize,
    /// O que está errado e, se couber, o que fazer.
    pub texto: String,
}

impl Problema {
    /// Um problema na `linha` de `arquivo`.
    pub fn novo(arquivo: impl Into<String>, linha: usize, texto: impl Into<String>) -> Self {
        Self {
            arquivo: arquivo.into(),
            linha,
            texto: texto.into(),
        }
    }
}

impl fmt::Display for Problema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.arquivo, self.linha, self.texto)
    }
}
