//! O que não é deste protocolo, e como se conta isso à pessoa.

use std::fmt;

use super::{MAIOR_EXPLICACAO, MAIOR_NOME, MAIOR_TEXTO};
use crate::chat::{datagrama, quadro};

/// Bytes que o protocolo não permite.
///
/// A frase de cada uma diz o que se viu, sem ponto final, e só leva números: nada
/// que o outro lado escreveu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Violacao {
    /// Um corpo sem nem o byte do tipo.
    Vazia,
    /// Um tipo de mensagem que não existe nesta versão.
    Tipo(u8),
    /// Um cumprimento, ou um datagrama, de outra versão do protocolo. Do que vem
    /// depois desse byte não se sabe nada.
    Versao(u8),
    /// O comprimento não é o de uma mensagem deste tipo.
    Comprimento {
        /// O nome da mensagem, como na especificação.
        mensagem: &'static str,
        /// Quantos bytes o corpo tem, com o do tipo.
        bytes: usize,
    },
    /// Um modo que não existe, no cumprimento.
    Modo(u8),
    /// Um motivo de recusa que não existe.
    Motivo(u8),
    /// Uma espécie de item que não existe.
    Especie(u8),
    /// A sessão de quem cumprimenta é 0.
    SemSessao,
    /// Um texto que não é UTF-8.
    Utf8,
    /// Uma quebra de linha dentro de um texto.
    QuebraDeLinha,
    /// Um texto maior que [`MAIOR_TEXTO`].
    Texto(usize),
    /// Um nome vazio ou maior que [`MAIOR_NOME`].
    Nome(usize),
    /// Uma explicação maior que [`MAIOR_EXPLICACAO`].
    Explicacao(usize),
    /// Um quadro vazio ou maior que [`quadro::MAIOR_QUADRO`].
    Quadro(u16),
    /// Um segmento que acaba no meio de um quadro.
    QuadroCortado,
    /// Um datagrama que não começa como os do chat.
    Estrangeiro,
    /// Um datagrama curto demais para o cabeçalho, ou maior que
    /// [`datagrama::MAIOR_DATAGRAMA`].
    Datagrama(usize),
    /// O número da conversa é 0 onde não pode, ou não é 0 onde devia.
    Conversa,
}

impl fmt::Display for Violacao {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vazia => write!(f, "veio uma mensagem vazia"),
            Self::Tipo(tipo) => {
                write!(f, "não existe mensagem do tipo {tipo}")
            }
            Self::Versao(versao) => write!(
                f,
                "o outro lado fala a versão {versao} do protocolo, e este \
                 programa fala a {}",
                super::VERSAO
            ),
            Self::Comprimento { mensagem, bytes } => {
                write!(f, "{bytes} bytes não formam uma mensagem {mensagem}")
            }
            Self::Modo(modo) => write!(f, "não existe o modo {modo}"),
            Self::Motivo(motivo) => {
                write!(f, "não existe o motivo de recusa {motivo}")
            }
            Self::Especie(especie) => {
                write!(f, "não existe item da espécie {especie}")
            }
            Self::SemSessao => write!(f, "veio um cumprimento sem sessão"),
            Self::Utf8 => write!(f, "veio um texto que não é UTF-8"),
            Self::QuebraDeLinha => {
                write!(f, "veio uma quebra de linha no meio de um texto")
            }
            Self::Texto(bytes) => write!(
                f,
                "veio um texto de {bytes} bytes, e o maior tem {MAIOR_TEXTO}"
            ),
            Self::Nome(0) => write!(f, "veio um nome vazio"),
            Self::Nome(bytes) => write!(
                f,
                "veio um nome de {bytes} bytes, e o maior tem {MAIOR_NOME}"
            ),
            Self::Explicacao(bytes) => write!(
                f,
                "veio uma explicação de {bytes} bytes, e a maior tem \
                 {MAIOR_EXPLICACAO}"
            ),
            Self::Quadro(0) => write!(f, "veio um quadro vazio"),
            Self::Quadro(bytes) => write!(
                f,
                "veio um quadro que diz ter {bytes} bytes, e o maior tem {}",
                quadro::MAIOR_QUADRO
            ),
            Self::QuadroCortado => {
                write!(f, "veio um segmento que acaba no meio de um quadro")
            }
            Self::Estrangeiro => {
                write!(f, "veio um datagrama que não é do chat")
            }
            Self::Datagrama(bytes) => write!(
                f,
                "veio um datagrama de {bytes} bytes, e os do chat têm de {} a {}",
                datagrama::CABECALHO + 1,
                datagrama::MAIOR_DATAGRAMA
            ),
            Self::Conversa => {
                write!(f, "o número da conversa não combina com a mensagem")
            }
        }
    }
}

impl std::error::Error for Violacao {}
