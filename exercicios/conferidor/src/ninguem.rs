//! Um endereço em que ninguém atende.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use crate::Resultado;
use crate::par::desta_maquina;

/// Um endereço deste computador que recusa quem liga para ele, e que ninguém mais pode usar
/// enquanto isto viver.
///
/// Um socket só associado não serve: o Linux e o Windows recusam por ele, e o macOS não
/// responde (`tcp_input`, no código do XNU: em um socket fechado o segmento se perde). Aqui
/// quem prende a porta é uma conexão já aceita, e a escuta que a aceitou não existe mais.
pub struct Ninguem {
    endereco: SocketAddr,
    _conexao: (TcpStream, TcpStream),
}

impl Ninguem {
    /// Reserva o endereço.
    ///
    /// # Errors
    /// `conferidor`, quando esta máquina não deixa.
    pub fn novo() -> Resultado<Self> {
        Self::reservar().map_err(|erro| desta_maquina(&erro))
    }

    fn reservar() -> io::Result<Self> {
        let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let endereco = escuta.local_addr()?;
        let ida = TcpStream::connect(endereco)?;
        let (volta, _) = escuta.accept()?;
        Ok(Self {
            endereco,
            _conexao: (ida, volta),
        })
    }

    /// O endereço.
    #[must_use]
    pub fn endereco(&self) -> SocketAddr {
        self.endereco
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn recusa_e_continua_reservado() {
        let ninguem = Ninguem::novo().unwrap();
        for _ in 0..2 {
            let erro = TcpStream::connect(ninguem.endereco()).unwrap_err();
            assert_eq!(erro.kind(), io::ErrorKind::ConnectionRefused);
        }
        // Quem pede qualquer porta não ganha esta.
        let outros: Vec<_> = (0..64).map(|_| TcpListener::bind("127.0.0.1:0")).collect();
        for outro in outros {
            assert_ne!(outro.unwrap().local_addr().unwrap(), ninguem.endereco());
        }
    }
}
