//! O caminho dos datagramas: um socket UDP ligado ao par, e a conversa que corre nele.

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use sockets::arq::Instante;

use super::datagrama::{self, Datagrama, MAIOR_DATAGRAMA};
use crate::espera;

/// Um socket ligado ao par e o número da conversa.
#[derive(Debug)]
pub struct Canal {
    socket: UdpSocket,
    conversa: u32,
    /// De onde se contam os instantes do ARQ.
    origem: Instant,
    /// Um byte a mais do que o maior datagrama: o que for maior ocupa esse byte.
    entrada: Box<[u8]>,
    saida: Vec<u8>,
    recusados: u64,
    nao_sairam: u64,
}

/// O que havia para ler.
#[derive(Debug, PartialEq, Eq)]
pub enum Leitura<'a> {
    /// Nada.
    Nada,
    /// Algo que não é desta conversa ou não se entende; foi contado e descartado.
    Recusado,
    /// Um datagrama do par.
    Datagrama(Datagrama<'a>),
}

impl Canal {
    /// O canal de `socket`, que já foi ligado (`connect`) ao par. Os dois lados dizem a
    /// mesma `conversa`: o que sobrou de outra traz outro número e não se confunde.
    ///
    /// # Errors
    /// Quando o sistema não deixa ler sem bloquear.
    pub fn novo(socket: UdpSocket, conversa: u32) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            conversa,
            origem: Instant::now(),
            entrada: vec![0; MAIOR_DATAGRAMA + 1].into_boxed_slice(),
            saida: Vec::with_capacity(MAIOR_DATAGRAMA),
            recusados: 0,
            nao_sairam: 0,
        })
    }

    /// O instante de agora, como o ARQ conta.
    #[must_use]
    pub fn agora(&self) -> Instante {
        self.origem.elapsed()
    }

    /// Manda um datagrama. Um que o sistema não aceita é contado e esquecido: para quem
    /// o espera, perdeu-se como qualquer outro.
    pub fn mandar(&mut self, datagrama: &Datagrama<'_>) {
        datagrama::montar(self.conversa, datagrama, &mut self.saida);
        if self.socket.send(&self.saida).is_err() {
            self.nao_sairam += 1;
        }
    }

    /// Espera, no máximo `prazo`, que haja o que ler.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn esperar(&self, prazo: Duration) -> io::Result<bool> {
        espera::legivel(&self.socket, prazo)
    }

    /// Lê o próximo datagrama, sem esperar por ele.
    ///
    /// # Errors
    /// O que o sistema respondeu, menos o que só conta do par (não havia ninguém na
    /// porta dele, o datagrama era grande demais).
    pub fn ler(&mut self) -> io::Result<Leitura<'_>> {
        let lidos = match self.socket.recv(&mut self.entrada) {
            Ok(lidos) => lidos,
            Err(erro) if erro.kind() == ErrorKind::WouldBlock => {
                return Ok(Leitura::Nada);
            }
            Err(erro) if so_conta_do_par(&erro) => 0,
            Err(erro) => return Err(erro),
        };
        Ok(
            if let Some(datagrama) =
                datagrama::abrir(self.conversa, &self.entrada[..lidos])
            {
                Leitura::Datagrama(datagrama)
            } else {
                self.recusados += 1;
                Leitura::Recusado
            },
        )
    }

    /// Quantos datagramas foram recusados.
    #[must_use]
    pub fn recusados(&self) -> u64 {
        self.recusados
    }

    /// Quantos datagramas o sistema não aceitou mandar.
    #[must_use]
    pub fn nao_sairam(&self) -> u64 {
        self.nao_sairam
    }
}

/// Erros de leitura que não são deste socket: o aviso de que o par fechou a porta dele
/// (`udp(7)`) e, no Windows, o de que o datagrama não coube (`WSAEMSGSIZE`, 10040).
fn so_conta_do_par(erro: &io::Error) -> bool {
    matches!(
        erro.kind(),
        ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    ) || cfg!(windows) && erro.raw_os_error() == Some(10040)
}
