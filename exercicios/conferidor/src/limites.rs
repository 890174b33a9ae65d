//! O que um programa em teste não pode gastar, e como se acaba com ele e com tudo que ele
//! abriu.
//!
//! No Unix o programa lidera um grupo de processos, e no Windows é posto em um objeto de
//! trabalho: matá-lo mata os filhos. No Linux há ainda limites de memória, de tempo de CPU
//! e de tamanho de arquivo, e um vigia que acaba com quem se multiplica.

use std::io;
use std::process::Command;

use process_wrap::std::{ChildWrapper, CommandWrap};

/// A memória de endereços que um programa pode pedir, em bytes.
#[cfg(target_os = "linux")]
const MEMORIA: u64 = 1024 * 1024 * 1024;

/// O tempo de CPU de um programa, em segundos: um que gira sem parar morre antes disso,
/// pelos prazos, e isto só vale se o conferidor morrer primeiro.
#[cfg(target_os = "linux")]
const CPU: u64 = 60;

/// O maior arquivo que um programa pode escrever, em bytes.
#[cfg(target_os = "linux")]
const ARQUIVO: u64 = 64 * 1024 * 1024;

/// Começa o processo de `comando`, com os filhos dele ao alcance de um só golpe.
pub(crate) fn comecar(comando: Command) -> io::Result<Box<dyn ChildWrapper>> {
    let mut comando = CommandWrap::from(comando);
    #[cfg(unix)]
    comando.wrap(process_wrap::std::ProcessGroup::leader());
    #[cfg(windows)]
    comando.wrap(process_wrap::std::JobObject);
    let filho = comando.spawn()?;
    limitar(&*filho);
    Ok(filho)
}

/// Põe os limites no processo. O que o sistema recusar fica sem limite: os prazos valem.
#[cfg(target_os = "linux")]
fn limitar(filho: &dyn ChildWrapper) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let Some(pid) = i32::try_from(filho.id()).ok().and_then(Pid::from_raw) else {
        return;
    };
    let ate = |quanto| Rlimit {
        current: Some(quanto),
        maximum: Some(quanto),
    };
    for (recurso, quanto) in [
        (Resource::As, MEMORIA),
        (Resource::Cpu, CPU),
        (Resource::Fsize, ARQUIVO),
        (Resource::Core, 0),
    ] {
        let _ = prlimit(Some(pid), recurso, ate(quanto));
    }
}

#[cfg(not(target_os = "linux"))]
fn limitar(_: &dyn ChildWrapper) {}

/// Acaba com o processo e com os filhos dele. Quem já morreu não é erro.
pub(crate) fn matar(filho: &mut dyn ChildWrapper) {
    let _ = filho.start_kill();
}
