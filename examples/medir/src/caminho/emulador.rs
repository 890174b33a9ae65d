//! O emulador: passa quadros inteiros de um cabo ao outro.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::net::sockopt::{
    set_socket_recv_buffer_size, set_socket_recv_buffer_size_force,
};
use socket2::Socket;
use sockets::sorteio::Sorteio;

use super::modelo::{Entrada, Instante, Sentido};
use super::ordens::{Comando, Ordem};
use super::quadro;
use super::regras::{Contas, Regras};
use crate::cpu;
use crate::rede::nucleo;

/// O maior quadro que o núcleo entrega: um superpacote de 64 KiB e os cabeçalhos.
const MAIOR_QUADRO: usize = 70_000;

/// Quantos quadros se leem de um lado antes de olhar o outro e o relógio.
const RODADA: usize = 64;

/// Quantos bytes de quadros podem esperar, em cada ponta, que o emulador os leia. Os de
/// costume (uns 200 KiB) não aguentam uma rajada de cem quadros, que um TCP manda de uma
/// vez; quem não é root fica com o que o sistema deixar (`net.core.rmem_max`).
const BUFFER: usize = 32 << 20;

/// Quanto o caminho tem de ficar em silêncio para que as contas sejam dadas por
/// completas.
const SOSSEGO: Duration = Duration::from_millis(2);

/// O caminho entre dois cabos, em uma thread dele.
pub struct Emulador {
    comando: Option<Comando<Box<dyn Fn() + Send + Sync>>>,
    lidos: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Emulador {
    /// Liga as interfaces `cliente` e `servidor` deste espaço de rede.
    ///
    /// # Errors
    /// O que o núcleo não deixou fazer.
    pub fn ligar(cliente: u32, servidor: u32) -> Result<Self> {
        let abrir = |interface| {
            let socket = nucleo::socket_de_quadros(interface)
                .context("não foi possível abrir um socket de quadros")?;
            set_socket_recv_buffer_size_force(&socket, BUFFER)
                .or_else(|_| set_socket_recv_buffer_size(&socket, BUFFER))
                .context("não foi possível aumentar o buffer de quadros")?;
            anyhow::Ok(socket)
        };
        let pontas = [abrir(cliente)?, abrir(servidor)?];
        let sino = Arc::new(eventfd(
            0,
            EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK,
        )?);
        let ouvido = Arc::clone(&sino);
        let acordar: Box<dyn Fn() + Send + Sync> = Box::new(move || {
            // Só falha se já houver quase 2⁶⁴ toques: então ele já acordou.
            let _ = rustix::io::write(&*sino, &1_u64.to_ne_bytes());
        });
        let (comando, ordens) = Comando::novo(acordar);
        let lidos = Arc::new(AtomicU64::new(0));
        let andamento =
            Andamento::novo(pontas, ouvido, ordens, Arc::clone(&lidos));
        let thread = thread::Builder::new()
            .name("emulador".into())
            .spawn(move || andamento.rodar())?;
        Ok(Self {
            comando: Some(comando),
            lidos,
            thread: Some(thread),
        })
    }

    /// Passa a valer `ida` para o que vai do cliente ao servidor e `volta` para o
    /// contrário, com o sorteio recomeçado em `semente` e as contas zeradas. O que
    /// estava no caminho é esquecido. Quando volta, já valem.
    pub fn aplicar(&self, ida: Regras, volta: Regras, semente: u64) {
        self.pedir(|feito| Ordem::Aplicar {
            ida,
            volta,
            semente,
            feito,
        });
    }

    /// As contas desde que as regras foram aplicadas.
    #[must_use]
    pub fn contas(&self) -> Contas {
        self.pedir(Ordem::Contar)
    }

    /// Quantos quadros do cliente já se leram, desde que o emulador existe. Não espera
    /// por nada: serve a quem manda sem parar, para não passar muito à frente.
    #[must_use]
    pub fn lidos(&self) -> u64 {
        self.lidos.load(Ordering::Relaxed)
    }

    /// Roda `tarefa` na thread do emulador, entre um quadro e outro, e devolve o que ela
    /// devolver: é como se escolhe em que CPU ele roda.
    pub fn na_thread<T: Send + 'static>(
        &self,
        tarefa: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        self.pedir(|feito| {
            Ordem::Rodar(Box::new(move || {
                let _ = feito.send(tarefa());
            }))
        })
    }

    fn pedir<T>(&self, fazer: impl FnOnce(SyncSender<T>) -> Ordem) -> T {
        let comando = self.comando.as_ref();
        comando.expect("só o drop o larga").pedir(fazer)
    }
}

impl Drop for Emulador {
    fn drop(&mut self) {
        self.comando = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Um pedido de contas à espera de que elas estejam completas.
struct Pergunta {
    resposta: SyncSender<Contas>,
    /// Até quando esperar por um silêncio.
    ate: Instante,
}

/// O que a thread do emulador tem em mãos.
struct Andamento {
    /// A do cliente e a do servidor.
    pontas: [Socket; 2],
    /// A ida, que entra pela ponta do cliente, e a volta.
    sentidos: [Sentido<Box<[u8]>>; 2],
    sino: Arc<OwnedFd>,
    ordens: Receiver<Ordem>,
    perguntas: Vec<Pergunta>,
    comeco: Instant,
    ultima_leitura: Instante,
    /// Quantos quadros vieram do cliente.
    lidos: Arc<AtomicU64>,
    quadro: Vec<u8>,
}

impl Andamento {
    fn novo(
        pontas: [Socket; 2],
        sino: Arc<OwnedFd>,
        ordens: Receiver<Ordem>,
        lidos: Arc<AtomicU64>,
    ) -> Self {
        Self {
            pontas,
            sentidos: sentidos(Regras::default(), Regras::default(), 0),
            sino,
            ordens,
            perguntas: Vec::new(),
            comeco: Instant::now(),
            ultima_leitura: Instante::ZERO,
            lidos,
            quadro: vec![0; MAIOR_QUADRO],
        }
    }

    fn rodar(mut self) {
        // Sem relógio fino os atrasos só ficam um pouco maiores, e isso se mede.
        let _ = cpu::relogio_fino();
        loop {
            let mut sobrou = false;
            for sentido in 0..2 {
                sobrou |= self.ler(sentido, RODADA);
                self.mandar(sentido);
            }
            if !self.obedecer() {
                return;
            }
            self.responder();
            if !sobrou {
                self.dormir();
            }
        }
    }

    fn agora(&self) -> Instante {
        self.comeco.elapsed()
    }

    /// Lê até `quantos` quadros; `true` se pode haver mais.
    fn ler(&mut self, sentido: usize, quantos: usize) -> bool {
        for _ in 0..quantos {
            let Ok(lidos) = (&self.pontas[sentido]).read(&mut self.quadro)
            else {
                return false;
            };
            self.ultima_leitura = self.agora();
            if sentido == 0 {
                self.lidos.fetch_add(1, Ordering::Relaxed);
            }
            self.passar(sentido, lidos);
        }
        true
    }

    /// O que se leu entra no caminho; se não espera nada, sai logo.
    fn passar(&mut self, sentido: usize, lidos: usize) {
        let quadro = &self.quadro[..lidos];
        let este = &mut self.sentidos[sentido];
        if !quadro::leva_ip(quadro) {
            let _ = escrever(&self.pontas[1 - sentido], quadro);
            return;
        }
        if quadro::grande(quadro) {
            este.grande();
        }
        let bytes = lidos - quadro::CABECALHO;
        let entrada = este.entra(self.ultima_leitura, bytes, || quadro.into());
        if let Entrada::Sai(vezes) = entrada {
            for _ in 0..vezes {
                if escrever(&self.pontas[1 - sentido], quadro).is_err() {
                    este.recusado();
                }
            }
        }
    }

    /// Manda tudo que já devia ter saído.
    fn mandar(&mut self, sentido: usize) {
        let agora = self.agora();
        let este = &mut self.sentidos[sentido];
        while let Some((quadro, vezes)) = este.sai(agora) {
            for _ in 0..vezes {
                if escrever(&self.pontas[1 - sentido], &quadro).is_err() {
                    este.recusado();
                }
            }
        }
    }

    /// Cumpre as ordens que chegaram; `false` se acabou.
    fn obedecer(&mut self) -> bool {
        loop {
            match self.ordens.try_recv() {
                Ok(Ordem::Aplicar {
                    ida,
                    volta,
                    semente,
                    feito,
                }) => {
                    self.esquecer();
                    self.sentidos = sentidos(ida, volta, semente);
                    let _ = feito.send(());
                }
                Ok(Ordem::Contar(resposta)) => {
                    let ate = self.agora() + 10 * SOSSEGO;
                    self.perguntas.push(Pergunta { resposta, ate });
                }
                Ok(Ordem::Rodar(tarefa)) => tarefa(),
                Err(TryRecvError::Empty) => return true,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// Joga fora o que está nos sockets.
    fn esquecer(&mut self) {
        for ponta in &self.pontas {
            let mut ponta = ponta;
            while ponta.read(&mut self.quadro).is_ok() {}
        }
    }

    /// Responde a quem pediu as contas, se elas estão completas.
    fn responder(&mut self) {
        let agora = self.agora();
        let sossego = agora >= self.ultima_leitura + SOSSEGO
            && self.sentidos.iter().all(|s| s.no_ar() == 0);
        let contas = Contas {
            ida: self.sentidos[0].contas(),
            volta: self.sentidos[1].contas(),
        };
        self.perguntas.retain(|pergunta| {
            let completas = sossego || agora >= pergunta.ate;
            if completas {
                let _ = pergunta.resposta.send(contas);
            }
            !completas
        });
    }

    /// Dorme até que haja o que fazer.
    fn dormir(&mut self) {
        let agora = self.agora();
        let saidas = self.sentidos.iter().filter_map(Sentido::proximo);
        let pergunta = (!self.perguntas.is_empty()).then_some(agora + SOSSEGO);
        let prazo = saidas.chain(pergunta).min().map(|quando| {
            Timespec::try_from(quando.saturating_sub(agora))
                .expect("os atrasos cabem")
        });
        let mut fds = [
            PollFd::new(&self.pontas[0], PollFlags::IN),
            PollFd::new(&self.pontas[1], PollFlags::IN),
            PollFd::new(&*self.sino, PollFlags::IN),
        ];
        // Um sinal só faz a volta começar mais cedo.
        let _ = poll(&mut fds, prazo.as_ref());
        let mut toques = [0; 8];
        let _ = rustix::io::read(&*self.sino, &mut toques);
    }
}

/// Os dois sentidos, cada um com o seu sorteio.
fn sentidos(
    ida: Regras,
    volta: Regras,
    semente: u64,
) -> [Sentido<Box<[u8]>>; 2] {
    let mut sementes = Sorteio::novo(semente);
    [ida, volta].map(|regras| Sentido::novo(regras, sementes.numero()))
}

fn escrever(mut ponta: &Socket, quadro: &[u8]) -> io::Result<usize> {
    ponta.write(quadro)
}
