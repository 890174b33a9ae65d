//! O que um processo mostrou até agora, lido por uma thread.

use std::io::{ErrorKind, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// O máximo de bytes guardados da saída de um processo. O resto é lido, para
/// que o processo não pare, e jogado fora.
pub(crate) const LIMITE: usize = 4 * 1024 * 1024;

/// O máximo de instantes guardados: além disso a ordem entre terminais se perde.
const MAIS_CHEGADAS: usize = 64 * 1024;

/// Tudo que um processo mostrou, compartilhado com a thread que lê o cano.
#[derive(Clone)]
pub(crate) struct Saida(Arc<(Mutex<Estado>, Condvar)>);

/// O que já se leu.
#[derive(Default)]
pub(crate) struct Estado {
    pub(crate) bytes: Vec<u8>,
    /// Até que byte se tinha em cada instante, em ordem.
    pub(crate) chegadas: Vec<(usize, Instant)>,
    /// Quantos bytes vieram depois do [`LIMITE`].
    pub(crate) descartados: u64,
    /// Se todos que podiam escrever no cano o fecharam.
    pub(crate) acabou: bool,
}

impl Estado {
    /// Quando chegou o último dos primeiros `quantos` bytes.
    pub(crate) fn chegada(&self, quantos: usize) -> Option<Instant> {
        let qual = self.chegadas.partition_point(|(ate, _)| *ate < quantos);
        let chegada = self.chegadas.get(qual).or(self.chegadas.last())?;
        Some(chegada.1)
    }
}

impl Saida {
    /// Começa a ler `cano` em uma thread, até o fim.
    pub(crate) fn ler(mut cano: impl Read + Send + 'static) -> Self {
        let saida = Self(Arc::default());
        let para_a_thread = saida.clone();
        thread::spawn(move || {
            let mut pedaco = vec![0; 64 * 1024];
            loop {
                let lidos = match cano.read(&mut pedaco) {
                    Ok(lidos) => lidos,
                    Err(erro) if erro.kind() == ErrorKind::Interrupted => continue,
                    Err(_) => 0,
                };
                para_a_thread.guardar(&pedaco[..lidos]);
                if lidos == 0 {
                    return;
                }
            }
        });
        saida
    }

    fn guardar(&self, pedaco: &[u8]) {
        let mut estado = self.estado();
        let cabem = pedaco.len().min(LIMITE - estado.bytes.len());
        estado.bytes.extend_from_slice(&pedaco[..cabem]);
        estado.descartados += (pedaco.len() - cabem) as u64;
        if estado.chegadas.len() < MAIS_CHEGADAS {
            let ate = estado.bytes.len();
            estado.chegadas.push((ate, Instant::now()));
        }
        estado.acabou |= pedaco.is_empty();
        self.0.1.notify_all();
    }

    /// O que há agora.
    pub(crate) fn estado(&self) -> MutexGuard<'_, Estado> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Espera até que `pronto` devolva algo, tentando de novo a cada novidade.
    /// `None` quando o prazo acaba.
    pub(crate) fn esperar<T>(
        &self,
        prazo: Duration,
        mut pronto: impl FnMut(&Estado) -> Option<T>,
    ) -> Option<T> {
        let limite = Instant::now() + prazo;
        let mut estado = self.estado();
        loop {
            if let Some(valor) = pronto(&estado) {
                return Some(valor);
            }
            let resta = limite.saturating_duration_since(Instant::now());
            if resta.is_zero() {
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
    fn a_memoria_e_limitada_e_o_que_se_perdeu_e_contado() {
        let demais = std::io::repeat(b'a').take(LIMITE as u64 + 1000);
        let saida = Saida::ler(demais);
        let tudo = Duration::from_secs(60);
        saida.esperar(tudo, |e| e.acabou.then_some(())).unwrap();
        let estado = saida.estado();
        assert_eq!(estado.bytes.len(), LIMITE);
        assert_eq!(estado.descartados, 1000);
    }

    #[test]
    fn cada_byte_tem_a_hora_em_que_chegou() {
        let (cano, mut escrita) = std::io::pipe().unwrap();
        let saida = Saida::ler(cano);
        let folga = Duration::from_secs(20);
        std::io::Write::write_all(&mut escrita, b"ab").unwrap();
        saida
            .esperar(folga, |e| (e.bytes.len() == 2).then_some(()))
            .unwrap();
        let no_meio = Instant::now();
        std::io::Write::write_all(&mut escrita, b"cd").unwrap();
        saida
            .esperar(folga, |e| (e.bytes.len() == 4).then_some(()))
            .unwrap();
        let estado = saida.estado();
        assert!(estado.chegada(2).unwrap() <= no_meio);
        assert!(estado.chegada(3).unwrap() >= no_meio);
    }

    #[test]
    fn um_prazo_curto_acaba_mesmo_sem_novidade() {
        let (cano, _aberto) = std::io::pipe().unwrap();
        let saida = Saida::ler(cano);
        let nada = saida.esperar(Duration::from_millis(20), |_| None::<()>);
        assert!(nada.is_none());
        assert!(!saida.estado().acabou);
    }
}
