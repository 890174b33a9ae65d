//! Fechar sem destruir o que se acabou de dizer.
//!
//! Um socket fechado com bytes por ler faz o sistema mandar RST, e o RST pode apagar
//! do outro lado a RECUSA que acabou de chegar (RFC 1122 §4.2.2.13). Por isso
//! se encerra a escrita, se joga fora o que ainda vier, e só no fim do fluxo, ou do
//! prazo, se fecha.

use std::time::Instant;

use mio::Registry;

use super::super::quadro::Desmontador;
use super::conexao::{COTA, Conexao, Leitura};

/// Uma conexão a que já se disse tudo.
#[derive(Debug)]
pub(super) struct Fechando {
    pub conexao: Conexao,
    /// Até quando se espera o fim do fluxo.
    pub ate: Instant,
    /// Se foi uma despedida: o programa não acaba antes dela.
    pub despedida: bool,
    /// Se o outro lado já sabe que não vem mais nada daqui.
    encerrada: bool,
}

impl Fechando {
    pub fn nova(mut conexao: Conexao, ate: Instant, despedida: bool) -> Self {
        conexao.entrada = Desmontador::novo();
        Self {
            conexao,
            ate,
            despedida,
            encerrada: false,
        }
    }

    // ANCHOR: fechar
    /// Escreve o que falta, encerra a escrita e lê sem guardar. Devolve se acabou, e
    /// o socket pode ser fechado.
    pub fn acabou(&mut self, registro: &Registry, agora: Instant) -> bool {
        if agora >= self.ate {
            return true;
        }
        if !self.encerrada {
            match self.conexao.escrever(registro, agora) {
                Ok(false) => {}
                Ok(true) if self.conexao.encerrar_escrita().is_ok() => {
                    self.encerrada = true;
                }
                Ok(true) | Err(_) => return true,
            }
        }
        for _ in 0..COTA {
            match self.conexao.ler() {
                Ok(Leitura::Bytes) => self.conexao.entrada.esvaziar(),
                Ok(Leitura::Nada) => return false,
                Ok(Leitura::Fim) | Err(_) => return true,
            }
        }
        false
    }
    // ANCHOR_END: fechar
}
