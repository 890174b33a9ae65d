//! A thread que espera as teclas.

use std::io;
use std::thread;

use crossterm::event::{Event, KeyEventKind, read};

use crate::chat::evento::{Evento, EventoDeTeclado, Remetente};

/// Começa a contar ao laço cada tecla, cada coisa colada e cada mudança de tamanho
/// do terminal. Chame depois de criar a [`Tela`](super::Tela): as teclas só chegam
/// uma a uma com o terminal no modo dela.
///
/// A thread não se encerra: morre com o programa. Enquanto espera, ela segura o
/// leitor do crossterm, e por isso mais ninguém pergunta nada ao terminal.
///
/// # Errors
/// Quando o sistema não dá mais threads.
pub fn vigiar(remetente: Remetente) -> io::Result<()> {
    let vigia = thread::Builder::new().name("teclado".into());
    vigia.spawn(move || {
        loop {
            let evento = match read() {
                Ok(evento) if interessa(&evento) => {
                    EventoDeTeclado::Tela(evento)
                }
                Ok(_) => continue,
                Err(erro) => {
                    let _ = remetente
                        .mandar(Evento::Teclado(EventoDeTeclado::Falhou(erro)));
                    return;
                }
            };
            if !remetente.mandar(Evento::Teclado(evento)) {
                return;
            }
        }
    })?;
    Ok(())
}

/// Soltar uma tecla (que o Windows conta) e mexer o mouse não acordam o laço.
fn interessa(evento: &Event) -> bool {
    match evento {
        Event::Key(tecla) => tecla.kind != KeyEventKind::Release,
        Event::Paste(_) | Event::Resize(..) => true,
        Event::FocusGained | Event::FocusLost | Event::Mouse(_) => false,
    }
}
