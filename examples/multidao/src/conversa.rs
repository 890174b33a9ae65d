//! Uma conversa de eco que nunca bloqueia e guarda pouco.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::ainda_nao;

/// Uma conexão e o que falta fazer nela.
pub struct Conversa {
    socket: TcpStream,
    /// O eco que o cliente ainda não quis: no máximo o que se leu de uma vez.
    guardado: Vec<u8>,
    /// Quando algum byte andou pela última vez.
    vista: Instant,
}

impl Conversa {
    /// Começa a conversar.
    ///
    /// # Errors
    /// Quando o sistema não deixa que o socket não bloqueie.
    pub fn nova(socket: TcpStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket,
            guardado: Vec::new(),
            vista: Instant::now(),
        })
    }

    /// Lê uma vez e devolve o que couber ou, se ficou eco por devolver, só
    /// escreve. Nenhuma das chamadas espera. `false` quando o cliente desligou.
    ///
    /// # Errors
    /// Quando a conexão caiu.
    // ANCHOR: avancar
    pub fn avancar(&mut self, buffer: &mut [u8]) -> io::Result<bool> {
        if self.deve() {
            let escritos = escrever(&self.socket, &self.guardado)?;
            self.andou(escritos);
            self.guardado.drain(..escritos);
            if self.guardado.is_empty() {
                // Quem está em dia não ocupa memória.
                self.guardado = Vec::new();
            }
            return Ok(true);
        }
        let lidos = match (&self.socket).read(buffer) {
            Ok(0) => return Ok(false),
            Err(erro) if ainda_nao(&erro) => return Ok(true),
            lidos => lidos?,
        };
        self.andou(lidos);
        let escritos = escrever(&self.socket, &buffer[..lidos])?;
        self.guardado.extend_from_slice(&buffer[escritos..lidos]);
        Ok(true)
    }

    /// Se há eco que o cliente ainda não leu nem coube no buffer de envio.
    #[must_use]
    pub fn deve(&self) -> bool {
        !self.guardado.is_empty()
    }
    // ANCHOR_END: avancar

    /// O socket, para o vigia.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Há quanto tempo nenhum byte anda, para lá ou para cá.
    #[must_use]
    pub fn parada(&self) -> Duration {
        self.vista.elapsed()
    }

    fn andou(&mut self, bytes: usize) {
        if bytes > 0 {
            self.vista = Instant::now();
        }
    }
}

/// Uma escrita, que pode levar menos do que se pede, ou nada.
fn escrever(mut socket: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match socket.write(bytes) {
        Err(erro) if ainda_nao(&erro) => Ok(0),
        escritos => escritos,
    }
}

#[cfg(test)]
mod testes {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, Shutdown, TcpListener};

    use super::*;

    fn par() -> (TcpStream, Conversa) {
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let cliente = TcpStream::connect(escuta.local_addr().unwrap()).unwrap();
        let prazo = Some(Duration::from_secs(10));
        cliente.set_read_timeout(prazo).unwrap();
        (cliente, Conversa::nova(escuta.accept().unwrap().0).unwrap())
    }

    #[test]
    fn quem_nunca_le_faz_guardar_um_buffer_e_nada_mais() {
        let (mut cliente, mut conversa) = par();
        cliente.set_nonblocking(true).unwrap();
        let mut buffer = [0; sockets::eco::BUFFER];
        let pedaco = [b'x'; 4096];
        let mut mandados = 0;
        // Até o cliente não ter mais onde pôr o que manda, e o eco não ter onde ir.
        let mut travadas = 0;
        while travadas < 1000 {
            let mandou = cliente.write(&pedaco).unwrap_or(0);
            mandados += mandou;
            let devia = conversa.guardado.len();
            assert!(conversa.avancar(&mut buffer).unwrap());
            assert!(conversa.guardado.len() <= buffer.len());
            let parado =
                mandou == 0 && devia > 0 && conversa.guardado.len() == devia;
            travadas = if parado { travadas + 1 } else { 0 };
        }
        assert!(conversa.deve());
        // Quando ele enfim lê, nada se perdeu, e a memória volta.
        cliente.set_nonblocking(false).unwrap();
        cliente.shutdown(Shutdown::Write).unwrap();
        let leitora = std::thread::spawn(move || {
            let mut eco = Vec::new();
            cliente.read_to_end(&mut eco).map(|_| eco.len())
        });
        while conversa.avancar(&mut buffer).unwrap() {
            std::thread::yield_now();
        }
        assert_eq!(conversa.guardado.capacity(), 0);
        drop(conversa);
        assert_eq!(leitora.join().unwrap().unwrap(), mandados);
    }

    #[test]
    fn sem_nada_a_ler_nao_ha_o_que_fazer() {
        let (_cliente, mut conversa) = par();
        assert!(conversa.avancar(&mut [0; 16]).unwrap());
        assert!(!conversa.deve());
    }
}
