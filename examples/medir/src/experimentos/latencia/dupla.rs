//! Quem pergunta nesta thread e quem responde em outra.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context, Result, anyhow};

/// Roda `responder` em outra thread enquanto `perguntar` roda nesta. Quando a pergunta
/// acaba, bem ou mal, quem responde é avisado, e espera-se por ele.
///
/// # Errors
/// O de quem perguntou; se não houve, o de quem respondeu.
pub fn em_dupla<P, R: Send>(
    responder: impl FnOnce(&AtomicBool) -> Result<R> + Send,
    perguntar: impl FnOnce() -> Result<P>,
) -> Result<(P, R)> {
    let acabou = AtomicBool::new(false);
    thread::scope(|escopo| {
        let outra = escopo.spawn(|| responder(&acabou));
        let aviso = Aviso(&acabou);
        let perguntado = perguntar();
        drop(aviso);
        let respondido = outra
            .join()
            .map_err(|_| anyhow!("quem respondia acabou em pânico"))?;
        Ok((perguntado?, respondido.context("quem respondia parou")?))
    })
}

/// Avisa que acabou ao sair de cena, também em um pânico: ninguém espera para sempre.
struct Aviso<'a>(&'a AtomicBool);

impl Drop for Aviso<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
