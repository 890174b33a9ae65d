//! O endereço do outro lado: o que serve, o que não serve e onde escutar por ele.

use std::io;
use std::net::{
    IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket,
};

use anyhow::{Result, anyhow};

use crate::{ErroDeUso, visivel};

/// Com quem se fala e onde se escuta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enderecos {
    /// O outro programa.
    pub par: SocketAddr,
    /// Este programa. Só este computador o alcança se o par também está nele por
    /// um endereço de loopback; senão, qualquer interface, na família do par.
    pub local: SocketAddr,
}

/// Descobre os dois endereços, com o que a pessoa pôs em `--ip`: um IPv4, um IPv6
/// (com o escopo, `fe80::1%eth0`, se for de enlace) ou um nome. De um nome com
/// vários endereços vale o primeiro IPv4.
///
/// # Errors
/// [`ErroDeUso`] quando não se conversa com esse endereço; outro erro quando o nome
/// não se resolve. Os dois dizem o que fazer.
pub fn descobrir(ip: &str, porta: u16, porta_local: u16) -> Result<Enderecos> {
    let par = resolver(ip, porta)?;
    if let Some(motivo) = nao_serve(&par) {
        let ip = par.ip();
        Err(ErroDeUso::novo(format!(
            "não dá para conversar com {ip}: {motivo}"
        )))?;
    }
    let local = onde_escutar(&par, porta_local);
    if par.port() == porta_local && e_desta_maquina(&par) {
        Err(ErroDeUso::novo(format!(
            "{par} é este mesmo programa: o IP é deste computador e a porta é a \
             sua. Dê o IP do outro computador; para abrir dois chats neste, dê uma \
             porta a cada um: --porta-local {porta_local} --porta {} em um e --porta-local \
             {0} --porta {porta_local} no outro",
            porta_vizinha(porta_local, par.port())
        )))?;
    }
    Ok(Enderecos { par, local })
}

/// Uma porta para sugerir no lugar de `porta`, que não é também a `outra`.
#[must_use]
pub fn porta_vizinha(porta: u16, outra: u16) -> u16 {
    let acima = (porta..=u16::MAX).skip(1);
    let abaixo = (1..porta).rev();
    let livre = acima.chain(abaixo).find(|vizinha| *vizinha != outra);
    livre.unwrap_or(porta)
}

// ANCHOR: resolver
fn resolver(ip: &str, porta: u16) -> Result<SocketAddr> {
    // Em URLs, o IPv6 vai entre colchetes; aqui tanto faz.
    let sem_colchetes = ip
        .strip_prefix('[')
        .and_then(|resto| resto.strip_suffix(']'));
    let nome = sem_colchetes.unwrap_or(ip);
    conferir_ipv4(nome)?;
    // getaddrinfo(3): entende também o escopo do IPv6 e o nome das máquinas.
    let achados: Vec<SocketAddr> = (nome, porta)
        .to_socket_addrs()
        .map_err(|erro| sem_endereco(ip, Some(&erro)))?
        .collect();
    let ipv4 = achados.iter().find(|achado| achado.is_ipv4());
    let achado = ipv4.or(achados.first());
    let mut achado = *achado.ok_or_else(|| sem_endereco(ip, None))?;
    // ::ffff:192.168.0.12 é um IPv4 escrito como IPv6.
    if let IpAddr::V4(ipv4) = achado.ip().to_canonical() {
        achado.set_ip(ipv4.into());
    }
    Ok(achado)
}
// ANCHOR_END: resolver

/// Recusa o que parece um IPv4 e não é um: por herança, getaddrinfo(3) entende
/// `192.168.0` como 192.168.0.0 e `010.0.0.1` como 8.0.0.1 (`inet_aton(3)`). Um
/// nome nunca acaba em número (*URL Standard*, *ends in a number*).
fn conferir_ipv4(nome: &str) -> Result<(), ErroDeUso> {
    let ultima = nome.rsplit('.').find(|parte| !parte.is_empty());
    let numero = ultima.is_some_and(|parte| {
        let hexadecimal =
            parte.get(..2) == Some("0x") || parte.get(..2) == Some("0X");
        hexadecimal || parte.bytes().all(|b| b.is_ascii_digit())
    });
    if !numero || nome.contains(':') || nome.parse::<Ipv4Addr>().is_ok() {
        return Ok(());
    }
    Err(ErroDeUso::novo(format!(
        "«{}» não é um IPv4: são quatro números de 0 a 255, sem zeros à esquerda, \
         como em 192.168.0.12",
        visivel(nome.as_bytes())
    )))
}

fn sem_endereco(ip: &str, causa: Option<&io::Error>) -> anyhow::Error {
    let ip = visivel(ip.as_bytes());
    if let Some((endereco, porta)) = separar_a_porta(&ip) {
        return ErroDeUso::novo(format!(
            "«{ip}» tem uma porta: em --ip vai só o endereço, e a porta em outra \
             opção: --ip {endereco} --porta {porta}"
        ))
        .into();
    }
    let causa = causa.map(|causa| format!(" ({causa})")).unwrap_or_default();
    anyhow!(
        "não foi possível descobrir o endereço de «{ip}»{causa}. Confira como está \
         escrito e se há rede, ou dê em --ip o número: 192.168.0.12, por exemplo"
    )
}

/// O endereço e a porta de quem escreveu os dois juntos.
fn separar_a_porta(ip: &str) -> Option<(&str, u16)> {
    let (endereco, porta) = ip.rsplit_once(':')?;
    let endereco = endereco.trim_matches(['[', ']']);
    let tem_cara = |e: &str| !e.contains(':') || e.parse::<IpAddr>().is_ok();
    let porta = porta.parse().ok()?;
    (!endereco.is_empty() && tem_cara(endereco)).then_some((endereco, porta))
}

// ANCHOR: nao-serve
/// Por que não se conversa com `par`, e o que fazer.
fn nao_serve(par: &SocketAddr) -> Option<&'static str> {
    let ip = par.ip();
    if ip.is_unspecified() {
        return Some(
            "é «qualquer interface», de quem escuta. Dê o IP do outro computador, \
             ou 127.0.0.1 se ele é este",
        );
    }
    if ip.is_multicast() || ip == Ipv4Addr::BROADCAST {
        return Some(
            "é de muitos computadores ao mesmo tempo. Dê o IP de um só, o do \
             outro computador",
        );
    }
    if let SocketAddr::V6(par) = par
        && par.ip().is_unicast_link_local()
        && par.scope_id() == 0
    {
        return Some(
            "vale em qualquer rede a que este computador esteja ligado, e falta \
             dizer em qual. Ponha a interface depois de um %, como em \
             fe80::1%eth0 (no Windows, o número dela: fe80::1%12)",
        );
    }
    None
}
// ANCHOR_END: nao-serve

fn onde_escutar(par: &SocketAddr, porta: u16) -> SocketAddr {
    let ip: IpAddr = match (par, par.ip().is_loopback()) {
        (SocketAddr::V4(_), true) => Ipv4Addr::LOCALHOST.into(),
        (SocketAddr::V4(_), false) => Ipv4Addr::UNSPECIFIED.into(),
        (SocketAddr::V6(_), true) => Ipv6Addr::LOCALHOST.into(),
        (SocketAddr::V6(_), false) => Ipv6Addr::UNSPECIFIED.into(),
    };
    (ip, porta).into()
}

/// Só um endereço deste computador se associa a um socket dele: `bind(2)` recusa os
/// outros com `EADDRNOTAVAIL`. A porta 0, qualquer uma, nunca está em uso.
fn e_desta_maquina(par: &SocketAddr) -> bool {
    let mut endereco = *par;
    endereco.set_port(0);
    UdpSocket::bind(endereco).is_ok()
}

#[cfg(test)]
mod testes {
    use super::*;

    fn enderecos(ip: &str) -> Enderecos {
        descobrir(ip, 50001, 50000).unwrap()
    }

    fn recusa(ip: &str) -> String {
        let erro = descobrir(ip, 50001, 50000).unwrap_err();
        assert!(erro.is::<ErroDeUso>(), "{ip}: {erro:#}");
        erro.to_string()
    }

    #[test]
    fn o_par_em_loopback_so_e_escutado_em_loopback() {
        for (ip, par, local) in [
            ("127.0.0.1", "127.0.0.1:50001", "127.0.0.1:50000"),
            ("127.0.0.9", "127.0.0.9:50001", "127.0.0.1:50000"),
            ("::1", "[::1]:50001", "[::1]:50000"),
            ("[::1]", "[::1]:50001", "[::1]:50000"),
            ("192.0.2.7", "192.0.2.7:50001", "0.0.0.0:50000"),
            ("::ffff:192.0.2.7", "192.0.2.7:50001", "0.0.0.0:50000"),
            ("2001:db8::7", "[2001:db8::7]:50001", "[::]:50000"),
        ] {
            let (par, local) = (par.parse().unwrap(), local.parse().unwrap());
            assert_eq!(enderecos(ip), Enderecos { par, local }, "{ip}");
        }
    }

    #[test]
    fn um_nome_serve() {
        assert!(enderecos("localhost").par.ip().is_loopback());
    }

    #[test]
    fn o_que_nao_e_de_um_computador_so_e_recusado() {
        for ip in ["0.0.0.0", "::", "::ffff:0.0.0.0"] {
            let recusa = recusa(ip);
            assert!(recusa.contains("qualquer interface"), "{ip}: {recusa}");
        }
        for ip in ["224.0.0.1", "ff02::1", "255.255.255.255"] {
            let recusa = recusa(ip);
            assert!(recusa.contains("o IP de um só"), "{ip}: {recusa}");
        }
    }

    #[test]
    fn um_ipv4_pela_metade_nao_vira_outro() {
        for ip in [
            "0",
            "1",
            "192.168.0",
            "192.168.0.300",
            "010.0.0.1",
            "0x7f.1",
            "192.168.0.0xC",
            "1.2.3.4.5",
            "192.168..12",
        ] {
            let recusa = recusa(ip);
            assert!(recusa.contains("quatro números"), "{ip}: {recusa}");
        }
        for nome in ["a.b.c", "192.168.0.12.nip.invalid", "0xyz.invalid"] {
            assert!(conferir_ipv4(nome).is_ok(), "{nome}");
        }
    }

    #[test]
    fn um_endereco_de_enlace_precisa_da_interface() {
        assert!(recusa("fe80::1").contains("fe80::1%eth0"));
    }

    /// No Linux a interface de loopback é sempre a 1, de nome `lo`.
    #[test]
    #[cfg(target_os = "linux")]
    fn o_escopo_do_ipv6_e_entendido() {
        for ip in ["fe80::7%lo", "fe80::7%1", "[fe80::7%lo]"] {
            let SocketAddr::V6(par) = enderecos(ip).par else {
                panic!("{ip} não deu IPv6");
            };
            assert_eq!((par.scope_id(), par.port()), (1, 50001), "{ip}");
        }
        let erro = descobrir("fe80::7%nenhuma", 1, 2).unwrap_err();
        assert!(erro.to_string().contains("«fe80::7%nenhuma»"), "{erro}");
    }

    #[test]
    fn o_proprio_programa_nao_e_um_par() {
        for ip in ["127.0.0.1", "127.0.0.2", "localhost"] {
            let erro = descobrir(ip, 50000, 50000).unwrap_err();
            assert!(erro.is::<ErroDeUso>(), "{erro:#}");
            let erro = erro.to_string();
            assert!(
                erro.contains("--porta-local 50000 --porta 50001 em um")
                    && erro.contains("--porta-local 50001 --porta 50000 no"),
                "{erro}"
            );
            assert!(descobrir(ip, 50001, 50000).is_ok());
        }
        // Um endereço da documentação (RFC 5737) não é de computador nenhum.
        assert!(descobrir("192.0.2.7", 50000, 50000).is_ok());
    }

    #[test]
    fn a_porta_junto_do_endereco_e_explicada() {
        for (ip, conselho) in [
            ("127.0.0.1:50001", "--ip 127.0.0.1 --porta 50001"),
            ("[::1]:7", "--ip ::1 --porta 7"),
        ] {
            assert!(recusa(ip).contains(conselho), "{ip}");
        }
    }

    #[test]
    fn um_nome_que_nao_existe_nao_e_erro_de_uso() {
        let erro = descobrir("nao-existe.invalid", 1, 2).unwrap_err();
        assert!(!erro.is::<ErroDeUso>(), "{erro:#}");
        let frase = erro.to_string();
        assert!(frase.contains("«nao-existe.invalid»"), "{frase}");
        assert!(frase.contains("Confira"), "{frase}");
    }

    #[test]
    fn ha_sempre_uma_porta_a_sugerir() {
        assert_eq!(porta_vizinha(50000, 50000), 50001);
        assert_eq!(porta_vizinha(50000, 50001), 50002);
        assert_eq!(porta_vizinha(u16::MAX, 7), u16::MAX - 1);
        assert_eq!(porta_vizinha(u16::MAX, u16::MAX - 1), u16::MAX - 2);
    }
}
