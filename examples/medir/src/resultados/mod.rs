//! O que os experimentos produzem: passos que se fazem um a um, e linhas de tabelas.
//!
//! | módulo | ideia |
//! | --- | --- |
//! | [`pasta`] | onde se guarda: nada se perde, nada se escreve por cima |
//! | [`tabela`] | um arquivo CSV, uma linha por vez |
//! | [`diario`] | o que foi feito e o que não pôde ser medido |
//! | [`disco`] | o que dizer quando o disco não colabora |
//! | [`relatorio`] | o que se mostra no fim |
//! | [`resumo`], [`formas`] | a mediana e a faixa de cada condição, tabela por tabela |
//! | [`quadro`], [`numeros`] | colunas alinhadas, vírgula decimal |

pub mod diario;
pub mod disco;
pub mod formas;
pub mod numeros;
pub mod pasta;
pub mod quadro;
pub mod relatorio;
pub mod resumo;
pub mod tabela;

use std::time::Duration;

use anyhow::Result;

use crate::laboratorio::Laboratorio;

/// Uma linha de uma tabela: vai para `TABELA.csv`, com uma coluna por campo.
#[derive(Debug, Clone, PartialEq)]
pub struct Linha {
    /// O nome da tabela, sem `.csv`.
    pub tabela: &'static str,
    /// Os campos, na ordem das colunas. Toda linha de uma tabela tem as mesmas colunas.
    pub campos: Vec<(&'static str, Valor)>,
}

/// O que cabe em um campo.
#[derive(Debug, Clone, PartialEq)]
pub enum Valor {
    /// Um texto curto: um nome, uma condição.
    Texto(String),
    /// Uma contagem.
    Inteiro(u64),
    /// Uma medida, com quantas casas ela tem sentido (ponto decimal no arquivo).
    Medida(f64, usize),
    /// Não foi medido, e por quê fica no relato: campo vazio.
    Ausente,
}

/// Um passo de um experimento: uma rodada em uma condição. É a unidade do que se
/// guarda e do que `--continuar` pula.
pub struct Passo {
    /// O nome do passo, único no plano e igual de uma vez para outra:
    /// `perda p=5 rodada=3`.
    pub chave: String,
    /// Quanto deve demorar.
    pub estimativa: Duration,
    /// Faz o passo e devolve as linhas dele. Um erro marca o passo como não medido, com
    /// a frase, e o plano segue.
    pub fazer: Fazer,
}

/// O que faz um passo.
pub type Fazer = Box<dyn FnOnce(&Contexto<'_>) -> Result<Vec<Linha>>>;

/// Tantos passos, em palavras: `1 passo`, `3 passos`.
#[must_use]
pub fn passos(quantos: usize) -> String {
    match quantos {
        1 => "1 passo".into(),
        n => format!("{n} passos"),
    }
}

/// O que um passo tem à mão.
pub struct Contexto<'a> {
    /// A rede.
    pub laboratorio: &'a Laboratorio,
    /// A semente do passo: sai da semente da execução e da chave dele.
    pub semente: u64,
    /// Se alguém pediu para parar. Quem demora pergunta várias vezes por segundo e
    /// acaba com [`Interrompido`].
    pub interrompido: &'a dyn Fn() -> bool,
}

/// O passo parou porque alguém pediu; nada dele vale.
#[derive(Debug)]
pub struct Interrompido;

impl std::fmt::Display for Interrompido {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("interrompido antes do fim")
    }
}

impl std::error::Error for Interrompido {}
