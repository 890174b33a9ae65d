//! Quantos datagramas o sistema jogou fora porque o buffer de um socket estava cheio.

use std::net::UdpSocket;

/// Os que `socket` perdeu desde que existe; `None` fora do Linux, que é o único a dizer.
///
/// É a coluna `drops` de `/proc/net/udp` (ou `udp6`), que é só deste socket: o
/// `RcvbufErrors` de `/proc/net/snmp` é de todos os do computador. Conta também os de
/// soma de verificação errada, que em um cabo de hoje não se veem.
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
        descartes(&std::fs::read_to_string(arquivo).ok()?, inode)
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
    use std::time::Duration;

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
        recebe
            .set_read_timeout(Some(Duration::from_millis(100)))
            .unwrap();
        let couberam = std::iter::repeat_with(|| recebe.recv(&mut [0; 1000]))
            .take_while(Result::is_ok)
            .count() as u64;
        assert!(couberam < quantos);
        assert_eq!(sem_buffer(&recebe), Some(quantos - couberam));
    }
}
