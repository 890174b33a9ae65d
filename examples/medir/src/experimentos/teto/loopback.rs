//! As conexões que não saem do computador.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

const AQUI: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Uma conexão TCP em que as duas pontas usam `controle`.
///
/// # Errors
/// O que o sistema não deixou fazer; em particular, um controle de congestionamento que
/// este núcleo não tem.
pub fn tcp(controle: &str) -> Result<(TcpStream, TcpStream)> {
    let novo = || -> Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        escolher(&socket, controle).with_context(|| {
            format!(
                "não é possível usar o controle de congestionamento \
                 {controle} neste sistema"
            )
        })?;
        Ok(socket)
    };
    let escuta = novo()?;
    escuta.bind(&SocketAddr::from((AQUI, 0)).into())?;
    escuta.listen(1)?;
    let cliente = novo()?;
    cliente.connect(&escuta.local_addr()?)?;
    let (servidor, _) = escuta.accept()?;
    Ok((cliente.into(), servidor.into()))
}

#[cfg(target_os = "linux")]
fn escolher(socket: &Socket, controle: &str) -> io::Result<()> {
    socket.set_tcp_congestion(controle.as_bytes())
}

#[cfg(not(target_os = "linux"))]
fn escolher(_: &Socket, _: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Dois sockets UDP, um ligado ao outro.
///
/// # Errors
/// O que o sistema não deixou fazer.
pub fn udp() -> io::Result<(UdpSocket, UdpSocket)> {
    let um = UdpSocket::bind((AQUI, 0))?;
    let outro = UdpSocket::bind((AQUI, 0))?;
    um.connect(outro.local_addr()?)?;
    outro.connect(um.local_addr()?)?;
    Ok((um, outro))
}
