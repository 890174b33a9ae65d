//! O que as threads contam ao laço da conversa, e como o acordam.
//!
//! A rede não passa por aqui: o laço espera por ela direto, com [`mio::Poll`].
//! Só o que não se pode esperar assim em todos os sistemas (a entrada padrão, no
//! Windows) tem uma thread.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use mio::{Registry, Token, Waker};

/// A ficha com que o laço é acordado por uma thread. As outras são de quem tem
/// sockets.
pub const FICHA_DAS_THREADS: Token = Token(0);

/// Quantos eventos esperam no canal. Quem produz mais depressa do que o laço
/// consome fica parado até haver lugar: é o que limita a memória.
const FILA: usize = 2;

/// Algo que aconteceu fora do laço e fora da rede.
#[derive(Debug)]
pub enum Evento {
    /// A pessoa, ou quem estiver na entrada padrão.
    Teclado(EventoDeTeclado),
    /// Ctrl-C, ou um pedido do sistema para acabar.
    Interrupcao,
}

/// O que veio da entrada.
#[derive(Debug)]
pub enum EventoDeTeclado {
    /// Bytes da entrada, como vieram.
    Bloco(Vec<u8>),
    /// Uma tecla ou outra novidade do terminal; só com a tela.
    #[cfg(feature = "tela")]
    Tela(crossterm::event::Event),
    /// A entrada acabou.
    Fim,
    /// O sistema não deixa ler a entrada.
    Falhou(io::Error),
}

/// A ponta das threads: põe um evento na fila e acorda o laço.
#[derive(Debug, Clone)]
pub struct Remetente {
    fila: SyncSender<Evento>,
    despertador: Arc<Waker>,
}

impl Remetente {
    /// Manda um evento, à espera de lugar se for preciso. `false` quando o laço já
    /// acabou.
    #[must_use]
    pub fn mandar(&self, evento: Evento) -> bool {
        self.fila.send(evento).is_ok() && self.despertador.wake().is_ok()
    }
}

/// A fila e a ponta das threads, com o laço já à escuta em `registro`.
///
/// # Errors
/// Quando o sistema não dá os recursos do despertador.
pub fn fila(registro: &Registry) -> io::Result<(Remetente, Receiver<Evento>)> {
    let (fila, caixa) = sync_channel(FILA);
    let despertador = Arc::new(Waker::new(registro, FICHA_DAS_THREADS)?);
    Ok((Remetente { fila, despertador }, caixa))
}
