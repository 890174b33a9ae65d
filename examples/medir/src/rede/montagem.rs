//! A rede inteira: dois computadores, o meio do caminho e o emulador nele.

use std::io;
use std::net::Ipv4Addr;

use super::computador::{Computador, Identidade};
use super::espaco::{self, EspacoDeRede};
use super::sem_rede::{SemRede, Tentando, Tentativa};
use crate::caminho::emulador::Emulador;
use crate::laboratorio::Lado;

/// O endereço de quem pergunta.
const CLIENTE: Identidade = Identidade {
    nome: "cliente",
    endereco: Ipv4Addr::new(10, 0, 0, 1),
    mac: [2, 0, 0, 0, 0, 1],
};

/// O endereço de quem responde.
const SERVIDOR: Identidade = Identidade {
    nome: "servidor",
    endereco: Ipv4Addr::new(10, 0, 0, 2),
    mac: [2, 0, 0, 0, 0, 2],
};

/// Dois computadores de mentira e o emulador entre eles.
pub struct Emulado {
    cliente: Computador,
    servidor: Computador,
    /// O espaço de rede em que o emulador e as pontas de cá dos cabos ficam.
    pub meio: EspacoDeRede,
    /// O caminho.
    pub emulador: Emulador,
}

impl Emulado {
    /// Monta tudo, com o caminho perfeito. Quem não é root tem de chamá-la antes que o
    /// processo tenha outra thread.
    ///
    /// # Errors
    /// O que o sistema não deixou fazer.
    pub fn montar() -> Result<Self, SemRede> {
        espaco::poder_criar_redes()?;
        let meio = EspacoDeRede::novo().tentando(Tentativa::EspacoDeRede)?;
        let (cliente, servidor, emulador) = meio.dentro(|| {
            let cliente = Computador::ligar(CLIENTE, SERVIDOR)?;
            let servidor = Computador::ligar(SERVIDOR, CLIENTE)?;
            let emulador = Emulador::ligar(
                cliente.ponta_do_meio(),
                servidor.ponta_do_meio(),
            )
            .map_err(|erro| resposta_do_sistema(&erro))
            .tentando(Tentativa::Quadros)?;
            Ok((cliente, servidor, emulador))
        })?;
        Ok(Self {
            cliente,
            servidor,
            meio,
            emulador,
        })
    }

    /// O computador de um dos lados.
    #[must_use]
    pub fn computador(&self, lado: Lado) -> &Computador {
        match lado {
            Lado::Cliente => &self.cliente,
            Lado::Servidor => &self.servidor,
        }
    }
}

/// O que o sistema respondeu, no meio do que se contou em volta.
fn resposta_do_sistema(erro: &anyhow::Error) -> io::Error {
    erro.chain()
        .find_map(|causa| causa.downcast_ref::<io::Error>()?.raw_os_error())
        .map_or_else(
            || io::Error::other(format!("{erro:#}")),
            io::Error::from_raw_os_error,
        )
}
