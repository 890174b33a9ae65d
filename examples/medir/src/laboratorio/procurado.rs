//! O laboratório de quem não tem espaços de rede: dois sockets UDP desta máquina e um
//! procurador entre eles. O TCP não passa por ele.

use std::net::UdpSocket;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};

use crate::caminho::procurador::Procurador;
use crate::caminho::{Contas, Regras};

/// Por que o TCP não se mede aqui.
pub const SEM_TCP: &str = "sem espaços de rede o TCP não se mede: um intermediário \
     partiria a conexão em duas, e a perda ficaria entre elas";

/// O caminho do par de sockets que se abriu por último.
#[derive(Default)]
pub struct Procurado(Mutex<Estado>);

/// O que vale, e por onde.
#[derive(Default)]
struct Estado {
    regras: (Regras, Regras, u64),
    procurador: Option<Procurador>,
}

impl Procurado {
    /// Põe um procurador, com as regras que estiverem valendo, entre dois sockets; o que
    /// havia entre outros dois acaba.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    pub fn ligar(
        &self,
        cliente: &UdpSocket,
        servidor: &UdpSocket,
    ) -> Result<()> {
        let procurador =
            Procurador::ligar(cliente.local_addr()?, servidor.local_addr()?)?;
        for ponta in [cliente, servidor] {
            ponta.connect(procurador.endereco()).context(
                "não foi possível ligar um socket UDP ao procurador",
            )?;
        }
        let mut estado = self.estado();
        let (ida, volta, semente) = estado.regras.clone();
        procurador.aplicar(ida, volta, semente);
        estado.procurador = Some(procurador);
        Ok(())
    }

    /// Passam a valer outras regras, com as contas zeradas.
    pub fn aplicar(&self, ida: Regras, volta: Regras, semente: u64) {
        let mut estado = self.estado();
        if let Some(procurador) = &estado.procurador {
            procurador.aplicar(ida.clone(), volta.clone(), semente);
        }
        estado.regras = (ida, volta, semente);
    }

    /// As contas desde [`aplicar`](Self::aplicar).
    pub fn contas(&self) -> Contas {
        let estado = self.estado();
        let procurador = estado.procurador.as_ref();
        procurador.map_or(Contas::default(), Procurador::contas)
    }

    /// Quantos datagramas do cliente já se leram, desde que este par existe.
    pub fn lidos(&self) -> u64 {
        let estado = self.estado();
        estado.procurador.as_ref().map_or(0, Procurador::lidos)
    }

    /// Roda `tarefa` na thread do procurador; `None` se ainda não há um.
    pub fn na_thread<T: Send + 'static>(
        &self,
        tarefa: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let estado = self.estado();
        estado.procurador.as_ref().map(|p| p.na_thread(tarefa))
    }

    fn estado(&self) -> MutexGuard<'_, Estado> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
