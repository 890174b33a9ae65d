//! Quantos datagramas o sistema jogou fora porque o buffer de um socket estava cheio.

use std::net::UdpSocket;

/// Quantas vezes se lê o arquivo à procura da linha de um socket.
#[cfg(target_os = "linux")]
const LEITURAS: u32 = 100;

/// Os que `socket` perdeu desde que existe; `None` fora do Linux, que é o único a dizer.
///
/// É a coluna `drops` de `/proc/net/udp` (ou `udp6`), que é só deste socket: o
/// `RcvbufErrors` de `/proc/net/snmp` é de todos os do computador. Conta também os de
/// soma de verificação errada, que em um cabo de hoje não se veem.
///
/// O núcleo dá o arquivo aos pedaços e recomeça cada um pela conta das linhas que já deu:
/// se outro programa fecha um socket entre dois pedaços, uma linha fica por dar, e pode
/// ser a deste. Ele está aberto: lê-se de novo.
#[must_use]
pub fn sem_buffer(socket: &UdpSocket) -> Option<u64> {
    #[cfg(target_os = "linux")]
    {
        let inode = rustix::fs::fstat(socket).ok()?.st_ino;
        let familia = if socket.local_addr().ok()?.is_ipv4() {
            "udp"
        } else {
            "udp6"
        };
        let arquivo = format!("/proc/thread-self/net/{familia}");
        (0..LEITURAS).find_map(|_| {
            descartes(&std::fs::read_to_string(&arquivo).ok()?, inode)
        })
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = socket;
        None
    }
}

/// A última coluna da linha deste socket, que se acha pelo número de inode dele, na
/// décima (`proc_pid_net(5)`).
#[cfg(target_os = "linux")]
fn descartes(tabela: &str, inode: u64) -> Option<u64> {
    let inode = inode.to_string();
    let mut linhas = tabela.lines().map(str::split_whitespace);
    linhas
        .find(|campos| campos.clone().nth(9) == Some(&inode))?
        .next_back()?
        .parse()
        .ok()
}

#[cfg(all(test, target_os = "linux"))]
mod testes {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    #[test]
    fn a_linha_e_a_do_inode_e_o_numero_e_o_ultimo() {
        let tabela = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
            1: 0100007F:C350 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4242 2 000 7\n\
            2: 0100007F:C351 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 42 2 000 9\n";
        assert_eq!(descartes(tabela, 42), Some(9));
        assert_eq!(descartes(tabela, 4242), Some(7));
        assert_eq!(descartes(tabela, 7), None);
    }

    /// O que não cabe no buffer é contado, ao datagrama.
    #[test]
    fn o_sistema_conta_o_que_nao_coube() {
        let (um, outro) = ("127.0.0.1:0", "127.0.0.1:0");
        let recebe = UdpSocket::bind(um).unwrap();
        let manda = UdpSocket::bind(outro).unwrap();
        socket2::SockRef::from(&recebe)
            .set_recv_buffer_size(4096)
            .unwrap();
        assert_eq!(sem_buffer(&recebe), Some(0));
        let quantos = 100;
        for _ in 0..quantos {
            manda
                .send_to(&[0; 1000], recebe.local_addr().unwrap())
                .unwrap();
        }
        // Os que couberam mais os que não: o núcleo pode ainda ter algum por entregar.
        recebe.set_nonblocking(true).unwrap();
        let limite = Instant::now() + Duration::from_secs(30);
        let (mut couberam, mut perdidos) = (0, 0);
        while couberam + perdidos < quantos && Instant::now() < limite {
            while recebe.recv(&mut [0; 1000]).is_ok() {
                couberam += 1;
            }
            perdidos = sem_buffer(&recebe).unwrap();
        }
        assert_eq!(couberam + perdidos, quantos);
        assert!(perdidos > 0);
    }

    /// Outros programas abrem e fecham sockets o tempo todo: nem assim se deixa de achar
    /// a linha deste.
    #[test]
    fn os_sockets_dos_outros_nao_escondem_a_linha_deste() {
        let este = UdpSocket::bind("127.0.0.1:0").unwrap();
        let acabou = AtomicBool::new(false);
        std::thread::scope(|escopo| {
            escopo.spawn(|| {
                while !acabou.load(Ordering::Relaxed) {
                    let outros =
                        [(); 20].map(|()| UdpSocket::bind("127.0.0.2:0"));
                    drop(outros);
                }
            });
            let vistos = [(); 1000].map(|()| sem_buffer(&este));
            acabou.store(true, Ordering::Relaxed);
            assert!(vistos.iter().all(|visto| *visto == Some(0)));
        });
    }
}
