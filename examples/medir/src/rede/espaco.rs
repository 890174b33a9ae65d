//! Os espaços de nomes em que tudo acontece: um de usuários, em que somos root, e os de
//! rede.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;

use rustix::process::{getgid, getuid};
use rustix::thread::{
    CapabilitySet, LinkNameSpaceType, UnshareFlags, capabilities,
    move_into_link_name_space,
};

use super::nucleo;
use super::sem_rede::{SemRede, Tentando, Tentativa};

/// Consegue para este processo o direito de criar redes, se ele ainda não o tem.
///
/// Quem é root do sistema continua como está. Os outros passam a ser root em um espaço
/// de usuários só deste processo, o que não lhes dá nada fora dele: os arquivos e a rede
/// do sistema continuam os mesmos. Isso tem de acontecer antes que exista outra thread
/// (`unshare(2)`).
///
/// # Errors
/// Onde o administrador não deixa.
pub fn poder_criar_redes() -> Result<(), SemRede> {
    if ja_podemos() {
        return Ok(());
    }
    // Lidos antes: no espaço novo, até que se diga quem é quem, não somos ninguém.
    let (usuario, grupo) = (getuid().as_raw(), getgid().as_raw());
    nucleo::separar(UnshareFlags::NEWUSER)
        .tentando(Tentativa::EspacoDeUsuarios)?;
    // Sem isto, `user_namespaces(7)` não deixa escrever o mapa de grupos.
    fs::write("/proc/self/setgroups", "deny")
        .and_then(|()| {
            fs::write("/proc/self/uid_map", format!("0 {usuario} 1"))
        })
        .and_then(|()| fs::write("/proc/self/gid_map", format!("0 {grupo} 1")))
        .tentando(Tentativa::SerRoot)
}

/// Se esta thread já tem as capacidades que montar redes pede.
fn ja_podemos() -> bool {
    let precisas = CapabilitySet::SYS_ADMIN
        | CapabilitySet::NET_ADMIN
        | CapabilitySet::NET_RAW;
    capabilities(None).is_ok_and(|c| c.effective.contains(precisas))
}

/// Um espaço de rede. Acaba quando ninguém mais o segura: nem este valor, nem uma
/// thread dentro dele, nem um socket aberto nele.
pub struct EspacoDeRede(File);

impl EspacoDeRede {
    /// Um espaço novo, só com um `lo` fora do ar.
    ///
    /// # Errors
    /// O que o núcleo respondeu; quase sempre, que não pode
    /// ([`poder_criar_redes`]).
    ///
    /// # Panics
    /// Nunca: abrir um espaço não entra em pânico.
    pub fn novo() -> io::Result<Self> {
        // Só uma thread passageira entra nele ao criá-lo: quem chama fica onde está.
        let criar = || {
            nucleo::separar(UnshareFlags::NEWNET)?;
            File::open("/proc/thread-self/ns/net")
        };
        let thread = thread::Builder::new().spawn(criar)?;
        let espaco = thread.join().expect("criar não entra em pânico")?;
        Ok(Self(espaco))
    }

    /// Roda `tarefa` em uma thread dentro do espaço: os sockets que ela abrir são dele,
    /// e continuam a ser depois, em qualquer thread.
    ///
    /// # Panics
    /// Se a tarefa entra em pânico, ou se o sistema não deixa criar mais uma thread.
    pub fn dentro<T: Send>(&self, tarefa: impl FnOnce() -> T + Send) -> T {
        let entrar_e_fazer = || {
            move_into_link_name_space(
                self.as_fd(),
                Some(LinkNameSpaceType::Network),
            )
            .expect("o espaço é nosso e está aberto");
            tarefa()
        };
        match thread::scope(|escopo| escopo.spawn(entrar_e_fazer).join()) {
            Ok(resultado) => resultado,
            Err(panico) => std::panic::resume_unwind(panico),
        }
    }
}

impl AsFd for EspacoDeRede {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
