//! O laço de eventos: uma thread só, muitas conversas e uma única espera.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use polling::{Event, PollMode, Poller};
use sockets::eco::{BUFFER, SILENCIO};

use crate::ainda_nao;
use crate::conversa::Conversa;

/// A chave do socket de escuta; as das conversas vêm depois, e não se repetem.
const ESCUTA: usize = 0;

/// De quanto em quanto tempo se procura quem se calou.
const RONDA: Duration = Duration::from_secs(1);

// ANCHOR: estado
/// Tudo que o servidor sabe.
pub struct Laco {
    vigia: Arc<Poller>,
    /// Levantada, o laço acaba.
    bandeira: Arc<AtomicBool>,
    escuta: TcpListener,
    /// Se o vigia olha a escuta; se não, quem liga espera na fila dela.
    aceitando: bool,
    /// Cada conversa, pela chave com que o vigia fala dela.
    conversas: HashMap<usize, Conversa>,
    limite: usize,
    ultima_chave: usize,
    /// Um buffer para todas: nenhuma lê enquanto outra lê.
    buffer: [u8; BUFFER],
    /// Se desde a última ronda já se disse que o accept falhou.
    queixou: bool,
}
// ANCHOR_END: estado

/// O que faz o laço acabar, de qualquer thread.
pub struct Parada {
    vigia: Arc<Poller>,
    bandeira: Arc<AtomicBool>,
}

impl Parada {
    /// Acorda o laço e o faz acabar.
    ///
    /// # Errors
    /// Quando o sistema não deixa acordá-lo.
    // ANCHOR: parar
    pub fn parar(&self) -> io::Result<()> {
        self.bandeira.store(true, Ordering::Relaxed);
        // A espera do vigia volta já, sem que ninguém ligue nem fale.
        self.vigia.notify()
    }
    // ANCHOR_END: parar
}

impl Laco {
    /// Um laço que atende em `escuta` até `limite` conversas ao mesmo tempo.
    ///
    /// # Errors
    /// Quando o sistema não dá um vigia.
    pub fn novo(escuta: TcpListener, limite: usize) -> io::Result<Self> {
        escuta.set_nonblocking(true)?;
        let vigia = Arc::new(Poller::new()?);
        vigia.add_with_mode(
            &escuta,
            Event::readable(ESCUTA),
            PollMode::Level,
        )?;
        Ok(Self {
            vigia,
            bandeira: Arc::default(),
            escuta,
            aceitando: true,
            conversas: HashMap::new(),
            limite,
            ultima_chave: ESCUTA,
            buffer: [0; BUFFER],
            queixou: false,
        })
    }

    /// Atende até que [`Parada::parar`] o acabe. Devolve quantas conversas estavam abertas; todas se
    /// fecham.
    ///
    /// # Errors
    /// Quando o vigia falha; o que acontece a uma conexão não é erro do laço.
    // ANCHOR: girar
    pub fn girar(mut self) -> io::Result<usize> {
        let mut prontos = Vec::new();
        let mut ultima_ronda = Instant::now();
        while !self.bandeira.load(Ordering::Relaxed) {
            prontos.clear();
            // epoll_wait(2) no Linux, kevent(2) no macOS: a única espera.
            match self.vigia.wait(&mut prontos, Some(RONDA)) {
                Err(erro) if erro.kind() != ErrorKind::Interrupted => {
                    return Err(erro);
                }
                _ => {}
            }
            for pronto in &prontos {
                match pronto.key {
                    ESCUTA => self.aceitar()?,
                    chave => self.atender(chave)?,
                }
            }
            if ultima_ronda.elapsed() >= RONDA {
                ultima_ronda = Instant::now();
                self.fazer_a_ronda()?;
            }
        }
        Ok(self.conversas.len())
    }
    // ANCHOR_END: girar

    /// O que o faz acabar.
    #[must_use]
    pub fn parada(&self) -> Parada {
        Parada {
            vigia: Arc::clone(&self.vigia),
            bandeira: Arc::clone(&self.bandeira),
        }
    }

    // ANCHOR: aceitar
    fn aceitar(&mut self) -> io::Result<()> {
        while self.conversas.len() < self.limite {
            match self.escuta.accept() {
                Ok((socket, _)) => self.comecar(socket),
                Err(erro) if ainda_nao(&erro) => return Ok(()),
                Err(erro) if desistiu(&erro) => {}
                Err(erro) => {
                    self.queixar("accept", &erro);
                    break;
                }
            }
        }
        self.olhar_a_escuta(false)
    }

    /// Sem o vigia, quem liga espera na fila do núcleo e não nos acorda.
    fn olhar_a_escuta(&mut self, olhar: bool) -> io::Result<()> {
        self.aceitando = olhar;
        let mut interesse = Event::none(ESCUTA);
        interesse.readable = olhar;
        let modo = PollMode::Level;
        self.vigia.modify_with_mode(&self.escuta, interesse, modo)
    }

    /// Alguém desligou, ou passou um segundo: pode haver lugar de novo.
    fn voltar_a_aceitar(&mut self) -> io::Result<()> {
        if self.aceitando || self.conversas.len() >= self.limite {
            return Ok(());
        }
        self.olhar_a_escuta(true)
    }
    // ANCHOR_END: aceitar

    fn comecar(&mut self, socket: TcpStream) {
        self.ultima_chave += 1;
        let chave = self.ultima_chave;
        let ler = Event::readable(chave);
        let nova = Conversa::nova(socket).and_then(|nova| {
            let modo = PollMode::Level;
            self.vigia.add_with_mode(nova.socket(), ler, modo)?;
            Ok(nova)
        });
        match nova {
            Ok(conversa) => {
                self.conversas.insert(chave, conversa);
            }
            Err(erro) => self.queixar("uma conexão", &erro),
        }
    }

    // ANCHOR: atender
    fn atender(&mut self, chave: usize) -> io::Result<()> {
        // Quem acabou nesta mesma volta pode ainda ter um aviso.
        let Some(conversa) = self.conversas.get_mut(&chave) else {
            return Ok(());
        };
        let devia = conversa.deve();
        let segue = conversa.avancar(&mut self.buffer);
        if !segue.unwrap_or(false) {
            return self.encerrar(chave);
        }
        if conversa.deve() == devia {
            return Ok(());
        }
        // A contrapressão: de quem não lê o eco, não se lê mais nada.
        let interesse = if conversa.deve() {
            Event::writable(chave)
        } else {
            Event::readable(chave)
        };
        let modo = PollMode::Level;
        self.vigia
            .modify_with_mode(conversa.socket(), interesse, modo)
    }
    // ANCHOR_END: atender

    fn encerrar(&mut self, chave: usize) -> io::Result<()> {
        if let Some(conversa) = self.conversas.remove(&chave) {
            // Antes de fechar: o vigia não pode ficar com um número que o
            // sistema vai dar a outro socket.
            self.vigia.delete(conversa.socket())?;
        }
        self.voltar_a_aceitar()
    }

    fn fazer_a_ronda(&mut self) -> io::Result<()> {
        let conversas = self.conversas.iter();
        let caladas = conversas.filter(|(_, c)| c.parada() > SILENCIO);
        let caladas: Vec<usize> = caladas.map(|(&chave, _)| chave).collect();
        for chave in caladas {
            self.encerrar(chave)?;
        }
        self.queixou = false;
        self.voltar_a_aceitar()
    }

    /// No máximo uma queixa por ronda: quem liga não enche o terminal.
    fn queixar(&mut self, de_que: &str, erro: &io::Error) {
        if !self.queixou {
            println!("{de_que}: {erro}");
            self.queixou = true;
        }
    }
}

/// Quem estava na fila foi embora: o primeiro no Unix, o segundo no Windows.
fn desistiu(erro: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionReset};
    matches!(erro.kind(), ConnectionAborted | ConnectionReset)
}
