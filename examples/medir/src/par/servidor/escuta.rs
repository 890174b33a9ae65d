//! Onde o servidor atende: uma porta, em TCP e em UDP.

use std::io::{self, ErrorKind};
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket,
};

use anyhow::{Result, anyhow};
use socket2::{Domain, SockRef, Socket, Type};

/// Quantas conexões esperam no sistema que se atenda; o mesmo que a std usa.
const FILA: i32 = 128;

/// Quantas portas se tentam, quando qualquer uma serve: a que está livre em TCP pode não
/// estar em UDP.
const TENTATIVAS: usize = 16;

/// O buffer de recepção que se pede para os datagramas, em bytes. O sistema dá o que
/// quiser.
const BUFFER: usize = 4 << 20;

/// Escuta em `porta` (0: qualquer uma) de `ip`, ou de todos os endereços deste
/// computador, e confere que a mesma porta está livre em UDP.
///
/// # Errors
/// O que o sistema não deixou, e o que fazer.
pub fn escutar(ip: Option<IpAddr>, porta: u16) -> Result<TcpListener> {
    let tentativas = if porta == 0 { TENTATIVAS } else { 1 };
    let mut erro = io::Error::from(ErrorKind::AddrInUse);
    for _ in 0..tentativas {
        match tentar(ip, porta) {
            Ok(escuta) => return Ok(escuta),
            Err(este) => erro = este,
        }
    }
    let ip = ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let local = SocketAddr::from((ip, porta));
    let conselho = match erro.kind() {
        ErrorKind::AddrInUse => {
            "outro programa já usa essa porta (outro servidor?). Feche-o, ou \
             dê outra aos dois lados: --porta 50001, por exemplo"
        }
        ErrorKind::PermissionDenied => {
            "o sistema reserva essa porta. Use outra, acima de 1023: --porta \
             50000"
        }
        ErrorKind::AddrNotAvailable => {
            "esse endereço não é deste computador. Tire o --ip para atender em \
             todos os que ele tem"
        }
        _ => "veja o que o sistema disse",
    };
    Err(anyhow!(
        "não foi possível atender em {local} ({erro}): {conselho}"
    ))
}

fn tentar(ip: Option<IpAddr>, porta: u16) -> io::Result<TcpListener> {
    let Some(ip) = ip else {
        return match tentar_em(Ipv6Addr::UNSPECIFIED.into(), porta) {
            // Um computador sem IPv6.
            Err(erro) if erro.kind() != ErrorKind::AddrInUse => {
                tentar_em(Ipv4Addr::UNSPECIFIED.into(), porta)
            }
            outro => outro,
        };
    };
    tentar_em(ip, porta)
}

fn tentar_em(ip: IpAddr, porta: u16) -> io::Result<TcpListener> {
    let tcp = abrir((ip, porta).into(), Type::STREAM)?;
    // No Windows esta opção deixaria outro programa tomar a porta.
    if cfg!(not(windows)) {
        tcp.set_reuse_address(true)?;
    }
    tcp.bind(&SocketAddr::from((ip, porta)).into())?;
    tcp.listen(FILA)?;
    tcp.set_nonblocking(true)?;
    let escuta = TcpListener::from(tcp);
    let local = escuta.local_addr()?;
    abrir(local, Type::DGRAM)?.bind(&local.into())?;
    Ok(escuta)
}

/// Um socket do tipo de endereço de `local`; se ele é de todos os endereços em IPv6,
/// atende também o IPv4.
fn abrir(local: SocketAddr, tipo: Type) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(local), tipo, None)?;
    if local.is_ipv6() {
        socket.set_only_v6(!local.ip().is_unspecified())?;
    }
    Ok(socket)
}

/// O socket UDP de uma sessão: no endereço `local` em que o cliente achou este servidor,
/// para que as respostas saiam dele, e sem bloquear.
///
/// # Errors
/// O que o sistema não deixou.
pub fn abrir_udp(local: SocketAddr) -> io::Result<UdpSocket> {
    let mut local = local;
    local.set_ip(local.ip().to_canonical());
    let socket = UdpSocket::bind(local)?;
    ajustar(&socket)?;
    Ok(socket)
}

/// Deixa um socket UDP sem bloquear e com um buffer folgado.
///
/// # Errors
/// O que o sistema não deixou.
pub fn ajustar(socket: &UdpSocket) -> io::Result<()> {
    // Onde não há tanto, fica o que havia: o relato diz quanto é.
    let _ = SockRef::from(socket).set_recv_buffer_size(BUFFER);
    let _ = SockRef::from(socket).set_send_buffer_size(BUFFER);
    socket.set_nonblocking(true)
}

/// O endereço deste computador na rede por onde ele fala com os outros, se está em uma:
/// o que se dá ao cliente. Nada é mandado: ligar um socket UDP só escolhe a rota.
#[must_use]
pub fn endereco_na_rede() -> Option<IpAddr> {
    // Um endereço da documentação (RFC 5737), que não é de computador nenhum.
    let alguem = (Ipv4Addr::new(192, 0, 2, 1), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(alguem).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_porta_em_uso_e_dita_com_a_saida() {
        let ip = Some(Ipv4Addr::LOCALHOST.into());
        let tcp = escutar(ip, 0).unwrap();
        let porta = tcp.local_addr().unwrap().port();
        assert_ne!(porta, 0);
        let frase = escutar(ip, porta).unwrap_err().to_string();
        assert!(frase.contains(&format!("127.0.0.1:{porta}")), "{frase}");
        assert!(frase.contains("--porta 50001"), "{frase}");

        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let porta = udp.local_addr().unwrap().port();
        let frase = escutar(ip, porta).unwrap_err().to_string();
        assert!(frase.contains("já usa essa porta"), "{frase}");
    }

    #[test]
    fn um_endereco_de_outro_computador_nao_serve() {
        // RFC 5737.
        let ip = Some(Ipv4Addr::new(192, 0, 2, 7).into());
        let frase = escutar(ip, 0).unwrap_err().to_string();
        assert!(frase.contains("não é deste computador"), "{frase}");
    }

    #[test]
    fn a_sessao_usa_o_endereco_em_que_foi_achada() {
        let usar = || -> io::Result<()> {
            let escuta = escutar(Some(Ipv4Addr::LOCALHOST.into()), 0).unwrap();
            let local = escuta.local_addr()?;
            let udp = abrir_udp(local)?;
            assert_eq!(udp.local_addr()?, local);
            drop(udp);
            // Um IPv4 que chegou a um socket de IPv6.
            let mapeado: SocketAddr =
                format!("[::ffff:127.0.0.1]:{}", local.port())
                    .parse()
                    .unwrap();
            assert_eq!(abrir_udp(mapeado)?.local_addr()?, local);
            Ok(())
        };
        // Outra prova pode tomar a mesma porta em UDP: aí é com outra.
        assert!((0..TENTATIVAS).any(|_| usar().is_ok()));
    }
}
