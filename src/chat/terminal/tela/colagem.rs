//! O que se cola de uma vez.
//!
//! Uma linha só entra no campo, como se fosse digitada. Várias esperam por um Enter:
//! quem cola sem querer uma página inteira (ou uma senha com quebra de linha) não a
//! manda sem querer. Confirmado, cada linha é uma mensagem; as vazias não contam.

/// O que fazer com o que se colou.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Colagem {
    /// Nada: só havia quebras de linha.
    Nada,
    /// Pôr no campo.
    NoCampo(String),
    /// Perguntar antes de mandar estas linhas.
    Perguntar(Vec<String>),
}

impl Colagem {
    /// Separa as linhas de `texto`. No que um terminal cola, uma quebra pode ser
    /// `\r`, `\n` ou `\r\n`. Uma linha só também precisa de confirmação se não
    /// `cabe` no campo.
    pub(super) fn de(texto: &str, cabe: impl FnOnce(&str) -> bool) -> Self {
        let mut linhas: Vec<String> = texto
            .split(['\r', '\n'])
            .filter(|linha| !linha.trim().is_empty())
            .map(str::to_string)
            .collect();
        match linhas.pop() {
            None => Self::Nada,
            Some(unica) if linhas.is_empty() && cabe(&unica) => {
                Self::NoCampo(unica)
            }
            Some(ultima) => {
                linhas.push(ultima);
                Self::Perguntar(linhas)
            }
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn uma_linha_entra_no_campo_e_varias_perguntam() {
        let sim = |_: &str| true;
        assert_eq!(Colagem::de("oi ", sim), Colagem::NoCampo("oi ".into()));
        assert_eq!(Colagem::de("oi\r\n", sim), Colagem::NoCampo("oi".into()));
        assert_eq!(Colagem::de("\r\n \n", sim), Colagem::Nada);
        let varias =
            Colagem::Perguntar(vec!["a".into(), " b".into(), "c".into()]);
        assert_eq!(Colagem::de("a\r b\n\nc", sim), varias);
    }

    #[test]
    fn uma_linha_que_nao_cabe_no_campo_pergunta() {
        let enorme = Colagem::de("a", |_| false);
        assert_eq!(enorme, Colagem::Perguntar(vec!["a".into()]));
    }
}
