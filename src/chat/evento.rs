//! O que as threads contam ao laço da conversa, e como o acordam.
//!
//! A rede não passa por aqui: o laço espera por ela direto, com [`mio::Poll`].
//! Só o que não se pode esperar assim em todos os sistemas (a entrada padrão, no
//! Windows) tem uma thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use mio::{Registry, Token, Waker};

/// A ficha com que o laço é acordado por uma thread. As outras são de quem tem
/// sockets.
pub const FICHA_DAS_THREADS: Token = Token(0);

/// Quantos blocos da entrada esperam no canal. Quem produz mais depressa do que o
/// laço consome fica parado até haver lugar: é o que limita a memória.
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
    teclado: SyncSender<EventoDeTeclado>,
    interrupcao: Arc<AtomicBool>,
    despertador: Arc<Waker>,
}

impl Remetente {
    /// Manda um evento, à espera de lugar se for preciso. `false` quando o laço já
    /// acabou.
    ///
    /// Uma interrupção nunca espera: ela não entra na fila, em que uma entrada que
    /// ninguém lê ocuparia o lugar dela.
    #[must_use]
    pub fn mandar(&self, evento: Evento) -> bool {
        let posto = match evento {
            Evento::Teclado(evento) => self.teclado.send(evento).is_ok(),
            Evento::Interrupcao => {
                self.interrupcao.store(true, Ordering::SeqCst);
                true
            }
        };
        posto && self.despertador.wake().is_ok()
    }
}

/// A ponta do laço.
#[derive(Debug)]
pub struct Caixa {
    teclado: Receiver<EventoDeTeclado>,
    interrupcao: Arc<AtomicBool>,
    /// Uma thread que avisa e acaba em seguida levaria o aviso com ela, se o
    /// despertador fosse só das threads.
    _despertador: Arc<Waker>,
}

impl Caixa {
    /// O próximo evento da entrada, se já há um.
    #[must_use]
    pub fn teclado(&self) -> Option<EventoDeTeclado> {
        self.teclado.try_recv().ok()
    }

    /// Se pediram para acabar desde a última vez que se perguntou.
    #[must_use]
    pub fn interrompida(&self) -> bool {
        self.interrupcao.swap(false, Ordering::SeqCst)
    }
}

/// As duas pontas, com o laço já à escuta em `registro`.
///
/// # Errors
/// Quando o sistema não dá os recursos do despertador.
pub fn fila(registro: &Registry) -> io::Result<(Remetente, Caixa)> {
    let (remetente, teclado) = sync_channel(FILA);
    let interrupcao = Arc::new(AtomicBool::new(false));
    let despertador = Arc::new(Waker::new(registro, FICHA_DAS_THREADS)?);
    let remetente = Remetente {
        teclado: remetente,
        interrupcao: Arc::clone(&interrupcao),
        despertador: Arc::clone(&despertador),
    };
    let caixa = Caixa {
        teclado,
        interrupcao,
        _despertador: despertador,
    };
    Ok((remetente, caixa))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_interrupcao_passa_na_frente_de_uma_entrada_que_ninguem_le() {
        let poll = mio::Poll::new().unwrap();
        let (remetente, caixa) = fila(poll.registry()).unwrap();
        let bloco = || Evento::Teclado(EventoDeTeclado::Bloco(vec![b'a']));
        for _ in 0..FILA {
            assert!(remetente.mandar(bloco()));
        }
        assert!(remetente.mandar(Evento::Interrupcao));
        assert!(caixa.interrompida());
        assert!(!caixa.interrompida());
        for _ in 0..FILA {
            assert!(caixa.teclado().is_some());
        }
        assert!(caixa.teclado().is_none());
    }

    #[test]
    fn o_aviso_fica_quando_a_thread_acaba() {
        let mut poll = mio::Poll::new().unwrap();
        let (remetente, caixa) = fila(poll.registry()).unwrap();
        assert!(remetente.mandar(Evento::Interrupcao));
        drop(remetente);
        let mut eventos = mio::Events::with_capacity(1);
        let prazo = Some(std::time::Duration::from_secs(60));
        poll.poll(&mut eventos, prazo).unwrap();
        assert!(!eventos.is_empty());
        assert!(caixa.interrompida());
    }

    #[test]
    fn quem_manda_sabe_que_o_laco_acabou() {
        let poll = mio::Poll::new().unwrap();
        let (remetente, caixa) = fila(poll.registry()).unwrap();
        drop(caixa);
        assert!(!remetente.mandar(Evento::Teclado(EventoDeTeclado::Fim)));
    }
}
