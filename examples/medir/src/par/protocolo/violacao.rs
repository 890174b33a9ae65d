//! O que não é deste protocolo.

use std::fmt;

use super::{MAIOR_CORPO, VERSAO};

/// Por que alguns bytes não são uma mensagem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violacao {
    /// Um corpo deste tamanho, em bytes.
    Tamanho(usize),
    /// Uma mensagem deste tipo.
    Tipo(u8),
    /// Outra versão do protocolo.
    Versao(u16),
    /// A conexão não começa como deve.
    Magia,
    /// O corpo acaba antes da mensagem.
    Curta,
    /// Há bytes depois da mensagem.
    Sobra(usize),
    /// Um campo com um valor que ele não pode ter.
    Valor(&'static str),
}

impl fmt::Display for Violacao {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tamanho(tamanho) => write!(
                f,
                "um quadro de {tamanho} bytes, e vão de 1 a {MAIOR_CORPO}"
            ),
            Self::Tipo(tipo) => {
                write!(f, "uma mensagem de tipo {tipo}, que não existe")
            }
            Self::Versao(versao) => write!(
                f,
                "a versão {versao} do protocolo, e este programa fala a {VERSAO}"
            ),
            Self::Magia => f.write_str("um começo que não é o deste protocolo"),
            Self::Curta => f.write_str("uma mensagem pela metade"),
            Self::Sobra(bytes) => {
                write!(f, "{bytes} bytes a mais no fim de uma mensagem")
            }
            Self::Valor(campo) => {
                write!(f, "um valor sem sentido em «{campo}»")
            }
        }
    }
}

impl std::error::Error for Violacao {}
