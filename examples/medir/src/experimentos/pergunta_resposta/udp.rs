//! Perguntas por UDP, sem repetir: passado o prazo, a pergunta fica sem resposta.

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sockets::medir::sonda::Sonda;

use super::previsao::Prazos;
use super::rodada::{Medida, Percurso, Pergunta};
use super::{PRAZO, TAMANHO};
use crate::espera::legivel;
use crate::experimentos::latencia::eco::de_datagramas;
use crate::experimentos::latencia::em_dupla;

/// Faz as perguntas de `percurso`.
///
/// # Errors
/// Os de [`Percurso::percorrer`], e os de abrir os sockets.
pub fn medir(percurso: &Percurso<'_>) -> Result<Medida> {
    let (cliente, servidor) = percurso.contexto().laboratorio.par_udp()?;
    let mut perguntador = Perguntador::novo(
        cliente,
        PRAZO,
        Sonda {
            experimento: (percurso.semente() & 0xffff_ffff) as u32,
            numero: 0,
            enviada_ns: 0,
        },
    )?;
    let (mut medida, ()) = em_dupla(
        |acabou| Ok(de_datagramas(&servidor, acabou)?),
        || percurso.percorrer(|numero| perguntador.perguntar(numero)),
    )?;
    medida.alheias = perguntador.alheias;
    if let Some(prazo) = medida.prazo_visto() {
        medida.prazos = Prazos::iguais(prazo);
    }
    let sem_resposta = medida.perguntas.len() as u64 - medida.respondidas();
    let inexplicadas = sem_resposta.abs_diff(medida.derrubados());
    if inexplicadas > 0 {
        medida.ressalvas.push(format!(
            "{inexplicadas} perguntas sem resposta que o caminho não derrubou: \
             as respostas passaram do prazo"
        ));
    }
    Ok(medida)
}

/// Quem pergunta.
struct Perguntador {
    socket: UdpSocket,
    prazo: Duration,
    sonda: Sonda,
    pacote: [u8; TAMANHO],
    /// Respostas que não eram da pergunta que se fazia: as que chegaram depois do
    /// prazo, quando já se perguntava outra coisa.
    alheias: u64,
}

impl Perguntador {
    fn novo(
        socket: UdpSocket,
        prazo: Duration,
        sonda: Sonda,
    ) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            prazo,
            sonda,
            pacote: [0; TAMANHO],
            alheias: 0,
        })
    }

    /// Faz a pergunta `numero` e espera a resposta dela, e só dela, até o prazo.
    fn perguntar(&mut self, numero: u64) -> Result<Pergunta> {
        self.sonda.numero = numero;
        let inicio = Instant::now();
        self.sonda.escrever(&mut self.pacote);
        self.socket
            .send(&self.pacote)
            .context("não foi possível mandar a pergunta")?;
        loop {
            let falta = self.prazo.saturating_sub(inicio.elapsed());
            if falta.is_zero() || !legivel(&self.socket, falta)? {
                let demora = inicio.elapsed();
                return Ok(Pergunta {
                    demora,
                    respondida: false,
                    limpa: false,
                    prazo: Some(demora),
                });
            }
            if self.ler()? {
                return Ok(Pergunta {
                    demora: inicio.elapsed(),
                    respondida: true,
                    limpa: true,
                    prazo: None,
                });
            }
        }
    }

    /// Lê um datagrama, se há: `true` se é a resposta.
    fn ler(&mut self) -> Result<bool> {
        match self.socket.recv(&mut self.pacote) {
            Ok(lidos) => {
                let resposta = Sonda::ler(&self.pacote[..lidos]);
                let certa = resposta == Some(self.sonda);
                self.alheias += u64::from(!certa);
                Ok(certa)
            }
            Err(erro) if erro.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(erro) => Err(erro).context("não foi possível ler a resposta"),
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::net::Ipv4Addr;
    use std::thread;

    const PERGUNTAS: u64 = 20;

    fn par() -> io::Result<(UdpSocket, UdpSocket)> {
        let abrir = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
        let (um, outro) = (abrir()?, abrir()?);
        um.connect(outro.local_addr()?)?;
        outro.connect(um.local_addr()?)?;
        Ok((um, outro))
    }

    /// Faz as perguntas a quem responde a cada uma com o que `responder` diz, e devolve
    /// quantas tiveram resposta e quantas respostas eram de outras, com as que só chegaram
    /// depois da última pergunta.
    fn perguntar_a(
        prazo: Duration,
        responder: impl Fn(Sonda) -> Vec<Sonda> + Send + 'static,
    ) -> Result<(u64, u64)> {
        let (cliente, servidor) = par()?;
        let servidor_vivo = servidor.try_clone()?;
        servidor.set_read_timeout(Some(Duration::from_secs(10)))?;
        let outro = thread::spawn(move || -> io::Result<()> {
            let mut pacote = [0; TAMANHO];
            for _ in 0..PERGUNTAS {
                let lidos = servidor.recv(&mut pacote)?;
                let pergunta = Sonda::ler(&pacote[..lidos]);
                for sonda in responder(pergunta.expect("é uma sonda")) {
                    sonda.escrever(&mut pacote);
                    servidor.send(&pacote)?;
                }
            }
            Ok(())
        });
        let sonda = Sonda {
            experimento: 9,
            numero: 0,
            enviada_ns: 0,
        };
        let mut perguntador = Perguntador::novo(cliente, prazo, sonda)?;
        let mut respondidas = 0;
        for numero in 0..PERGUNTAS {
            respondidas += u64::from(perguntador.perguntar(numero)?.respondida);
        }
        outro.join().expect("não entra em pânico")?;
        while legivel(&perguntador.socket, Duration::ZERO)? {
            perguntador.ler()?;
        }
        drop(servidor_vivo);
        Ok((respondidas, perguntador.alheias))
    }

    #[test]
    fn a_resposta_de_outra_pergunta_nunca_conta() -> Result<()> {
        // Sempre uma pergunta atrasado, como em uma rede mais lenta que o prazo.
        let atrasado = |pergunta: Sonda| {
            let anterior = pergunta.numero.checked_sub(1);
            let resposta = |numero| Sonda { numero, ..pergunta };
            anterior.map(resposta).into_iter().collect()
        };
        let (respondidas, alheias) =
            perguntar_a(Duration::from_millis(5), atrasado)?;
        assert_eq!(respondidas, 0);
        assert_eq!(alheias, PERGUNTAS - 1, "as respostas atrasadas chegaram");
        Ok(())
    }

    #[test]
    fn a_de_outro_experimento_tambem_nao() -> Result<()> {
        let de_outro = |pergunta: Sonda| {
            vec![Sonda {
                experimento: pergunta.experimento + 1,
                ..pergunta
            }]
        };
        let (respondidas, _) = perguntar_a(Duration::from_millis(5), de_outro)?;
        assert_eq!(respondidas, 0);
        Ok(())
    }

    #[test]
    fn entre_as_alheias_acha_a_certa_e_a_conta_uma_vez() -> Result<()> {
        let confuso = |pergunta: Sonda| {
            let outra = Sonda {
                numero: pergunta.numero + 1,
                ..pergunta
            };
            vec![outra, pergunta, pergunta]
        };
        let (respondidas, alheias) =
            perguntar_a(Duration::from_secs(10), confuso)?;
        assert_eq!(respondidas, PERGUNTAS);
        // A outra de cada vez, e a repetida que sobrou de cada uma das anteriores. A da
        // última pergunta não é de outra.
        assert_eq!(alheias, 2 * PERGUNTAS - 1);
        Ok(())
    }
}
