//! Datagramas em massa: um lado manda sem parar, o outro lê sem parar, e o que se conta é
//! o que foi lido.

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::espera;
use crate::experimentos::vazao::massa::{Duracao, Lido, dormir};

/// De quanto em quanto tempo quem lê vê se é hora de parar, quando não há o que ler.
const OLHADA: Duration = Duration::from_millis(50);

/// Manda datagramas de `tamanho` bytes da primeira ponta à segunda por `duracao`. `olhar`
/// é chamada no começo e no fim do tempo que conta.
///
/// # Errors
/// [`Interrompido`](crate::resultados::Interrompido), os erros de `olhar`, e os que o
/// sistema deu a quem mandava ou lia.
///
/// # Panics
/// Nunca: só se quem lê ou quem manda entrasse em pânico.
pub fn correr<T>(
    (de, para): &(UdpSocket, UdpSocket),
    tamanho: usize,
    duracao: Duracao,
    interrompido: &dyn Fn() -> bool,
    mut olhar: impl FnMut() -> Result<T>,
) -> Result<Lido<T>> {
    para.set_nonblocking(true)?;
    let lidos = AtomicU64::new(0);
    let acabou = AtomicBool::new(false);
    thread::scope(|escopo| {
        let manda = escopo.spawn(|| mandar(de, tamanho, &acabou));
        let le = escopo.spawn(|| ler(para, tamanho, &lidos, &acabou));
        let mut medir = || -> Result<Lido<T>> {
            dormir(duracao.aquecimento, interrompido)?;
            let antes = olhar()?;
            let comeco = Instant::now();
            let ate_o_comeco = lidos.load(Ordering::Relaxed);
            dormir(duracao.medida, interrompido)?;
            let tempo = comeco.elapsed();
            let bytes = lidos.load(Ordering::Relaxed) - ate_o_comeco;
            Ok(Lido {
                bytes,
                tempo,
                antes,
                depois: olhar()?,
            })
        };
        let lido = medir();
        acabou.store(true, Ordering::Relaxed);
        for thread in [manda, le] {
            thread.join().expect("ler e mandar não entra em pânico")?;
        }
        lido
    })
}

/// Manda até que seja hora de parar.
fn mandar(
    de: &UdpSocket,
    tamanho: usize,
    acabou: &AtomicBool,
) -> io::Result<()> {
    let datagrama = vec![0; tamanho];
    while !acabou.load(Ordering::Relaxed) {
        de.send(&datagrama)?;
    }
    Ok(())
}

/// Lê até que seja hora de parar e não haja mais o que ler.
fn ler(
    para: &UdpSocket,
    tamanho: usize,
    lidos: &AtomicU64,
    acabou: &AtomicBool,
) -> io::Result<()> {
    let mut datagrama = vec![0; tamanho];
    loop {
        match para.recv(&mut datagrama) {
            Ok(bytes) => {
                lidos.fetch_add(bytes as u64, Ordering::Relaxed);
            }
            Err(erro) if erro.kind() == ErrorKind::WouldBlock => {
                if acabou.load(Ordering::Relaxed) {
                    return Ok(());
                }
                espera::legivel(para, OLHADA)?;
            }
            Err(erro) => return Err(erro),
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::experimentos::teto::loopback;

    /// As outras threads têm de ter a CPU alguma vez nela.
    const DURACAO: Duracao = Duracao {
        aquecimento: Duration::from_millis(5),
        medida: Duration::from_millis(500),
    };

    #[test]
    fn conta_datagramas_inteiros() {
        let pontas = loopback::udp().unwrap();
        let lido =
            correr(&pontas, 1400, DURACAO, &|| false, || Ok(())).unwrap();
        assert!(lido.bytes > 0);
        assert_eq!(lido.bytes % 1400, 0);
        assert!(lido.tempo >= DURACAO.medida);
    }

    #[test]
    fn para_quando_mandam() {
        let pontas = loopback::udp().unwrap();
        let lido = correr(&pontas, 1400, DURACAO, &|| true, || Ok(()));
        assert!(lido.unwrap_err().is::<crate::resultados::Interrompido>());
    }
}
