//! Esperar por algo que só se vê perguntando.

use std::thread;
use std::time::{Duration, Instant};

/// Pergunta de 2 em 2 ms até que seja verdade, ou até passar `prazo`; devolve o que era
/// no fim.
pub(crate) fn ate(prazo: Duration, mut pronto: impl FnMut() -> bool) -> bool {
    let limite = Instant::now() + prazo;
    loop {
        if pronto() {
            return true;
        }
        if Instant::now() >= limite {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
}
