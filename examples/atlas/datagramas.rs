//! Erros de quem manda e recebe datagramas.

use std::net::{Ipv4Addr, UdpSocket};

use crate::par::{self, AQUI};
use crate::{Erro, Tentativa};

pub const ERROS: &[Erro] = &[
    Erro::novo("emsgsize", "sendto, de 65508 bytes", emsgsize),
    Erro::novo("wsaemsgsize", "recvfrom, em um buffer curto", wsaemsgsize),
    Erro::novo(
        "udp-recusado",
        "recv, depois de um send a ninguém",
        recusado,
    ),
    Erro::novo("edestaddrreq", "send, sem dizer a quem", edestaddrreq),
    Erro::novo("enodev", "IP_ADD_MEMBERSHIP, em 198.51.100.1", enodev),
    Erro::novo("enobufs", "IP_ADD_MEMBERSHIP, vezes demais", enobufs),
];

/// Um byte a mais do que cabe: 65535 − 20 (IP) − 8 (UDP) = 65507.
const GRANDE_DEMAIS: usize = 65508;

fn emsgsize() -> Tentativa {
    let (socket, endereco) = par::datagramas()?;
    socket.send_to(&vec![0; GRANDE_DEMAIS], endereco)?;
    Ok("o sistema mandou mais do que cabe em um datagrama")
}

fn wsaemsgsize() -> Tentativa {
    let (socket, endereco) = par::datagramas()?;
    socket.send_to(b"dez bytes!", endereco)?;
    socket.recv_from(&mut [0; 4])?;
    Ok("este sistema entrega os 4 primeiros bytes e joga fora os outros 6")
}

fn recusado() -> Tentativa {
    let (socket, _) = par::datagramas()?;
    // A porta de alguém que acaba de ir embora.
    let (ninguem, endereco) = par::datagramas()?;
    drop(ninguem);
    // No Windows o erro vem mesmo a quem não se liga.
    if cfg!(windows) {
        socket.send_to(b"oi", endereco)?;
    } else {
        socket.connect(endereco)?;
        socket.send(b"oi")?;
    }
    socket.recv_from(&mut [0; 16])?;
    Ok("alguém respondeu")
}

fn edestaddrreq() -> Tentativa {
    UdpSocket::bind(AQUI)?.send(b"oi")?;
    Ok("o datagrama foi, não se sabe para onde")
}

fn enodev() -> Tentativa {
    let grupo = Ipv4Addr::new(239, 1, 1, 1);
    // Nenhuma interface daqui tem este endereço (RFC 5737).
    let interface = Ipv4Addr::new(198, 51, 100, 1);
    UdpSocket::bind(AQUI)?.join_multicast_v4(&grupo, &interface)?;
    Ok("este computador tem o endereço 198.51.100.1")
}

fn enobufs() -> Tentativa {
    let socket = UdpSocket::bind(AQUI)?;
    for numero in 0..=u8::MAX {
        let grupo = Ipv4Addr::new(239, 1, 1, numero);
        socket.join_multicast_v4(&grupo, &Ipv4Addr::LOCALHOST)?;
    }
    Ok("este sistema deixa um socket entrar em 256 grupos")
}
