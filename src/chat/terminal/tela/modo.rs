//! O terminal no modo da tela, e de volta ao que era.
//!
//! No modo da tela as teclas chegam uma a uma, sem eco (*raw mode*), e o que se cola
//! vem marcado. Quem esquece isto ligado deixa a pessoa sem ver o que digita no
//! shell: por isso o terminal volta ao que era no fim, seja ele qual for. No fim
//! normal e em todo erro, quando a tela se desfaz; em um pânico, antes da mensagem.
//! Quem acaba com [`std::process::exit`] chama [`restaurar`] antes.

use std::io::{self, Write, stdout};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crossterm::cursor::{MoveTo, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::queue;
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, disable_raw_mode, enable_raw_mode,
};

/// Se o terminal está no modo da tela.
static LIGADO: AtomicBool = AtomicBool::new(false);

/// Se já voltou ao que era: daí em diante a tela não desenha mais nada.
static RESTAURADO: AtomicBool = AtomicBool::new(false);

/// A linha em que se digita: dela para baixo nada é da conversa.
static LINHA: AtomicU16 = AtomicU16::new(0);

/// Quanto se espera por um terminal que não anda. Um que só é lento, ou um computador
/// ocupado, não pode ficar com o cursor escondido.
const PACIENCIA: Duration = Duration::from_secs(2);

/// Põe o terminal no modo da tela.
///
/// # Errors
/// Quando o sistema não deixa.
pub(super) fn ligar() -> io::Result<()> {
    static GANCHO: Once = Once::new();
    GANCHO.call_once(|| {
        let anterior = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panico| {
            restaurar();
            anterior(panico);
        }));
    });
    enable_raw_mode()?;
    LIGADO.store(true, Ordering::SeqCst);
    RESTAURADO.store(false, Ordering::SeqCst);
    let mut saida = stdout().lock();
    // Sem isto (o console antigo do Windows) o que se cola chega como digitado.
    let _ = queue!(saida, EnableBracketedPaste);
    saida.flush()
}

/// Diz em que linha da tela se digita agora.
pub(super) fn digita_se_na_linha(linha: u16) {
    LINHA.store(linha, Ordering::SeqCst);
}

/// Se o terminal já voltou ao que era.
pub(super) fn restaurado() -> bool {
    RESTAURADO.load(Ordering::SeqCst)
}

/// Deixa o terminal como era antes da tela. Sem tela, ou na segunda vez, não faz
/// nada. Serve a qualquer thread e nunca espera mais do que um instante, mesmo que a
/// tela esteja parada no meio de uma escrita em um terminal que não anda.
pub fn restaurar() {
    if !LIGADO.swap(false, Ordering::SeqCst) {
        return;
    }
    RESTAURADO.store(true, Ordering::SeqCst);
    let _ = disable_raw_mode();
    let (pronto, esperar) = channel();
    let arrumacao = thread::Builder::new().spawn(move || {
        arrumar();
        // Quem já desistiu de esperar não ouve.
        let _ = pronto.send(());
    });
    if arrumacao.is_ok() {
        let _ = esperar.recv_timeout(PACIENCIA);
    }
}

/// Tira o rodapé, mostra o cursor e volta a colar como antes. Se nem isto se consegue
/// escrever, o terminal já não existe.
fn arrumar() {
    let mut saida = stdout().lock();
    let _ = queue!(
        saida,
        EndSynchronizedUpdate,
        MoveTo(0, LINHA.load(Ordering::SeqCst)),
        Clear(ClearType::FromCursorDown),
        Show
    );
    let _ = queue!(saida, DisableBracketedPaste);
    let _ = saida.flush();
}
