//! Quem responde: devolve o que recebe, sem olhar.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

use super::OLHADA;

/// Mais que qualquer mensagem destes experimentos.
const MAIOR_MENSAGEM: usize = 2048;

/// Devolve cada datagrama a quem o socket está ligado, até que `acabou`.
///
/// # Errors
/// O que o sistema respondeu.
pub fn de_datagramas(
    socket: &UdpSocket,
    acabou: &AtomicBool,
) -> io::Result<()> {
    socket.set_read_timeout(Some(OLHADA))?;
    let mut mensagem = [0; MAIOR_MENSAGEM];
    while !acabou.load(Ordering::Relaxed) {
        match socket.recv(&mut mensagem) {
            Ok(lidos) => drop(socket.send(&mensagem[..lidos])?),
            Err(erro) if so_uma_olhada(&erro) => {}
            Err(erro) => return Err(erro),
        }
    }
    Ok(())
}

/// Devolve o que vem por `conexao`, pedaço a pedaço, até que o outro lado a feche ou que
/// `acabou`. Depois de cada pedaço que manda, chama `ao_responder`.
///
/// # Errors
/// Os de `ao_responder`, ou o que o sistema respondeu, menos que o outro lado fechou.
pub fn de_fluxo(
    mut conexao: &TcpStream,
    acabou: &AtomicBool,
    mut ao_responder: impl FnMut() -> Result<()>,
) -> Result<()> {
    conexao.set_read_timeout(Some(OLHADA))?;
    let mut mensagem = [0; MAIOR_MENSAGEM];
    while !acabou.load(Ordering::Relaxed) {
        match conexao.read(&mut mensagem) {
            Ok(0) => break,
            Ok(lidos) => {
                conexao.write_all(&mensagem[..lidos])?;
                ao_responder()?;
            }
            Err(erro) if erro.kind() == ErrorKind::ConnectionReset => break,
            Err(erro) if so_uma_olhada(&erro) => {}
            Err(erro) => return Err(erro.into()),
        }
    }
    Ok(())
}

/// Se a leitura só voltou para ver se é hora de parar.
#[must_use]
pub fn so_uma_olhada(erro: &io::Error) -> bool {
    matches!(
        erro.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
