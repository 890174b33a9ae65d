//! Quem recebe datagramas: conta o que chega até que não deva chegar mais nada.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use sockets::medir::contagem::{Chegada, Contagem};

use super::canal::{self, Canal, OLHADA, PRAZO, esperar, passageiro};
use super::datagrama;
use super::descartes::sem_buffer;
use super::emissao::ATRASO;
use super::falha::Falha;
use super::protocolo::limites::MAIOR_TAMANHO;
use super::protocolo::{Chegadas, Envio, Serie, Sessao};
use super::ritmo::nanossegundos;
use crate::espera::legivel;

/// Quantos datagramas se leem de uma vez, antes de olhar outra coisa.
const DE_UMA_VEZ: usize = 64;

/// Quantas vezes mais do que se pediu se devolve, em um eco: as cópias que a rede faz
/// também voltam, e quem não segue o protocolo não ganha mais que isto.
const COPIAS: u64 = 2;

/// Uma série de datagramas a receber.
pub struct Recepcao<'a> {
    /// Por onde: já ligado a quem manda, e sem bloquear.
    pub socket: &'a UdpSocket,
    /// De que sessão.
    pub sessao: Sessao,
    /// O número da medida.
    pub experimento: u32,
    /// Quais.
    pub serie: Serie,
    /// Se cada um volta para quem o mandou.
    pub devolver: bool,
    /// O que o buffer de `socket` já tinha perdido ([`sem_buffer`]) antes que o outro lado
    /// pudesse mandar o primeiro: quem só olha depois pode chegar tarde, e o que se perdeu
    /// até então pareceria da rede.
    pub ja_perdidos: Option<u64>,
}

/// A conta do que chega, em construção.
pub(super) struct Conta {
    contagem: Contagem,
    chegadas: Chegadas,
    inicio: Instant,
    primeira: Option<Instant>,
}

impl Conta {
    /// A conta de uma série, que começa agora.
    pub fn nova(serie: &Serie) -> Result<Self, Falha> {
        let contagem = Contagem::nova(serie.quantos.into());
        Ok(Self {
            contagem: contagem
                .map_err(|_| Falha::Limite("são mensagens demais"))?,
            chegadas: Chegadas::default(),
            inicio: Instant::now(),
            primeira: None,
        })
    }

    /// Chegou, em `agora`, um datagrama da medida.
    pub fn chegou(
        &mut self,
        sonda: &sockets::medir::sonda::Sonda,
        bytes: usize,
        agora: Instant,
    ) -> Chegada {
        let primeira = *self.primeira.get_or_insert(agora);
        self.chegadas.intervalo_ns = nanossegundos(agora - primeira);
        self.chegadas.bytes += bytes as u64;
        // Os relógios dos dois computadores não concordam: só a diferença entre duas
        // idas diz algo, e é só ela que entra na variação.
        let ida = sonda.ida_ns(nanossegundos(agora - self.inicio));
        self.contagem.chegou(sonda.numero, ida)
    }

    /// O relato.
    pub fn fechar(self) -> Chegadas {
        let contagem = &self.contagem;
        let variacao = contagem.variacao().ns().map(arredondar);
        Chegadas {
            unicos: contagem.unicos(),
            repetidos: contagem.repetidos(),
            ultrapassados: contagem.ultrapassados(),
            inventados: contagem.fora_do_intervalo(),
            proximo: contagem.total() - contagem.perdidos_no_fim(),
            variacao_ns: variacao,
            ..self.chegadas
        }
    }
}

/// Uma variação em nanossegundos inteiros; as absurdas ficam no maior.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "nunca é negativa, e `as` para no maior"
)]
fn arredondar(ns: f64) -> u64 {
    ns.round() as u64
}

impl Recepcao<'_> {
    /// Recebe até que o outro lado diga, pelo `canal`, que acabou de mandar, e passe o
    /// tempo de escoar. Devolve o que ele diz ter mandado e o que chegou.
    ///
    /// # Errors
    /// [`Falha::Calou`] se o outro lado não diz que acabou, o que mais ele disse, ou o
    /// que o sistema respondeu.
    pub fn receber(
        &self,
        canal: &mut Canal<'_>,
    ) -> Result<(Envio, Chegadas), Falha> {
        let mut conta = Conta::nova(&self.serie)?;
        let envio = self.ate_o_fim_dos_envios(canal, &mut conta)?;
        let ate = Instant::now() + self.escoamento();
        loop {
            let falta = ate.saturating_duration_since(Instant::now());
            if esperar(legivel(self.socket, falta.min(OLHADA)))? {
                self.ler(&mut conta);
            } else if falta.is_zero() {
                break;
            }
            // Quem nunca parasse de mandar não prende quem recebe.
            if Instant::now() >= ate + PRAZO {
                break;
            }
            canal.conferir_calado()?;
        }
        let mut chegadas = conta.fechar();
        chegadas.sem_buffer = self
            .ja_perdidos
            .zip(sem_buffer(self.socket))
            .map(|(antes, depois)| depois.wrapping_sub(antes));
        chegadas.buffer = buffer(self.socket);
        Ok((envio, chegadas))
    }

    /// Quanto se espera depois do fim dos envios. Em um eco, quem pergunta já esperou
    /// pelas últimas respostas antes de dizer que acabou.
    fn escoamento(&self) -> Duration {
        if self.devolver {
            Duration::ZERO
        } else {
            self.serie.escoamento()
        }
    }

    fn ate_o_fim_dos_envios(
        &self,
        canal: &mut Canal<'_>,
        conta: &mut Conta,
    ) -> Result<Envio, Falha> {
        let ate = Instant::now() + self.serie.duracao() + ATRASO + PRAZO;
        loop {
            if esperar(legivel(self.socket, OLHADA))? {
                self.ler(conta);
            }
            if let Some(mensagem) = canal.tentar_ja()? {
                return canal::envio(mensagem, self.experimento);
            }
            if Instant::now() >= ate {
                return Err(Falha::Calou("o fim dos envios"));
            }
        }
    }

    /// Lê o que já chegou, ou boa parte.
    fn ler(&self, conta: &mut Conta) {
        let mut datagrama = [0; MAIOR_TAMANHO as usize + 1];
        for _ in 0..DE_UMA_VEZ {
            let lidos = match self.socket.recv(&mut datagrama) {
                Ok(lidos) => lidos,
                Err(erro) if passageiro(&erro) => return,
                // Um aviso de que algo que se mandou não chegou, ou um datagrama
                // grande demais, no Windows: nada disso é da medida.
                Err(_) => continue,
            };
            let agora = Instant::now();
            let datagrama = &datagrama[..lidos];
            let sonda = datagrama::ler(datagrama, self.sessao)
                .filter(|sonda| sonda.experimento == self.experimento)
                .filter(|_| lidos == self.serie.tamanho as usize);
            let Some(sonda) = sonda else { continue };
            let chegada = conta.chegou(&sonda, lidos, agora);
            let limite = u64::from(self.serie.quantos) * COPIAS;
            if self.devolver
                && chegada != Chegada::ForaDoIntervalo
                && conta.chegadas.devolvidos < limite
                && self.socket.send(datagrama).is_ok()
            {
                conta.chegadas.devolvidos += 1;
            }
        }
    }
}

/// O tamanho do buffer de recepção, em bytes, como o sistema o conta; zero onde ele não
/// diz.
pub(super) fn buffer(socket: &UdpSocket) -> u64 {
    let tamanho = socket2::SockRef::from(socket).recv_buffer_size();
    tamanho.map_or(0, |bytes| bytes as u64)
}
