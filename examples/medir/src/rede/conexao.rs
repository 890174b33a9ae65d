//! O que o núcleo conta de uma conexão TCP.

use std::io;
use std::net::TcpStream;
use std::time::Duration;

use super::nucleo;

/// O estado de uma conexão, visto por um dos lados dela.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conexao {
    /// Quanto este lado espera, neste momento, antes de mandar de novo o que não foi
    /// confirmado: o RTO, com o recuo de agora, se há algum (RFC 6298).
    pub prazo: Duration,
    /// A ida e volta, alisada (o SRTT da RFC 6298).
    pub ida_e_volta: Duration,
    /// A maior carga de um segmento que este lado manda, em bytes.
    pub maior_carga: u32,
    /// Segmentos que este lado já mandou de novo.
    pub retransmitidos: u64,
}

/// O estado de `conexao` neste momento (`TCP_INFO`, em `tcp(7)`).
///
/// # Errors
/// O que o núcleo respondeu.
pub fn estado(conexao: &TcpStream) -> io::Result<Conexao> {
    let informacoes = nucleo::informacoes_do_tcp(conexao)?;
    let micros = |quantos: u32| Duration::from_micros(quantos.into());
    Ok(Conexao {
        prazo: micros(informacoes.tcpi_rto),
        ida_e_volta: micros(informacoes.tcpi_rtt),
        maior_carga: informacoes.tcpi_snd_mss,
        retransmitidos: informacoes.tcpi_total_retrans.into(),
    })
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn a_conversa_sem_perda_tem_prazo_e_ida_e_volta() -> io::Result<()> {
        let escuta = TcpListener::bind("127.0.0.1:0")?;
        let mut cliente = TcpStream::connect(escuta.local_addr()?)?;
        let (mut servidor, _) = escuta.accept()?;
        cliente.write_all(b"oi")?;
        servidor.read_exact(&mut [0; 2])?;
        let visto = estado(&cliente)?;
        assert!(visto.prazo > visto.ida_e_volta, "{visto:?}");
        assert!(visto.ida_e_volta > Duration::ZERO, "{visto:?}");
        assert!(visto.maior_carga >= 500, "{visto:?}");
        assert_eq!(visto.retransmitidos, 0);
        Ok(())
    }
}
