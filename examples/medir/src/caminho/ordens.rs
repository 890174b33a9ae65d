//! O lado de quem manda em um caminho: as ordens que se dão à thread dele, e o fim dela.

use std::io;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};

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

/// Como se acorda a thread depois de lhe dar uma ordem.
pub(super) type Acordar = Box<dyn Fn() + Send + Sync>;

/// Uma thread que cumpre ordens. Largá-lo acaba com ela, e espera que acabe.
pub(super) struct Comando {
    ordens: Option<Sender<Ordem>>,
    acordar: Acordar,
    thread: Option<JoinHandle<()>>,
}

impl Comando {
    /// Começa uma thread de nome `nome`, que faz `trabalho` até que não haja mais de
    /// onde venham ordens.
    ///
    /// # Errors
    /// Quando o sistema não dá mais uma thread.
    pub(super) fn iniciar(
        nome: &str,
        acordar: Acordar,
        trabalho: impl FnOnce(Receiver<Ordem>) + Send + 'static,
    ) -> io::Result<Self> {
        let (ordens, fila) = channel();
        let thread = thread::Builder::new()
            .name(nome.into())
            .spawn(move || trabalho(fila))?;
        Ok(Self {
            ordens: Some(ordens),
            acordar,
            thread: Some(thread),
        })
    }

    pub(super) fn aplicar(&self, ida: Regras, volta: Regras, semente: u64) {
        self.pedir(|feito| Ordem::Aplicar {
            ida,
            volta,
            semente,
            feito,
        });
    }

    pub(super) fn contas(&self) -> Contas {
        self.pedir(Ordem::Contar)
    }

    /// Roda `tarefa` na thread e devolve o que ela devolver.
    pub(super) fn na_thread<T: Send + 'static>(
        &self,
        tarefa: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        self.pedir(|feito| {
            Ordem::Rodar(Box::new(move || {
                let _ = feito.send(tarefa());
            }))
        })
    }

    /// Dá a ordem que `fazer` monta e espera a resposta. Se a thread morreu, o que só um
    /// erro no caminho faria, entra em pânico: não há número que valha depois disso.
    fn pedir<T>(&self, fazer: impl FnOnce(SyncSender<T>) -> Ordem) -> T {
        let (resposta, espera) = sync_channel(1);
        if let Some(ordens) = &self.ordens {
            // Se ninguém ouve, a espera abaixo o diz.
            let _ = ordens.send(fazer(resposta));
            (self.acordar)();
        }
        espera
            .recv()
            .expect("a thread do caminho vive tanto quanto ele")
    }
}

impl Drop for Comando {
    fn drop(&mut self) {
        self.ordens = None;
        (self.acordar)();
        if let Some(thread) = self.thread.take() {
            // O pânico dela, se houve, já apareceu.
            let _ = thread.join();
        }
    }
}
