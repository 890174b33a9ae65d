//! Ctrl-C e os outros pedidos para parar.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use sockets::chat::interrupcao::{CODIGO_DE_INTERRUPCAO, registrar};

/// De quanto em quanto tempo se olha se há um segundo pedido: raro, para quem mede.
const VIGIA: Duration = Duration::from_millis(200);

/// Pedidos que chegam juntos são um só: `timeout(1)` manda o sinal duas vezes.
const UM_SO: Duration = Duration::from_millis(300);

/// Se alguém pediu para parar.
#[derive(Debug, Clone)]
pub struct Interrupcao(Arc<AtomicBool>);

impl Interrupcao {
    /// Passa a tratar os pedidos: o primeiro levanta a bandeira; o segundo acaba com o
    /// programa na hora, o que não perde nada do que já foi guardado. Cria uma thread.
    ///
    /// # Errors
    /// Quando o sistema não aceita as bandeiras ou não dá uma thread.
    pub fn vigiar() -> io::Result<Self> {
        let pedida = Arc::new(AtomicBool::new(false));
        registrar(&pedida)?;
        let de_novo = Arc::new(AtomicBool::new(false));
        registrar(&de_novo)?;
        thread::Builder::new()
            .name("interrupcao".into())
            .spawn(move || {
                esperar(&de_novo);
                thread::sleep(UM_SO);
                de_novo.store(false, Ordering::SeqCst);
                esperar(&de_novo);
                std::process::exit(CODIGO_DE_INTERRUPCAO.into());
            })?;
        Ok(Self(pedida))
    }

    /// Se alguém pediu.
    #[must_use]
    pub fn pedida(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

fn esperar(bandeira: &AtomicBool) {
    while !bandeira.load(Ordering::SeqCst) {
        thread::sleep(VIGIA);
    }
}
