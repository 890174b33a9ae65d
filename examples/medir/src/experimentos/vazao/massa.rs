//! Bytes em massa por uma conexão TCP: um lado escreve sem parar, o outro lê sem parar, e
//! o que se conta é o que foi lido.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::resultados::Interrompido;

/// Quantos bytes se escrevem e se leem de cada vez: o mesmo que o iperf3.
pub const BLOCO: usize = 128 * 1024;

/// De quanto em quanto tempo, no máximo, se pergunta se é hora de parar.
const FATIA: Duration = Duration::from_millis(100);

/// Quanto dura.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duracao {
    /// O começo, que não conta: a partida lenta (*slow start*) não é a vazão.
    pub aquecimento: Duration,
    /// O que conta.
    pub medida: Duration,
}

/// O que foi lido no tempo que conta, e o que se viu no começo e no fim dele.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lido<T> {
    /// Quantos bytes.
    pub bytes: u64,
    /// Em quanto tempo.
    pub tempo: Duration,
    /// O que se viu no começo.
    pub antes: T,
    /// O que se viu no fim.
    pub depois: T,
}

/// Manda da primeira ponta à segunda por `duracao`, e fecha as duas. `olhar` é chamada no
/// começo e no fim do tempo que conta.
///
/// # Errors
/// [`Interrompido`], os erros de `olhar`, e o erro da conexão que acabou antes da hora.
///
/// # Panics
/// Nunca: só se quem lê ou quem escreve entrasse em pânico.
pub fn correr<T>(
    pontas: &(TcpStream, TcpStream),
    duracao: Duracao,
    interrompido: &dyn Fn() -> bool,
    mut olhar: impl FnMut() -> Result<T>,
) -> Result<Lido<T>> {
    let lidos = AtomicU64::new(0);
    thread::scope(|escopo| {
        let escreve = escopo.spawn(|| escrever(&pontas.0));
        let le = escopo.spawn(|| ler(&pontas.1, &lidos));
        let mut medir = || -> Result<Lido<T>> {
            dormir(duracao.aquecimento, interrompido)?;
            let comeco = Instant::now();
            let ate_o_comeco = lidos.load(Ordering::Relaxed);
            let antes = olhar()?;
            let falta = duracao.medida.saturating_sub(comeco.elapsed());
            dormir(falta, interrompido)?;
            let tempo = comeco.elapsed();
            let bytes = lidos.load(Ordering::Relaxed) - ate_o_comeco;
            let depois = olhar()?;
            Ok(Lido {
                bytes,
                tempo,
                antes,
                depois,
            })
        };
        let lido = medir();
        // Uma conexão que acabou sozinha não serve de medida.
        let acabou = escreve.is_finished() || le.is_finished();
        for ponta in [&pontas.0, &pontas.1] {
            let _ = ponta.shutdown(Shutdown::Both);
        }
        let fim = [escreve, le].map(|thread| {
            thread.join().expect("ler e escrever não entra em pânico")
        });
        if acabou {
            for resultado in fim {
                resultado?;
            }
        }
        lido
    })
}

/// Escreve até que a conexão se feche.
fn escrever(mut ponta: &TcpStream) -> std::io::Result<()> {
    let bloco = vec![0; BLOCO];
    loop {
        match ponta.write_all(&bloco) {
            Ok(()) => {}
            Err(erro) if erro.kind() == ErrorKind::BrokenPipe => return Ok(()),
            Err(erro) => return Err(erro),
        }
    }
}

/// Lê até que a conexão se feche.
fn ler(mut ponta: &TcpStream, lidos: &AtomicU64) -> std::io::Result<()> {
    let mut bloco = vec![0; BLOCO];
    loop {
        match ponta.read(&mut bloco)? {
            0 => return Ok(()),
            agora => lidos.fetch_add(agora as u64, Ordering::Relaxed),
        };
    }
}

/// Dorme, se ninguém mandar parar.
pub(crate) fn dormir(
    quanto: Duration,
    interrompido: &dyn Fn() -> bool,
) -> Result<(), Interrompido> {
    let ate = Instant::now() + quanto;
    loop {
        if interrompido() {
            return Err(Interrompido);
        }
        let falta = ate.saturating_duration_since(Instant::now());
        if falta.is_zero() {
            return Ok(());
        }
        thread::sleep(falta.min(FATIA));
    }
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::net::TcpListener;

    fn pontas() -> (TcpStream, TcpStream) {
        let escuta = TcpListener::bind("127.0.0.1:0").unwrap();
        let um = TcpStream::connect(escuta.local_addr().unwrap()).unwrap();
        (um, escuta.accept().unwrap().0)
    }

    /// As outras threads têm de ter a CPU alguma vez nela.
    const DURACAO: Duracao = Duracao {
        aquecimento: Duration::from_millis(5),
        medida: Duration::from_millis(500),
    };

    #[test]
    fn conta_o_que_foi_lido_e_olha_duas_vezes() {
        let mut vezes = 0;
        let lido = correr(&pontas(), DURACAO, &|| false, || {
            vezes += 1;
            Ok(vezes)
        })
        .unwrap();
        assert!(lido.bytes > 0);
        assert!(lido.tempo >= DURACAO.medida);
        assert_eq!((lido.antes, lido.depois), (1, 2));
    }

    #[test]
    fn para_quando_mandam_e_quando_nao_se_pode_olhar() {
        let erro = correr(&pontas(), DURACAO, &|| true, || Ok(())).unwrap_err();
        assert!(erro.is::<Interrompido>());
        let erro = correr(&pontas(), DURACAO, &|| false, || -> Result<()> {
            anyhow::bail!("não deixa")
        })
        .unwrap_err();
        assert_eq!(erro.to_string(), "não deixa");
    }

    #[test]
    fn a_conexao_que_acaba_sozinha_e_um_erro() {
        let pontas = pontas();
        socket2::SockRef::from(&pontas.1)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
        let (um, outro) = pontas;
        drop(outro);
        // A outra ponta é uma que ninguém fechou: só a escrita acaba.
        let viva = self::pontas();
        let lido = correr(&(um, viva.1), DURACAO, &|| false, || Ok(()));
        assert!(lido.is_err());
    }
}
