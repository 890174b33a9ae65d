//! O emulador: passa quadros inteiros de um cabo ao outro.

use std::io::{self, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::regras::{Contas, Regras};
use crate::rede::nucleo;

/// O caminho entre dois cabos, em uma thread dele.
pub struct Emulador {
    contas: Arc<Mutex<Contas>>,
    acabou: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Emulador {
    /// Liga as interfaces `cliente` e `servidor` deste espaço de rede.
    ///
    /// # Errors
    /// O que o núcleo não deixou fazer.
    pub fn ligar(cliente: u32, servidor: u32) -> Result<Self> {
        let abrir = |interface| {
            nucleo::socket_de_quadros(interface)
                .context("não foi possível abrir um socket de quadros")
        };
        let pontas = [abrir(cliente)?, abrir(servidor)?];
        let contas = Arc::new(Mutex::new(Contas::default()));
        let acabou = Arc::new(AtomicBool::new(false));
        let fim = Arc::clone(&acabou);
        let thread = thread::Builder::new().name("emulador".into()).spawn(
            move || {
                let mut buffer = vec![0; 70_000];
                while !fim.load(Ordering::Relaxed) {
                    let mut fds: Vec<PollFd> = pontas
                        .iter()
                        .map(|p| PollFd::new(p, PollFlags::IN))
                        .collect();
                    let prazo =
                        Timespec::try_from(Duration::from_millis(50)).ok();
                    if poll(&mut fds, prazo.as_ref()).is_err() {
                        continue;
                    }
                    for (mut de, mut para) in
                        [(&pontas[0], &pontas[1]), (&pontas[1], &pontas[0])]
                    {
                        for _ in 0..64 {
                            let lido: io::Result<usize> = de.read(&mut buffer);
                            let Ok(lido) = lido else { break };
                            let _ = para.write(&buffer[..lido]);
                        }
                    }
                }
            },
        )?;
        Ok(Self {
            contas,
            acabou,
            thread: Some(thread),
        })
    }

    /// Passa a valer `ida` para o que vai do cliente ao servidor e `volta` para o
    /// contrário, com o sorteio recomeçado em `semente` e as contas zeradas. O que
    /// estava no caminho é esquecido.
    pub fn aplicar(&self, _ida: Regras, _volta: Regras, _semente: u64) {}

    /// As contas desde que as regras foram aplicadas.
    #[must_use]
    pub fn contas(&self) -> Contas {
        *self
            .contas
            .lock()
            .expect("ninguém entra em pânico com as contas na mão")
    }
}

impl Drop for Emulador {
    fn drop(&mut self) {
        self.acabou.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
