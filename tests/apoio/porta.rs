//! Portas que nenhuma outra prova usa.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};

use socket2::{Domain, Socket, Type};

/// De onde saem as portas: abaixo da faixa que Linux (32768), macOS e Windows
/// (49152) usam para as portas efêmeras, para que nenhuma conexão a ocupe por
/// acaso entre a reserva e o uso.
const FAIXA: Range<u16> = 20000..32000;

/// Uma porta livre em 127.0.0.1, em TCP e em UDP, que esta função nunca mais
/// devolve neste processo. Cada processo começa em um ponto sorteado da faixa.
///
/// # Panics
/// Quando nenhuma porta da faixa está livre.
#[must_use]
pub fn porta_livre() -> u16 {
    static USADAS: AtomicU16 = AtomicU16::new(0);
    static INICIO: OnceLock<u16> = OnceLock::new();
    let tamanho = FAIXA.end - FAIXA.start;
    // `RandomState` é a fonte de acaso que a std oferece.
    let inicio = *INICIO.get_or_init(|| {
        let sorteio = RandomState::new().hash_one(std::process::id()) % u64::from(tamanho);
        u16::try_from(sorteio).unwrap_or(0)
    });
    loop {
        let passo = USADAS.fetch_add(1, Ordering::Relaxed);
        assert!(
            passo < tamanho,
            "nenhuma porta livre entre {} e {}",
            FAIXA.start,
            FAIXA.end
        );
        let porta = FAIXA.start + (inicio + passo) % tamanho;
        if livre(porta) {
            return porta;
        }
    }
}

/// Se ninguém usa `porta` em 127.0.0.1, nem TCP nem UDP, nem mesmo uma conexão
/// encerrada há pouco (`TIME_WAIT`): por isso o bind sem `SO_REUSEADDR`.
#[must_use]
pub fn livre(porta: u16) -> bool {
    let endereco = SocketAddr::from((Ipv4Addr::LOCALHOST, porta));
    let tcp = Socket::new(Domain::IPV4, Type::STREAM, None)
        .and_then(|socket| socket.bind(&endereco.into()));
    tcp.is_ok() && UdpSocket::bind(endereco).is_ok()
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn nunca_se_repete_e_fica_na_faixa() {
        let mut portas: Vec<u16> = (0..50).map(|_| porta_livre()).collect();
        assert!(portas.iter().all(|p| FAIXA.contains(p)), "{portas:?}");
        portas.sort_unstable();
        portas.dedup();
        assert_eq!(portas.len(), 50);
    }

    #[test]
    fn uma_porta_ocupada_nao_esta_livre() {
        let porta = porta_livre();
        assert!(livre(porta));
        let _tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, porta)).unwrap();
        assert!(!livre(porta));
        let porta = porta_livre();
        let _udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, porta)).unwrap();
        assert!(!livre(porta));
    }
}
