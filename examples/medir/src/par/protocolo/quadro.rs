//! Mensagens em um fluxo TCP, com qualquer corte: dois bytes com o tamanho do corpo, e o
//! corpo.

use super::leitura::abrir;
use super::{MAIOR_CORPO, Mensagem, Violacao};

/// Os bytes do tamanho.
const CABECALHO: usize = 2;

/// Um quadro que se está recebendo. Diz quantos bytes faltam, para que não se leia nem
/// um a mais: o que vem depois pode não ser deste protocolo.
#[derive(Debug, Default)]
pub struct Montagem(Vec<u8>);

impl Montagem {
    /// Quantos bytes ler agora; nunca zero, e nunca mais que um quadro.
    #[must_use]
    pub fn falta(&self) -> usize {
        self.ate() - self.0.len()
    }

    /// Se o quadro nem começou.
    #[must_use]
    pub fn vazia(&self) -> bool {
        self.0.is_empty()
    }

    /// Junta o que se leu, que não passa do que [`falta`](Self::falta); devolve a
    /// mensagem, se o quadro acabou, e a montagem volta ao começo.
    ///
    /// # Errors
    /// O que não é deste protocolo. Daí em diante o fluxo não tem mais sentido.
    pub fn juntar(
        &mut self,
        lidos: &[u8],
    ) -> Result<Option<Mensagem>, Violacao> {
        self.0.extend_from_slice(lidos);
        if let Some(tamanho) = self.tamanho()
            && !(1..=MAIOR_CORPO).contains(&tamanho)
        {
            return Err(Violacao::Tamanho(tamanho));
        }
        if self.0.len() < self.ate() {
            return Ok(None);
        }
        let mensagem = abrir(&self.0[CABECALHO..]);
        self.0.clear();
        mensagem.map(Some)
    }

    /// Até quantos bytes se sabe que o quadro vai.
    fn ate(&self) -> usize {
        CABECALHO + self.tamanho().unwrap_or_default()
    }

    /// O tamanho do corpo, se já se leu.
    fn tamanho(&self) -> Option<usize> {
        let tamanho = self.0.first_chunk()?;
        Some(u16::from_be_bytes(*tamanho).into())
    }
}
