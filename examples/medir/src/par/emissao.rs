//! Quem manda datagramas: nos instantes marcados, sem esperar por resposta nenhuma.

use std::io;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use sockets::medir::sonda::Sonda;

use super::canal::{OLHADA, Vigia, esperar, passageiro};
use super::datagrama;
use super::falha::Falha;
use super::protocolo::{Envio, Serie, Sessao};
use super::ritmo::{Ronda, esperar_ate, nanossegundos};
use crate::espera::gravavel;
use crate::experimentos::datagramas::agenda::Agenda;

/// Quanto uma série pode passar da duração dela quando o sistema não dá conta do ritmo:
/// depois disso, o que falta não se manda, e não é perda.
pub const ATRASO: Duration = Duration::from_millis(500);

/// Uma série de datagramas a mandar.
pub struct Emissao<'a> {
    /// Por onde: já ligado a quem recebe, e sem bloquear.
    pub socket: &'a UdpSocket,
    /// De que sessão.
    pub sessao: Sessao,
    /// O número da medida.
    pub experimento: u32,
    /// Quais.
    pub serie: Serie,
    /// O que vai depois da sonda: bytes que não se comprimem, um datagrama inteiro deles
    /// ou mais.
    pub enchimento: &'a [u8],
}

/// O que se sabe do andamento de uma emissão.
#[derive(Debug, Default)]
pub(super) struct Contas {
    pub envio: Envio,
    primeiro: Option<Instant>,
}

impl Contas {
    /// Saiu uma mensagem de tantos bytes, em `agora`.
    pub fn saiu(&mut self, bytes: usize, agora: Instant) {
        let primeiro = *self.primeiro.get_or_insert(agora);
        self.envio.intervalo_ns = nanossegundos(agora - primeiro);
        self.envio.enviados += 1;
        self.envio.bytes += bytes as u64;
    }
}

impl Emissao<'_> {
    /// Manda a série, e só volta depois do último. O que o sistema não aceita é contado à
    /// parte e não tem número.
    ///
    /// # Errors
    /// O que a vigia achou, ou o que o sistema respondeu a uma espera.
    pub fn mandar(&self, vigia: Vigia<'_>) -> Result<Envio, Falha> {
        let mut contas = Contas::default();
        let mut ronda = Ronda::nova();
        let inicio = Instant::now();
        let ate = inicio + self.serie.duracao() + ATRASO;
        let mut agenda = Agenda::nova(inicio, self.serie.ritmo);
        let mut datagrama = self.datagrama();
        for _ in 0..self.serie.quantos {
            let marcado = agenda.proximo(Instant::now());
            if marcado >= ate {
                break;
            }
            esperar_ate(marcado, &mut ronda, vigia)?;
            let agora = Instant::now();
            Sonda {
                experimento: self.experimento,
                numero: contas.envio.enviados,
                enviada_ns: nanossegundos(agora - inicio),
            }
            .escrever(&mut datagrama);
            match self.mandar_um(&datagrama, ate, &mut ronda, vigia)? {
                Ok(()) => contas.saiu(datagrama.len(), agora),
                Err(_) => contas.envio.erros += 1,
            }
        }
        contas.envio.remarcados = agenda.remarcados();
        Ok(contas.envio)
    }

    /// O datagrama, com a sessão e o enchimento no lugar.
    pub(super) fn datagrama(&self) -> Vec<u8> {
        let mut datagrama =
            self.enchimento[..self.serie.tamanho as usize].to_vec();
        let sonda = Sonda {
            experimento: self.experimento,
            numero: 0,
            enviada_ns: 0,
        };
        datagrama::escrever(&sonda, self.sessao, &mut datagrama);
        datagrama
    }

    /// Manda um datagrama, e espera que haja lugar para ele, se a placa de rede está
    /// atrasada.
    fn mandar_um(
        &self,
        datagrama: &[u8],
        ate: Instant,
        ronda: &mut Ronda,
        vigia: Vigia<'_>,
    ) -> Result<io::Result<()>, Falha> {
        loop {
            match self.socket.send(datagrama) {
                Ok(_) => return Ok(Ok(())),
                Err(erro) if passageiro(&erro) => {
                    let agora = Instant::now();
                    if agora >= ate {
                        return Ok(Err(erro));
                    }
                    ronda.passar(agora, vigia)?;
                    esperar(gravavel(self.socket, OLHADA))?;
                }
                Err(erro) => return Ok(Err(erro)),
            }
        }
    }
}
