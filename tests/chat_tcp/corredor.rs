//! Um corredor entre dois programas: leva os bytes de um ao outro e, quando a prova
//! quer, corta a conexão com RST depois de tantos bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use super::lado::local;

/// Um sentido de uma conexão: o que já se leu e ainda não se escreveu.
#[derive(Default)]
struct Sentido {
    bytes: Vec<u8>,
    acabou: bool,
}

/// O corredor, com no máximo uma conexão de cada vez.
pub struct Corredor {
    escuta: TcpListener,
    destino: u16,
    pontas: Option<[TcpStream; 2]>,
    sentidos: [Sentido; 2],
    /// Quantos bytes ainda passam, em cada sentido, antes do corte; sem número, todos.
    pub restam: [Option<usize>; 2],
    pub cortes: usize,
}

impl Corredor {
    /// Da porta em que `escuta` está à porta `destino`.
    pub fn novo(escuta: TcpListener, destino: u16) -> Self {
        Self {
            escuta,
            destino,
            pontas: None,
            sentidos: Default::default(),
            restam: [None; 2],
            cortes: 0,
        }
    }

    /// Leva o que houver.
    pub fn volta(&mut self) {
        if self.pontas.is_none()
            && let Ok((de, _)) = self.escuta.accept()
        {
            let Ok(para) = TcpStream::connect(local(self.destino)) else {
                return;
            };
            de.set_nonblocking(true).unwrap();
            para.set_nonblocking(true).unwrap();
            self.pontas = Some([de, para]);
            self.sentidos = Default::default();
        }
        let Some(pontas) = &mut self.pontas else {
            return;
        };
        let mut vivo = true;
        for (qual, sentido) in self.sentidos.iter_mut().enumerate() {
            vivo &= levar(pontas, qual, sentido, &mut self.restam[qual]);
        }
        let acabaram = self.sentidos.iter().all(|sentido| sentido.acabou);
        if acabaram {
            self.pontas = None;
        } else if !vivo {
            self.cortar();
        }
    }

    /// Corta as duas pontas com RST.
    pub fn cortar(&mut self) {
        for ponta in self.pontas.take().into_iter().flatten() {
            let linger = Some(Duration::ZERO);
            SockRef::from(&ponta).set_linger(linger).unwrap();
        }
        self.cortes += 1;
        self.restam = [None; 2];
    }
}

/// Leva bytes da ponta `qual` à outra. `false` quando a conexão tem de acabar.
fn levar(
    pontas: &mut [TcpStream; 2],
    qual: usize,
    sentido: &mut Sentido,
    restam: &mut Option<usize>,
) -> bool {
    let mut pedaco = [0; 4096];
    let cabem = restam.map_or(pedaco.len(), |n| n.min(pedaco.len()));
    if !sentido.acabou && cabem > 0 {
        match pontas[qual].read(&mut pedaco[..cabem]) {
            Ok(0) => {
                sentido.acabou = true;
                let _ = pontas[1 - qual].shutdown(std::net::Shutdown::Write);
            }
            Ok(lidos) => {
                sentido.bytes.extend_from_slice(&pedaco[..lidos]);
                *restam = restam.map(|restam| restam - lidos);
            }
            Err(erro) if erro.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return false,
        }
    }
    if !sentido.bytes.is_empty() {
        match pontas[1 - qual].write(&sentido.bytes) {
            Ok(escritos) => {
                sentido.bytes.drain(..escritos);
            }
            Err(erro) if erro.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return false,
        }
    }
    *restam != Some(0) || !sentido.bytes.is_empty()
}
