//! Uma ponta do caminho: o anel em que os quadros chegam, e o que se perdeu antes dele.

use std::fs;

use anyhow::{Context, Result};
use rustix::net::netdevice::index_to_name;

use crate::rede::nucleo::anel::Anel;

/// Uma interface deste espaço de rede, ouvida pelo emulador.
pub(super) struct Ponta {
    /// Por onde os quadros chegam e saem.
    pub(super) anel: Anel,
    nome: String,
    /// Quantos já se tinham perdido da última vez que se perguntou.
    perdidos: u64,
}

impl Ponta {
    /// Ouve a interface de índice `interface`.
    pub(super) fn abrir(interface: u32) -> Result<Self> {
        let anel = Anel::abrir(interface)
            .context("não foi possível abrir um socket de quadros")?;
        let nome = index_to_name(anel.socket(), interface)
            .context("não foi possível saber o nome de uma interface")?;
        let mut ponta = Self {
            anel,
            nome,
            perdidos: 0,
        };
        ponta.perdidos_desde_a_ultima_vez()?;
        Ok(ponta)
    }

    /// Quantos quadros chegaram a esta ponta e o núcleo jogou fora antes que se lessem,
    /// desde a última vez que se perguntou: por não haver vaga no anel, ou na fila por
    /// onde todo quadro passa antes dele (`netdev_max_backlog`).
    pub(super) fn perdidos_desde_a_ultima_vez(&mut self) -> Result<u64> {
        let sem_vaga = self
            .anel
            .descartados()
            .context("não foi possível ler PACKET_STATISTICS")?;
        let texto = fs::read_to_string(DISPOSITIVOS)
            .with_context(|| format!("não foi possível ler {DISPOSITIVOS}"))?;
        let na_fila = descartados(&texto, &self.nome).with_context(|| {
            format!("{DISPOSITIVOS} não diz o que {} descartou", self.nome)
        })?;
        let antes = std::mem::replace(&mut self.perdidos, na_fila);
        Ok(sem_vaga + na_fila.saturating_sub(antes))
    }
}

/// Onde estão os contadores das interfaces deste espaço de rede (`proc_pid_net(5)`).
const DISPOSITIVOS: &str = "/proc/thread-self/net/dev";

/// A coluna `drop` da recepção de `nome`: a quarta.
fn descartados(texto: &str, nome: &str) -> Option<u64> {
    texto.lines().find_map(|linha| {
        let (de_quem, colunas) = linha.split_once(':')?;
        if de_quem.trim() != nome {
            return None;
        }
        colunas.split_whitespace().nth(3)?.parse().ok()
    })
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn acha_a_coluna_da_interface_certa() {
        let texto = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes
    lo:       0       0    0    9    0     0          0         0        0
cliente: 10573384   99750    1  254    0     0          0         0      304
 outro: 1 2 3 4 5
";
        assert_eq!(descartados(texto, "cliente"), Some(254));
        assert_eq!(descartados(texto, "lo"), Some(9));
        assert_eq!(descartados(texto, "outro"), Some(4));
        assert_eq!(descartados(texto, "nenhum"), None);
        assert_eq!(descartados("curta: 1 2", "curta"), None);
    }
}
