//! O número que o sistema deu a um socket.

/// O descritor de `socket`, que continua aberto: um número pequeno, que só vale
/// neste processo (`s.fileno()` em Python).
#[cfg(unix)]
pub fn descritor(socket: &impl std::os::fd::AsRawFd) -> std::os::fd::RawFd {
    socket.as_raw_fd()
}

/// O identificador de `socket`, que continua aberto: um número que só vale neste
/// processo (`s.fileno()` em Python).
#[cfg(windows)]
pub fn descritor(
    socket: &impl std::os::windows::io::AsRawSocket,
) -> std::os::windows::io::RawSocket {
    socket.as_raw_socket()
}

#[cfg(test)]
mod testes {
    use std::net::UdpSocket;

    #[test]
    fn dois_sockets_abertos_tem_descritores_diferentes() {
        let um = UdpSocket::bind("127.0.0.1:0").unwrap();
        let outro = UdpSocket::bind("127.0.0.1:0").unwrap();
        assert_ne!(super::descritor(&um), super::descritor(&outro));
    }
}
