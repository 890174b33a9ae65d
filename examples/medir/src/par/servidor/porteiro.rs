//! Quem atende a porta: ouve a primeira mensagem de cada conexão e leva cada uma ao seu
//! lugar, enquanto o resto do servidor mede.
//!
//! Uma conexão de controle vai para quem mede, se ele está livre; uma de dados, para a
//! medida que a espera; as outras ouvem por que não. Quem liga e não diz nada ocupa um
//! de poucos lugares, por pouco tempo, e não atrasa ninguém.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::recusa::recusa;
use crate::par::canal::{PRAZO, passageiro, preparar};
use crate::par::falha::Falha;
use crate::par::protocolo::escrita::montar;
use crate::par::protocolo::quadro::Montagem;
use crate::par::protocolo::{MAIOR_CORPO, Mensagem, Motivo, Sessao};

/// Quantas conexões podem estar à porta. A que passa disso toma o lugar da mais velha.
const LUGARES: usize = 32;

/// De quanto em quanto tempo se olha se é hora de parar, se nada acontece.
const OLHADA: Duration = Duration::from_millis(100);

/// Quanto se espera quando não há por que esperar, ou um sinal acaba com a espera.
const RESPIRO: Duration = Duration::from_millis(10);

/// Quanto se espera antes de atender de novo, quando o sistema não tem com quê.
const SEM_RECURSOS: Duration = Duration::from_secs(1);

/// Quanto se espera que o outro lado feche, depois de ouvir que não.
const FECHAR: Duration = Duration::from_secs(1);

/// Um cliente que chegou.
pub struct Chamada {
    /// A conexão de controle, de que só se leu o OLÁ.
    pub conexao: TcpStream,
    /// De onde ele liga.
    pub de: SocketAddr,
}

/// Quem atende a porta, em uma thread.
pub struct Porteiro {
    comum: Arc<Comum>,
    chamadas: Receiver<Chamada>,
    thread: Option<JoinHandle<()>>,
}

/// O que a thread do porteiro divide com quem mede.
struct Comum {
    lugar: Mutex<Lugar>,
    parar: AtomicBool,
}

/// Em que o servidor está.
enum Lugar {
    /// Sem cliente.
    Livre,
    /// Com um cliente, e sem esperar conexões.
    Ocupado,
    /// Com um cliente, à espera da conexão de dados de uma medida.
    Esperando {
        ip: IpAddr,
        sessao: Sessao,
        experimento: u32,
        para: SyncSender<TcpStream>,
    },
}

impl Comum {
    fn lugar(&self) -> MutexGuard<'_, Lugar> {
        self.lugar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Porteiro {
    /// Passa a atender em `escuta`, que não bloqueia.
    ///
    /// # Errors
    /// Quando o sistema não dá uma thread.
    pub fn abrir(escuta: TcpListener) -> Result<Self> {
        let comum = Arc::new(Comum {
            lugar: Mutex::new(Lugar::Livre),
            parar: AtomicBool::new(false),
        });
        let (para, chamadas) = sync_channel(1);
        let porta = Porta {
            escuta,
            comum: Arc::clone(&comum),
            chamadas: para,
            chegando: Vec::new(),
            pausa: None,
        };
        let thread = thread::Builder::new()
            .name("porteiro".into())
            .spawn(move || porta.atender())
            .context("o sistema não deu uma thread para atender a porta")?;
        Ok(Self {
            comum,
            chamadas,
            thread: Some(thread),
        })
    }

    /// O próximo cliente, se um chega antes do prazo. O servidor fica ocupado com ele
    /// até [`liberar`](Self::liberar).
    #[must_use]
    pub fn proximo(&self, prazo: Duration) -> Option<Chamada> {
        self.chamadas.recv_timeout(prazo).ok()
    }

    /// O servidor pode atender outro cliente.
    pub fn liberar(&self) {
        *self.comum.lugar() = Lugar::Livre;
    }

    /// Passa a esperar a conexão de dados de uma medida, vinda de `ip`; ela vem pelo
    /// canal que se devolve. Só vale até a próxima chamada, ou até
    /// [`nao_esperar`](Self::nao_esperar).
    #[must_use]
    pub fn esperar_dados(
        &self,
        ip: IpAddr,
        sessao: Sessao,
        experimento: u32,
    ) -> Receiver<TcpStream> {
        let (para, dados) = sync_channel(1);
        *self.comum.lugar() = Lugar::Esperando {
            ip,
            sessao,
            experimento,
            para,
        };
        dados
    }

    /// Deixa de esperar uma conexão de dados.
    pub fn nao_esperar(&self) {
        *self.comum.lugar() = Lugar::Ocupado;
    }
}

impl Drop for Porteiro {
    fn drop(&mut self) {
        self.comum.parar.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Um pânico dela já foi contado.
            let _ = thread.join();
        }
    }
}

/// Uma conexão que ainda não tem para onde ir.
struct Chegando {
    conexao: TcpStream,
    de: SocketAddr,
    ate: Instant,
    montagem: Montagem,
    /// Já ouviu que não; só se espera que feche.
    recusada: bool,
}

/// O que fazer com uma conexão depois de a ouvir.
enum Passo {
    /// Ainda não disse tudo.
    Esperar,
    /// Disse isto.
    Disse(Mensagem),
    /// Não dá para continuar com ela.
    Recusar(Motivo),
    /// Foi embora.
    Soltar,
}

/// A thread do porteiro.
struct Porta {
    escuta: TcpListener,
    comum: Arc<Comum>,
    chamadas: SyncSender<Chamada>,
    chegando: Vec<Chegando>,
    pausa: Option<Instant>,
}

impl Porta {
    fn atender(mut self) {
        while !self.comum.parar.load(Ordering::Relaxed) {
            self.esperar();
            self.aceitar();
            for mut conexao in std::mem::take(&mut self.chegando) {
                match conexao.ouvir() {
                    Passo::Esperar if Instant::now() < conexao.ate => {
                        self.chegando.push(conexao);
                    }
                    Passo::Esperar if conexao.recusada => {}
                    Passo::Esperar => {
                        self.recusar(conexao, Motivo::Demora);
                    }
                    Passo::Disse(mensagem) => self.levar(conexao, &mensagem),
                    Passo::Recusar(motivo) => self.recusar(conexao, motivo),
                    Passo::Soltar => {}
                }
            }
        }
    }

    /// Espera que algo aconteça à porta, no máximo uma olhada.
    fn esperar(&self) {
        let pausada = self.pausa.is_some_and(|ate| Instant::now() < ate);
        let escuta =
            (!pausada).then(|| PollFd::new(&self.escuta, PollFlags::IN));
        let conexoes = self
            .chegando
            .iter()
            .map(|uma| PollFd::new(&uma.conexao, PollFlags::IN));
        let mut todas: Vec<PollFd<'_>> =
            escuta.into_iter().chain(conexoes).collect();
        let prazo = self.chegando.iter().map(|uma| uma.ate).min();
        let prazo = prazo.map_or(OLHADA, |ate| {
            ate.saturating_duration_since(Instant::now()).min(OLHADA)
        });
        let prazo = Timespec::try_from(prazo).ok();
        if todas.is_empty() || poll(&mut todas, prazo.as_ref()).is_err() {
            // Um sinal, ou nada por que esperar: olha-se tudo de novo daqui a pouco.
            thread::sleep(RESPIRO);
        }
    }

    /// Aceita quem está na fila do sistema. Um erro aqui é de quem ligou e já desistiu,
    /// ou da falta de descritores: nunca é razão para deixar de atender.
    fn aceitar(&mut self) {
        if self.pausa.is_some_and(|ate| Instant::now() < ate) {
            return;
        }
        self.pausa = None;
        for _ in 0..LUGARES {
            match self.escuta.accept() {
                Ok((conexao, de)) => self.receber(conexao, de),
                Err(erro) if passageiro(&erro) => return,
                Err(erro)
                    if matches!(
                        erro.kind(),
                        ErrorKind::ConnectionAborted
                            | ErrorKind::ConnectionReset
                    ) => {}
                Err(_) => {
                    self.pausa = Some(Instant::now() + SEM_RECURSOS);
                    return;
                }
            }
        }
    }

    fn receber(&mut self, conexao: TcpStream, de: SocketAddr) {
        if preparar(&conexao).is_err() {
            return;
        }
        if self.chegando.len() >= LUGARES {
            self.chegando.remove(0);
        }
        self.chegando.push(Chegando {
            conexao,
            de,
            ate: Instant::now() + PRAZO,
            montagem: Montagem::default(),
            recusada: false,
        });
    }

    /// Leva uma conexão que disse a que vem.
    fn levar(&mut self, conexao: Chegando, mensagem: &Mensagem) {
        let mut lugar = self.comum.lugar();
        let motivo = match (&*lugar, mensagem) {
            (Lugar::Livre, Mensagem::Ola) => {
                *lugar = Lugar::Ocupado;
                drop(lugar);
                let Chegando { conexao, de, .. } = conexao;
                // Só não cabe, ou não há quem ouça, quando o servidor está a acabar.
                let _ = self.chamadas.try_send(Chamada { conexao, de });
                return;
            }
            (_, Mensagem::Ola) => Motivo::Ocupado,
            (
                Lugar::Esperando {
                    ip,
                    sessao,
                    experimento,
                    para,
                },
                Mensagem::Dados {
                    sessao: desta,
                    experimento: outro,
                },
            ) if (sessao, experimento) == (desta, outro)
                && *ip == conexao.de.ip().to_canonical() =>
            {
                // Só não cabe, ou não há quem ouça, quando a medida já acabou.
                let _ = para.try_send(conexao.conexao);
                *lugar = Lugar::Ocupado;
                return;
            }
            (_, Mensagem::Dados { .. }) => Motivo::Estranho,
            _ => Motivo::Lixo,
        };
        drop(lugar);
        self.recusar(conexao, motivo);
    }

    /// Diz a uma conexão por que não, e espera um pouco que ela feche: fechar com bytes
    /// por ler apagaria o que se disse (RFC 1122, 4.2.2.13).
    fn recusar(&mut self, mut conexao: Chegando, motivo: Motivo) {
        // Em uma conexão em que nada se escreveu ainda, isto sempre cabe.
        let escrita = (&conexao.conexao).write(&montar(&recusa(motivo)));
        let fechada = conexao.conexao.shutdown(Shutdown::Write);
        if escrita.is_err() || fechada.is_err() {
            return;
        }
        conexao.recusada = true;
        conexao.ate = Instant::now() + FECHAR;
        self.chegando.push(conexao);
    }
}

impl Chegando {
    /// Ouve o que já chegou: um quadro, e nem um byte a mais.
    fn ouvir(&mut self) -> Passo {
        let mut bytes = [0; MAIOR_CORPO];
        loop {
            let quantos = if self.recusada {
                bytes.len()
            } else {
                self.montagem.falta()
            };
            match (&self.conexao).read(&mut bytes[..quantos]) {
                Ok(0) => return Passo::Soltar,
                // Uma porção por vez: quem manda sem parar não prende a porta.
                Ok(_) if self.recusada => return Passo::Esperar,
                Ok(lidos) => match self.montagem.juntar(&bytes[..lidos]) {
                    Ok(Some(mensagem)) => return Passo::Disse(mensagem),
                    Ok(None) => {}
                    Err(violacao) => {
                        let falha = Falha::from(violacao);
                        let motivo = falha.motivo().unwrap_or(Motivo::Lixo);
                        return Passo::Recusar(motivo);
                    }
                },
                Err(erro) if passageiro(&erro) => return Passo::Esperar,
                Err(_) => return Passo::Soltar,
            }
        }
    }
}
