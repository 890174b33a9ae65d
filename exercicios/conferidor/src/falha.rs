//! Por que um programa não passou: o que se mandou, o que se esperava, o que veio.

use std::fmt;

/// O resultado de pôr um programa à prova.
pub type Resultado<T = ()> = Result<T, Falha>;

/// Uma prova em que o programa não passou.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Falha {
    /// O nome do diagnóstico, como está na ficha do exercício ou entre os comuns.
    pub diagnostico: String,
    /// O que se fez com o programa: uma frase que começa por um verbo no passado.
    pub feito: String,
    /// O que se esperava dele.
    pub esperado: String,
    /// O que ele fez.
    pub veio: String,
    /// O que ele escreveu na saída de erro, se é parte da história.
    pub erros: String,
}

impl Falha {
    /// Uma falha com este diagnóstico, ainda sem história.
    #[must_use]
    pub fn nova(diagnostico: &str) -> Self {
        Self {
            diagnostico: diagnostico.to_string(),
            feito: String::new(),
            esperado: String::new(),
            veio: String::new(),
            erros: String::new(),
        }
    }

    /// O que o conferidor fez: “Mandei …, um byte por vez”.
    #[must_use]
    pub fn feito(mut self, texto: impl Into<String>) -> Self {
        self.feito = texto.into();
        self
    }

    /// O que se esperava do programa.
    #[must_use]
    pub fn esperado(mut self, texto: impl Into<String>) -> Self {
        self.esperado = texto.into();
        self
    }

    /// O que o programa fez.
    #[must_use]
    pub fn veio(mut self, texto: impl Into<String>) -> Self {
        self.veio = texto.into();
        self
    }

    /// O que o programa escreveu na saída de erro.
    #[must_use]
    pub fn erros(mut self, texto: impl Into<String>) -> Self {
        self.erros = texto.into();
        self
    }

    /// Se o diagnóstico é `comum`, troca-o por `preciso`: quem escreve a prova sabe o que
    /// um silêncio naquele ponto quer dizer.
    #[must_use]
    pub fn quando(mut self, comum: &str, preciso: &str) -> Self {
        if self.diagnostico == comum {
            self.diagnostico = preciso.to_string();
        }
        self
    }

    /// Preenche o que se fez, se a falha ainda não o diz.
    #[must_use]
    pub fn depois_de(mut self, texto: impl Into<String>) -> Self {
        if self.feito.is_empty() {
            self.feito = texto.into();
        }
        self
    }
}

impl fmt::Display for Falha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "[{}] feito: {} | esperado: {} | veio: {}",
            self.diagnostico, self.feito, self.esperado, self.veio
        )?;
        if !self.erros.is_empty() {
            write!(f, " | erros: {}", self.erros)?;
        }
        Ok(())
    }
}

impl std::error::Error for Falha {}

/// `Ok` se `certo`; senão, a falha que `falha` conta.
///
/// # Errors
/// A falha, quando não está certo.
pub fn exigir(certo: bool, falha: impl FnOnce() -> Falha) -> Resultado {
    if certo { Ok(()) } else { Err(falha()) }
}
