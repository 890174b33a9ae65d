//! Sinais para um filho e para os filhos dele.
//!
//! No Unix cada [`crate::Filho`] lidera um grupo de processos: um sinal ao grupo
//! alcança também o que um `sh -c` abriu. No Windows só o filho direto é morto.

use std::process::{Child, Command};

/// Faz o processo de `comando` nascer como líder do seu grupo.
#[cfg(unix)]
pub(crate) fn separar(comando: &mut Command) {
    use std::os::unix::process::CommandExt;
    comando.process_group(0);
}

#[cfg(not(unix))]
pub(crate) fn separar(_comando: &mut Command) {}

/// Mata o filho e o grupo dele. Quem já morreu não é erro.
#[cfg(unix)]
pub(crate) fn matar(processo: &mut Child) {
    sinalizar(processo, rustix::process::Signal::KILL);
}

#[cfg(not(unix))]
pub(crate) fn matar(processo: &mut Child) {
    // Falha quando o filho já acabou: é o que se queria.
    let _ = processo.kill();
}

/// O que Ctrl-C faz: SIGINT para o grupo inteiro.
#[cfg(unix)]
pub(crate) fn interromper(processo: &Child) {
    sinalizar(processo, rustix::process::Signal::INT);
}

#[cfg(unix)]
fn sinalizar(processo: &Child, sinal: rustix::process::Signal) {
    let lider = rustix::process::Pid::from_child(processo);
    // Falha quando o grupo já acabou: é o que se queria.
    let _ = rustix::process::kill_process_group(lider, sinal);
}
