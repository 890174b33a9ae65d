//! Duas pontas, para os erros que precisam delas.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

/// Um endereço deste computador, com a porta que o sistema escolher.
pub const AQUI: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// Quanto esperar pelo que, aqui dentro, chega logo.
pub const PRAZO: Duration = Duration::from_secs(2);

/// As duas pontas de uma conexão deste processo com ele mesmo.
pub fn conexao() -> io::Result<(TcpStream, TcpStream)> {
    let escuta = TcpListener::bind(AQUI)?;
    let cliente = TcpStream::connect(escuta.local_addr()?)?;
    // Outro programa pode ter ligado antes: a conexão dele é descartada.
    let servidor = loop {
        let (conexao, de) = escuta.accept()?;
        if de == cliente.local_addr()? {
            break conexao;
        }
    };
    for ponta in [&cliente, &servidor] {
        ponta.set_read_timeout(Some(PRAZO))?;
        ponta.set_write_timeout(Some(PRAZO))?;
    }
    Ok((cliente, servidor))
}

/// Um socket UDP, e o endereço dele.
pub fn datagramas() -> io::Result<(UdpSocket, SocketAddr)> {
    let socket = UdpSocket::bind(AQUI)?;
    socket.set_read_timeout(Some(PRAZO))?;
    let endereco = socket.local_addr()?;
    Ok((socket, endereco))
}
