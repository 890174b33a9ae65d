//! O que um programa escreve, lido por uma thread, com memória limitada.

use std::io::{ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// O máximo de bytes que se guardam de cada saída de um programa.
pub(crate) const LIMITE: usize = 16 * 1024 * 1024;

/// O que já se leu de uma saída.
#[derive(Debug, Default)]
pub(crate) struct Estado {
    pub(crate) bytes: Vec<u8>,
    /// Se veio mais do que [`LIMITE`].
    pub(crate) transbordou: bool,
    /// Se todos que podiam escrever a fecharam.
    pub(crate) acabou: bool,
}

/// Uma saída, dividida com a thread que a lê.
#[derive(Clone)]
pub(crate) struct Saida(Arc<(Mutex<Estado>, Condvar)>);

impl Saida {
    /// Começa a ler `cano` até o fim, ou até transbordar: aí para de ler, e quem escreve
    /// que espere.
    pub(crate) fn ler(mut cano: impl Read + Send + 'static) -> Self {
        let saida = Self(Arc::default());
        let da_thread = saida.clone();
        thread::spawn(move || {
            let mut pedaco = vec![0; 64 * 1024];
            loop {
                let lidos = match cano.read(&mut pedaco) {
                    Ok(lidos) => lidos,
                    Err(erro) if erro.kind() == ErrorKind::Interrupted => continue,
                    Err(_) => 0,
                };
                let mut estado = da_thread.estado();
                let cabem = lidos.min(LIMITE - estado.bytes.len());
                estado.bytes.extend_from_slice(&pedaco[..cabem]);
                estado.acabou = lidos == 0;
                estado.transbordou = cabem < lidos;
                let fim = estado.acabou || estado.transbordou;
                drop(estado);
                da_thread.0.1.notify_all();
                if fim {
                    return;
                }
            }
        });
        saida
    }

    /// O que há agora.
    pub(crate) fn estado(&self) -> MutexGuard<'_, Estado> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Espera até que `pronto` devolva algo, olhando de novo a cada novidade. `None`
    /// quando o instante chega antes.
    pub(crate) fn esperar<T>(
        &self,
        ate: Instant,
        mut pronto: impl FnMut(&Estado) -> Option<T>,
    ) -> Option<T> {
        let mut estado = self.estado();
        loop {
            if let Some(valor) = pronto(&estado) {
                return Some(valor);
            }
            let resta = ate.saturating_duration_since(Instant::now());
            if resta == Duration::ZERO {
                return None;
            }
            estado = self
                .0
                .1
                .wait_timeout(estado, resta)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn quem_escreve_sem_parar_nao_enche_a_memoria() {
        let saida = Saida::ler(std::io::repeat(b'a'));
        let ate = Instant::now() + Duration::from_secs(60);
        assert!(
            saida
                .esperar(ate, |e| e.transbordou.then_some(()))
                .is_some()
        );
        assert_eq!(saida.estado().bytes.len(), LIMITE);
    }
}
