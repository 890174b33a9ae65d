//! As opções de um experimento: o que se declara uma vez serve para ler, para recusar e
//! para a ajuda.

use clap::builder::ValueParser;
use clap::{Arg, ArgMatches};

use super::valores;

/// Uma opção de um experimento.
pub struct Opcao {
    /// Como se escreve, sem os hifens.
    pub nome: &'static str,
    /// Como a ajuda chama o valor.
    pub valor: &'static str,
    /// Que valores serve.
    pub tipo: Tipo,
    /// O que ela muda.
    pub ajuda: &'static str,
}

/// Que valores uma opção aceita.
#[derive(Debug, Clone, Copy)]
pub enum Tipo {
    /// Um inteiro, do menor ao maior.
    Inteiro(u64, u64),
    /// Inteiros separados por vírgulas.
    Inteiros(u64, u64),
    /// Uma percentagem.
    Percentagem,
    /// Percentagens separadas por vírgulas.
    Percentagens,
    /// Um ou mais destes nomes.
    Nomes(&'static [&'static str]),
}

/// Os valores de uma opção; uma só percentagem ou um só inteiro é uma lista de um.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Lido {
    Inteiros(Vec<u64>),
    Percentagens(Vec<f64>),
    Nomes(Vec<&'static str>),
}

impl Opcao {
    /// O argumento do clap.
    #[must_use]
    pub fn argumento(&self) -> Arg {
        let tipo = self.tipo;
        super::opcao(self.nome, self.valor)
            .help(self.ajuda)
            .value_parser(ValueParser::from(move |texto: &str| tipo.ler(texto)))
    }
}

impl Tipo {
    /// # Errors
    /// O que serve, para a recusa.
    pub(super) fn ler(self, texto: &str) -> Result<Lido, String> {
        Ok(match self {
            Self::Inteiro(de, ate) => {
                Lido::Inteiros(vec![valores::inteiro(texto, de, ate)?])
            }
            Self::Inteiros(de, ate) => {
                Lido::Inteiros(valores::inteiros(texto, de, ate)?)
            }
            Self::Percentagem => {
                Lido::Percentagens(vec![valores::percentagem(texto)?])
            }
            Self::Percentagens => {
                Lido::Percentagens(valores::percentagens(texto)?)
            }
            Self::Nomes(nomes) => Lido::Nomes(valores::nomes(texto, nomes)?),
        })
    }
}

/// O que a pessoa escolheu.
pub struct Escolhas<'c>(Option<&'c ArgMatches>);

impl<'c> Escolhas<'c> {
    /// As opções dadas a um experimento.
    #[must_use]
    pub fn de(escolhas: &'c ArgMatches) -> Self {
        Self(Some(escolhas))
    }

    /// Nenhuma: os tamanhos como são.
    #[must_use]
    pub fn nenhuma() -> Self {
        Self(None)
    }

    fn lido(&self, nome: &str) -> Option<&'c Lido> {
        let opcao = self.0?.try_get_one::<Lido>(nome);
        // Erro é o de uma opção que este comando não tem.
        opcao.unwrap_or_default()
    }

    /// As percentagens de `nome`; `None` se não foi dada.
    #[must_use]
    pub fn percentagens(&self, nome: &str) -> Option<Vec<f64>> {
        match self.lido(nome)? {
            Lido::Percentagens(lidas) => Some(lidas.clone()),
            _ => None,
        }
    }

    /// A percentagem de `nome`; `None` se não foi dada.
    #[must_use]
    pub fn percentagem(&self, nome: &str) -> Option<f64> {
        self.percentagens(nome)?.first().copied()
    }

    /// Os inteiros de `nome`; `None` se não foi dada.
    #[must_use]
    pub fn inteiros<T: TryFrom<u64>>(&self, nome: &str) -> Option<Vec<T>> {
        match self.lido(nome)? {
            Lido::Inteiros(lidos) => {
                let lidos = lidos.iter().map(|n| T::try_from(*n).ok());
                lidos.collect()
            }
            _ => None,
        }
    }

    /// O inteiro de `nome`; `None` se não foi dada.
    #[must_use]
    pub fn inteiro<T: TryFrom<u64>>(&self, nome: &str) -> Option<T> {
        self.inteiros(nome)?.into_iter().next()
    }

    /// Os nomes de `nome`; `None` se não foi dada.
    #[must_use]
    pub fn nomes(&self, nome: &str) -> Option<Vec<&'static str>> {
        match self.lido(nome)? {
            Lido::Nomes(lidos) => Some(lidos.clone()),
            _ => None,
        }
    }
}
