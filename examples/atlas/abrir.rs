//! Erros de quem cria o socket, associa e escuta.

use std::net::{Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use crate::par::AQUI;
use crate::{Erro, Tentativa};

pub const ERROS: &[Erro] = &[
    Erro::novo("eaddrinuse", "bind, em uma porta que tem dono", eaddrinuse),
    Erro::novo("eaddrnotavail", "bind, em 198.51.100.1", eaddrnotavail),
    Erro::novo("eacces", "sendto, a todos, sem SO_BROADCAST", eacces),
    Erro::novo("eperm", "socket, de tipo SOCK_RAW", eperm),
    Erro::novo("einval", "bind, pela segunda vez", einval),
    Erro::novo("eafnosupport", "bind, IPv4 em IPv6", eafnosupport),
    Erro::novo("eprotonosupport", "socket, TCP por UDP", eprotonosupport),
    Erro::novo("eopnotsupp", "listen, em UDP", eopnotsupp),
    Erro::novo("enoprotoopt", "setsockopt, do TCP em UDP", enoprotoopt),
    Erro::novo("enotsock", "getsockname, de um arquivo", enotsock),
    Erro::novo("emfile", "socket, até não haver descritor", emfile),
];

/// Para não gastar a máquina inteira onde o limite é outro.
const MUITOS: usize = 4096;

// ANCHOR: eaddrinuse
fn eaddrinuse() -> Tentativa {
    let dono = TcpListener::bind(AQUI)?;
    TcpListener::bind(dono.local_addr()?)?;
    Ok("o sistema deu a mesma porta a dois sockets")
}
// ANCHOR_END: eaddrinuse

fn eaddrnotavail() -> Tentativa {
    // Este endereço é só para exemplos (RFC 5737): não é de ninguém.
    TcpListener::bind("198.51.100.1:0")?;
    Ok("este computador tem o endereço 198.51.100.1")
}

fn eacces() -> Tentativa {
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    // O endereço com que se fala a toda a rede de loopback.
    socket.send_to(b"oi", "127.255.255.255:9")?;
    Ok("este sistema deixa falar a todos sem pedir")
}

fn eperm() -> Tentativa {
    Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
    Ok("quem roda o programa é administrador, e a ele o sistema deixa")
}

fn einval() -> Tentativa {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(AQUI).into())?;
    socket.bind(&SocketAddr::from(AQUI).into())?;
    Ok("este sistema deixa associar duas vezes")
}

fn eafnosupport() -> Tentativa {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let ipv6 = SocketAddr::from((Ipv6Addr::LOCALHOST, 0));
    socket.bind(&ipv6.into())?;
    Ok("um socket IPv4 foi associado a um endereço IPv6")
}

fn eprotonosupport() -> Tentativa {
    Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::UDP))?;
    Ok("o sistema fez um socket de fluxo por UDP")
}

fn eopnotsupp() -> Tentativa {
    Socket::new(Domain::IPV4, Type::DGRAM, None)?.listen(1)?;
    Ok("um socket UDP ficou à escuta")
}

fn enoprotoopt() -> Tentativa {
    Socket::new(Domain::IPV4, Type::DGRAM, None)?.set_tcp_nodelay(true)?;
    Ok("um socket UDP aceitou uma opção do TCP")
}

#[cfg(unix)]
fn enotsock() -> Tentativa {
    use std::fs::File;
    use std::os::fd::OwnedFd;

    let arquivo = OwnedFd::from(File::open("/dev/null")?);
    Socket::from(arquivo).local_addr()?;
    Ok("um arquivo tem endereço de rede")
}

#[cfg(not(unix))]
fn enotsock() -> Tentativa {
    Ok("aqui um arquivo e um socket são tipos diferentes, que não se trocam")
}

fn emfile() -> Tentativa {
    let mut abertos = Vec::new();
    while abertos.len() < MUITOS {
        abertos.push(UdpSocket::bind(AQUI)?);
    }
    Ok("o limite daqui é maior que 4096; no Unix, ulimit -n o baixa")
}
