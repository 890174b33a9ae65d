//! O que se diz a quem abriu o servidor: o endereço, e o desenho que o celular lê.

use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr, UdpSocket};

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use crate::dizer;

/// Preto sobre branco, sejam quais forem as cores do terminal.
const TINTA: &str = "\x1b[38;5;16;48;5;231m";
const SEM_TINTA: &str = "\x1b[0m";

/// Diz onde o livro está.
pub fn anunciar(escuta: SocketAddr, ao_vivo: bool) {
    let diga = |linha: &str| dizer(io::stdout(), linha);
    let enderecos = if escuta.ip().is_unspecified() {
        desta_maquina(escuta.is_ipv6())
    } else {
        vec![escuta.ip()]
    };
    for ip in &enderecos {
        diga(&format!("Servindo em {}", url(*ip, escuta.port())));
    }
    match enderecos.first() {
        None => {
            let local = url(local(escuta), escuta.port());
            diga(&format!("Servindo em {local}"));
            diga("Esta máquina não está em rede nenhuma: só ela mesma chega ao livro.");
        }
        Some(primeiro) if !primeiro.is_loopback() => {
            if io::stdout().is_terminal() {
                // O desenho vai inteiro ou não vai; sem ele, fica o endereço.
                let _ = desenhar(&url(*primeiro, escuta.port()));
            }
            diga("Qualquer um na rede pode ler o livro enquanto este programa roda.");
            if ao_vivo {
                diga("As páginas se recarregam em todos os computadores, e mostram os problemas.");
            }
        }
        Some(_) => {}
    }
    diga("Salve uma página, e o livro se remonta sozinho. Ctrl-C encerra.");
}

fn local(escuta: SocketAddr) -> IpAddr {
    if escuta.is_ipv6() {
        std::net::Ipv6Addr::LOCALHOST.into()
    } else {
        std::net::Ipv4Addr::LOCALHOST.into()
    }
}

fn url(ip: IpAddr, porta: u16) -> String {
    format!("http://{}/", SocketAddr::new(ip, porta))
}

/// Os endereços pelos quais outros chegam a esta máquina, primeiro o da rota comum.
fn desta_maquina(com_ipv6: bool) -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut enderecos: Vec<_> = interfaces.iter().map(if_addrs::Interface::ip).collect();
    enderecos.retain(|ip| match ip {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local(),
        IpAddr::V6(ip) => com_ipv6 && !ip.is_loopback() && !ip.is_unicast_link_local(),
    });
    let comum = da_rota_comum();
    enderecos.sort_by_key(|ip| (Some(*ip) != comum, ip.is_ipv6()));
    enderecos.dedup();
    enderecos
}

/// O endereço com que esta máquina sairia para a rede. Ligar um socket UDP escolhe a
/// rota e não manda nada.
fn da_rota_comum() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Uma rede reservada para documentação (RFC 5737): ninguém a tem.
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn desenhar(url: &str) -> io::Result<()> {
    let Ok(codigo) = QrCode::with_error_correction_level(url, EcLevel::L) else {
        return Ok(());
    };
    let mut saida = io::stdout().lock();
    // Na fonte do terminal a letra é a tinta: o quadrado escuro é o que se escreve.
    let desenho = codigo
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Dark)
        .light_color(Dense1x2::Light)
        .build();
    writeln!(saida)?;
    for linha in desenho.lines() {
        writeln!(saida, "  {TINTA}{linha}{SEM_TINTA}")?;
    }
    writeln!(saida)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn nenhum_endereco_anunciado_e_o_de_todos() {
        for ip in desta_maquina(true) {
            assert!(!ip.is_unspecified() && !ip.is_loopback(), "{ip}");
        }
        assert_eq!(url("::1".parse().unwrap(), 80), "http://[::1]:80/");
    }
}
