//! Um computador de mentira.

use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::time::Duration;

use super::enlace::{self, Interfaces, Mac, Ponta};
use super::espaco::EspacoDeRede;
use super::rota::Rota;
use super::sem_rede::{SemRede, Tentando, Tentativa};

/// Como cada computador chama a sua ponta do cabo.
const CABO: &str = "cabo";

/// Quem um computador é na rede.
#[derive(Debug, Clone, Copy)]
pub struct Identidade {
    /// O nome da ponta do cabo dele que fica no meio do caminho.
    pub nome: &'static str,
    /// O endereço IP.
    pub endereco: Ipv4Addr,
    /// O endereço Ethernet.
    pub mac: Mac,
}

/// Um espaço de rede com um cabo até o meio do caminho.
pub struct Computador {
    espaco: EspacoDeRede,
    /// A ponta do cabo que fica no meio do caminho, e a que fica nele.
    pontas: [u32; 2],
    este: Identidade,
    outro: Identidade,
}

impl Computador {
    /// O computador `este`, que conhece o computador `outro` e mais ninguém, ligado por
    /// um cabo ao espaço de rede da thread que chama.
    ///
    /// # Errors
    /// O que o núcleo não deixou fazer.
    pub fn ligar(este: Identidade, outro: Identidade) -> Result<Self, SemRede> {
        let espaco = EspacoDeRede::novo().tentando(Tentativa::EspacoDeRede)?;
        // A ponta do meio nunca fala por si: o endereço dela só não pode ser igual.
        let mut mac_do_meio = este.mac;
        mac_do_meio[4] ^= 1;
        let no_meio = (|| {
            let interfaces = Interfaces::abrir()?;
            interfaces.criar_cabo(
                Ponta {
                    nome: este.nome,
                    mac: mac_do_meio,
                },
                Ponta {
                    nome: CABO,
                    mac: este.mac,
                },
                espaco.as_fd(),
            )?;
            let ponta = enlace::indice(este.nome)?;
            interfaces.calar_ipv6(ponta)?;
            interfaces.subir(ponta)?;
            Ok(ponta)
        })()
        .tentando(Tentativa::Cabo)?;
        let nele = espaco
            .dentro(|| {
                let interfaces = Interfaces::abrir()?;
                interfaces.subir(enlace::indice("lo")?)?;
                let ponta = enlace::indice(CABO)?;
                interfaces.calar_ipv6(ponta)?;
                interfaces.enderecar(ponta, este.endereco)?;
                interfaces.subir(ponta)?;
                interfaces.apresentar(ponta, outro.endereco, outro.mac)?;
                Ok(ponta)
            })
            .tentando(Tentativa::Enderecos)?;
        let computador = Self {
            espaco,
            pontas: [no_meio, nele],
            este,
            outro,
        };
        computador
            .menor_prazo_do_tcp(None)
            .tentando(Tentativa::Enderecos)?;
        Ok(computador)
    }

    /// Roda `tarefa` em uma thread deste computador: os sockets que ela abrir são dele,
    /// e continuam a ser depois, em qualquer thread.
    ///
    /// # Panics
    /// Se a tarefa entra em pânico, ou se o sistema não deixa criar mais uma thread.
    pub fn dentro<T: Send>(&self, tarefa: impl FnOnce() -> T + Send) -> T {
        self.espaco.dentro(tarefa)
    }

    /// O endereço dele.
    #[must_use]
    pub fn endereco(&self) -> Ipv4Addr {
        self.este.endereco
    }

    /// O índice da ponta do cabo dele que fica no meio do caminho.
    #[must_use]
    pub fn ponta_do_meio(&self) -> u32 {
        self.pontas[0]
    }

    /// O índice da ponta do cabo que fica nele.
    #[must_use]
    pub fn ponta(&self) -> u32 {
        self.pontas[1]
    }

    /// O menor prazo de retransmissão das conexões TCP que saírem daqui; `None`, o do
    /// núcleo.
    ///
    /// # Errors
    /// O que o núcleo respondeu.
    pub fn menor_prazo_do_tcp(
        &self,
        menor_prazo: Option<Duration>,
    ) -> std::io::Result<()> {
        let rota = Rota {
            interface: self.ponta(),
            origem: self.este.endereco,
            destino: self.outro.endereco,
            menor_prazo,
        };
        self.dentro(|| rota.valer())
    }
}
