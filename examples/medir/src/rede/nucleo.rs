//! O que só se faz falando com o núcleo sem intermediário: o único lugar do projeto
//! com `unsafe`, com os módulos dele. Cada função é pequena, e o que a torna segura está
//! escrito nela.

#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::UnshareFlags;

pub mod anel;

/// Separa a thread que chama do resto do sistema, no que `espacos` diz
/// (`unshare(2)`).
///
/// # Errors
/// O que o núcleo respondeu: `EPERM` onde o administrador proíbe, `EINVAL` quando se
/// pede um espaço de usuários com outras threads vivas.
///
/// # Panics
/// Se `espacos` traz `FILES`.
pub fn separar(espacos: UnshareFlags) -> io::Result<()> {
    // SAFETY: o `unshare` só é perigoso com `FILES`, que faria descritores de uma
    // thread não valerem em outra; `espacos` nunca o traz.
    assert!(!espacos.contains(UnshareFlags::FILES));
    Ok(unsafe { rustix::thread::unshare_unsafe(espacos) }?)
}

/// Faz com que o processo que `comando` começar morra se a thread que o começa acabar
/// (`PR_SET_PDEATHSIG(2const)`): ninguém fica rodando em uma rede que já não existe.
pub fn morrer_com_a_thread(comando: &mut Command) {
    let morrer = || Ok(set_parent_process_death_signal(Some(Signal::KILL))?);
    // SAFETY: entre o `fork` e o `exec` só se faz uma chamada de sistema, sem memória
    // nova nem trancas.
    unsafe { comando.pre_exec(morrer) };
}

/// O que o núcleo diz da conexão de `socket` (`TCP_INFO`, em `tcp(7)`): os bytes de um
/// `struct tcp_info`, tantos quantos este núcleo conhece.
///
/// # Errors
/// O que o núcleo respondeu.
pub fn tcp_info(socket: &impl AsFd) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0_u8; MAIOR_TCP_INFO as usize];
    let mut tamanho = MAIOR_TCP_INFO;
    // SAFETY: o ponteiro é de um vetor vivo do tamanho que se diz, e o núcleo escreve no
    // máximo esse tanto.
    let resultado = unsafe {
        libc::getsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            bytes.as_mut_ptr().cast(),
            &raw mut tamanho,
        )
    };
    if resultado != 0 {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(tamanho as usize);
    Ok(bytes)
}

/// Mais do que qualquer núcleo de hoje escreve (248 bytes no 6.18).
const MAIOR_TCP_INFO: libc::socklen_t = 512;
