//! Esperas finas: quanto falta para um socket ter o que ler, sem a grossura do relógio
//! do núcleo que arredonda `set_read_timeout` para o tique seguinte (4 ms, com HZ=250).

use std::io;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(unix)]
use std::os::fd::AsFd as Descritor;
#[cfg(windows)]
use std::os::windows::io::AsSocket as Descritor;

/// Espera, no máximo `prazo`, que `socket` tenha o que ler: dados, um fim, um erro ou,
/// em quem escuta, uma conexão. Com prazo zero só olha. Um sinal não a encurta.
///
/// No Linux é uma chamada só, com o prazo em nanossegundos (`ppoll(2)`); a folga com que
/// o núcleo acorda a thread é a de [`relogio_fino`](crate::cpu::relogio_fino). Nos outros
/// sistemas o prazo dele é em milissegundos: espera-se dormindo até o último inteiro, e o
/// resto, acordado.
///
/// # Errors
/// O que o sistema respondeu; nunca que o prazo acabou, que é `Ok(false)`.
pub fn legivel(socket: &impl Descritor, prazo: Duration) -> io::Result<bool> {
    esperar(socket, PollFlags::IN, prazo)
}

/// Espera, no máximo `prazo`, que `socket` aceite mais bytes, ou um erro, que é de quem
/// escrever. No mais, como [`legivel`].
///
/// # Errors
/// Os mesmos.
pub fn gravavel(socket: &impl Descritor, prazo: Duration) -> io::Result<bool> {
    esperar(socket, PollFlags::OUT, prazo)
}

fn esperar(
    socket: &impl Descritor,
    por_que: PollFlags,
    prazo: Duration,
) -> io::Result<bool> {
    let inicio = Instant::now();
    let mut descritor = [PollFd::new(socket, por_que)];
    let mut falta = prazo;
    loop {
        match poll(&mut descritor, Some(&ate_onde_dormir(falta))) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(erro) => return Err(erro.into()),
        }
        falta = prazo.saturating_sub(inicio.elapsed());
        if falta.is_zero() {
            return Ok(false);
        }
        if cfg!(not(target_os = "linux")) {
            std::thread::yield_now();
        }
    }
}

/// Quanto se pode pedir ao sistema que durma sem passar de `falta`.
fn ate_onde_dormir(falta: Duration) -> Timespec {
    let resto = if cfg!(target_os = "linux") {
        Duration::ZERO
    } else {
        Duration::from_nanos(u64::from(falta.subsec_nanos() % 1_000_000))
    };
    // Um prazo que não cabe é um prazo sem fim: volta-se aqui de hora em hora.
    let hora = Duration::from_secs(3600);
    let dormir = falta.saturating_sub(resto).min(hora);
    Timespec::try_from(dormir).expect("uma hora cabe")
}

#[cfg(test)]
mod testes {
    use super::*;
    use std::net::{TcpListener, TcpStream, UdpSocket};

    #[test]
    fn diz_que_ha_o_que_ler_so_quando_ha() -> io::Result<()> {
        let a = UdpSocket::bind("127.0.0.1:0")?;
        let b = UdpSocket::bind("127.0.0.1:0")?;
        assert!(!legivel(&a, Duration::ZERO)?);
        b.send_to(b"oi", a.local_addr()?)?;
        assert!(legivel(&a, Duration::from_secs(10))?);
        // Olhar não tira o datagrama de lá.
        assert!(legivel(&a, Duration::MAX)?);
        a.recv(&mut [0; 2])?;
        assert!(!legivel(&a, Duration::ZERO)?);
        Ok(())
    }

    #[test]
    fn nunca_volta_antes_do_prazo() -> io::Result<()> {
        let a = UdpSocket::bind("127.0.0.1:0")?;
        for micros in [1, 150, 999, 1_000, 2_345] {
            let prazo = Duration::from_micros(micros);
            let inicio = Instant::now();
            assert!(!legivel(&a, prazo)?);
            assert!(inicio.elapsed() >= prazo);
        }
        Ok(())
    }

    #[test]
    fn ve_quem_chega_e_quem_vai_embora() -> io::Result<()> {
        let escuta = TcpListener::bind("127.0.0.1:0")?;
        assert!(!legivel(&escuta, Duration::ZERO)?);
        let cliente = TcpStream::connect(escuta.local_addr()?)?;
        assert!(legivel(&escuta, Duration::from_secs(10))?);
        let (servidor, _) = escuta.accept()?;
        drop(servidor);
        assert!(legivel(&cliente, Duration::from_secs(10))?);
        Ok(())
    }

    #[test]
    fn so_se_escreve_onde_ha_lugar() -> io::Result<()> {
        use std::io::{ErrorKind, Read, Write};
        let escuta = TcpListener::bind("127.0.0.1:0")?;
        let cliente = TcpStream::connect(escuta.local_addr()?)?;
        let (mut servidor, _) = escuta.accept()?;
        assert!(gravavel(&cliente, Duration::from_secs(10))?);
        cliente.set_nonblocking(true)?;
        let demais = vec![0; 64 << 20];
        let cheio = (&cliente).write_all(&demais).expect_err("ninguém lê");
        assert_eq!(cheio.kind(), ErrorKind::WouldBlock);
        assert!(!gravavel(&cliente, Duration::ZERO)?);
        // Quem lê abre lugar, mais cedo ou mais tarde.
        let leitor = std::thread::spawn(move || {
            let mut pedaco = vec![0; 1 << 20];
            while servidor.read(&mut pedaco).is_ok_and(|lidos| lidos > 0) {}
        });
        assert!(gravavel(&cliente, Duration::from_secs(10))?);
        drop(cliente);
        leitor.join().expect("quem lê não entra em pânico");
        Ok(())
    }
}
