//! As ordens que se dão à thread de um caminho, e as respostas dela.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use super::regras::{Contas, Regras};

/// O que se pede à thread.
pub(super) enum Ordem {
    /// Passam a valer outras regras; responde quando já valem.
    Aplicar {
        ida: Regras,
        volta: Regras,
        semente: u64,
        feito: SyncSender<()>,
    },
    /// Responde com as contas, quando elas incluem tudo que já entrou.
    Contar(SyncSender<Contas>),
    /// Roda isto na thread dela.
    Rodar(Box<dyn FnOnce() + Send>),
}

/// De onde as ordens saem. Largá-lo acaba com a thread.
pub(super) struct Comando<A: Fn()> {
    ordens: Option<Sender<Ordem>>,
    acordar: A,
}

impl<A: Fn()> Comando<A> {
    /// Um comando, que chama `acordar` a cada ordem, e onde a thread as acha.
    pub(super) fn novo(acordar: A) -> (Self, Receiver<Ordem>) {
        let (ordens, fila) = channel();
        let comando = Self {
            ordens: Some(ordens),
            acordar,
        };
        (comando, fila)
    }

    /// Dá a ordem que `fazer` monta e espera a resposta.
    ///
    /// # Panics
    /// Se a thread morreu, o que só um erro no caminho faria: não há número que valha
    /// depois disso.
    pub(super) fn pedir<T>(
        &self,
        fazer: impl FnOnce(SyncSender<T>) -> Ordem,
    ) -> T {
        let (resposta, espera) = sync_channel(1);
        if let Some(ordens) = &self.ordens {
            let _ = ordens.send(fazer(resposta));
            (self.acordar)();
        }
        espera
            .recv()
            .expect("a thread do caminho vive tanto quanto ele")
    }
}

impl<A: Fn()> Drop for Comando<A> {
    fn drop(&mut self) {
        self.ordens = None;
        (self.acordar)();
    }
}
