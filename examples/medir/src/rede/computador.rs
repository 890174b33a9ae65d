//! Um computador de mentira.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::thread;

use anyhow::{Context, Result, anyhow};
use rustix::net::netdevice::name_to_index;
use rustix::thread::{
    LinkNameSpaceType, UnshareFlags, move_into_link_name_space,
};
use socket2::{Domain, Socket, Type};

use super::enlace::Interfaces;
use super::nucleo;

/// Como cada computador chama a sua ponta do cabo.
pub const CABO: &str = "cabo";

/// Um espaço de rede com um cabo até este processo. Acaba quando ninguém mais o segura.
pub struct Computador {
    espaco: File,
    endereco: Ipv4Addr,
    /// A ponta de cá do cabo.
    interface: u32,
}

impl Computador {
    /// Um computador de endereço `endereco`/24, ligado a este espaço de rede por um
    /// cabo que aqui se chama `nome`.
    ///
    /// # Errors
    /// O que o núcleo não deixou fazer.
    pub fn ligar(nome: &str, endereco: Ipv4Addr) -> Result<Self> {
        let espaco = thread::spawn(|| -> Result<File> {
            nucleo::separar(UnshareFlags::NEWNET)?;
            Ok(File::open("/proc/thread-self/ns/net")?)
        })
        .join()
        .map_err(|_| anyhow!("a thread acabou em pânico"))??;
        let interfaces = Interfaces::abrir()?;
        interfaces
            .criar_cabo(nome, CABO, espaco.as_fd())
            .context("não foi possível criar um cabo (veth)")?;
        let interface = indice(nome)?;
        interfaces.subir(interface)?;
        let este = Self {
            espaco,
            endereco,
            interface,
        };
        este.dentro(|| -> Result<()> {
            let interfaces = Interfaces::abrir()?;
            interfaces.subir(indice("lo")?)?;
            calar_o_ipv6()?;
            interfaces.enderecar(indice(CABO)?, endereco, 24)?;
            interfaces.subir(indice(CABO)?)?;
            Ok(())
        })?;
        Ok(este)
    }

    /// Roda `tarefa` em uma thread deste computador: os sockets que ela abrir são dele,
    /// e continuam a ser depois, em qualquer thread.
    ///
    /// # Panics
    /// Se a tarefa entra em pânico, ou se o núcleo não deixa entrar no espaço.
    pub fn dentro<T: Send>(&self, tarefa: impl FnOnce() -> T + Send) -> T {
        thread::scope(|escopo| {
            let thread = escopo.spawn(|| {
                move_into_link_name_space(
                    self.espaco.as_fd(),
                    Some(LinkNameSpaceType::Network),
                )
                .expect("o espaço é nosso e está aberto");
                tarefa()
            });
            thread.join().expect("a tarefa não entra em pânico")
        })
    }

    /// O endereço dele.
    #[must_use]
    pub fn endereco(&self) -> Ipv4Addr {
        self.endereco
    }

    /// O índice da ponta de cá do cabo.
    #[must_use]
    pub fn interface(&self) -> u32 {
        self.interface
    }
}

/// Desliga o IPv6 do computador desta thread: ninguém o usa, e os anúncios que ele manda
/// quando o cabo sobe (RFC 4861, seção 6.3.7; RFC 3810) entrariam nas contas do caminho.
fn calar_o_ipv6() -> Result<()> {
    let chave = "/proc/sys/net/ipv6/conf/all/disable_ipv6";
    match fs::write(chave, "1") {
        // O núcleo não tem IPv6.
        Err(erro) if erro.kind() == ErrorKind::NotFound => Ok(()),
        outro => outro
            .with_context(|| format!("não foi possível escrever em {chave}")),
    }
}

/// O índice da interface `nome` no espaço de rede desta thread.
fn indice(nome: &str) -> Result<u32> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    name_to_index(&socket, nome)
        .with_context(|| format!("não foi possível achar a interface {nome}"))
}
