//! Escutar na própria porta e atender quem liga.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Socket, Type};

/// Quantas conexões esperam no sistema que se atenda; o mesmo que a std usa.
const FILA: i32 = 128;

// ANCHOR: escutar
/// Um socket que escuta em `endereco` e não bloqueia.
///
/// # Errors
/// Quando o sistema não deixa: a porta em uso, um endereço que não é desta máquina.
pub fn escutar(endereco: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket =
        Socket::new(Domain::for_address(endereco), Type::STREAM, None)?;
    if endereco.is_ipv6() {
        // Senão, em alguns sistemas, `[::]` atenderia também o IPv4.
        socket.set_only_v6(true)?;
    }
    // No Windows esta opção deixaria outro programa tomar a porta.
    if cfg!(not(windows)) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&endereco.into())?;
    socket.listen(FILA)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
// ANCHOR_END: escutar

/// O socket que escuta, vigiado pelo sistema.
#[derive(Debug)]
pub(super) struct Escuta {
    socket: TcpListener,
    pub ficha: Token,
    /// Pode haver quem atender, e o sistema não avisa de novo.
    ha_quem: bool,
    /// O sistema não tinha com que atender: antes disto não se tenta.
    pausa: Option<Instant>,
}

/// O que se achou na fila.
#[derive(Debug)]
pub(super) enum Chamada {
    Ligou(TcpStream, SocketAddr),
    Ninguem,
    /// O sistema não tem com que atender; depois de uma pausa se tenta de novo.
    SemRecursos(io::Error),
}

impl Escuta {
    pub fn nova(
        socket: std::net::TcpListener,
        ficha: Token,
        registro: &Registry,
    ) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let mut socket = TcpListener::from_std(socket);
        registro.register(&mut socket, ficha, Interest::READABLE)?;
        Ok(Self {
            socket,
            ficha,
            ha_quem: false,
            pausa: None,
        })
    }

    /// O sistema avisou que há quem atender.
    pub fn novidade(&mut self) {
        self.ha_quem = true;
    }

    // ANCHOR: atender
    /// Atende um da fila, se há. Um erro aqui é de quem ligou e já desistiu, ou da
    /// falta de descritores: nunca é razão para deixar de escutar.
    pub fn atender(&mut self, pausa: Duration, agora: Instant) -> Chamada {
        if !self.ha_quem || self.pausa.is_some_and(|ate| agora < ate) {
            return Chamada::Ninguem;
        }
        self.pausa = None;
        loop {
            match self.socket.accept() {
                Ok((socket, de)) => return Chamada::Ligou(socket, de),
                Err(erro) => match erro.kind() {
                    ErrorKind::WouldBlock => {
                        self.ha_quem = false;
                        return Chamada::Ninguem;
                    }
                    ErrorKind::Interrupted
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::ConnectionReset => {}
                    _ => {
                        self.pausa = Some(agora + pausa);
                        return Chamada::SemRecursos(erro);
                    }
                },
            }
        }
    }
    // ANCHOR_END: atender

    /// Quando tentar de novo, se ficou alguém por atender.
    pub fn proximo_prazo(&self, ja: Instant) -> Option<Instant> {
        self.ha_quem.then(|| self.pausa.unwrap_or(ja))
    }
}

/// Se `ip` é o de algum dos `enderecos`. Um IPv4 escrito como IPv6
/// (`::ffff:192.0.2.1`) é o mesmo.
pub(super) fn e_de_um_deles(ip: IpAddr, enderecos: &[SocketAddr]) -> bool {
    enderecos
        .iter()
        .any(|endereco| endereco.ip().to_canonical() == ip.to_canonical())
}
