//! Um datagrama para quem entrou no grupo: o multicast.
//!
//! Terminais 1 e 2: `cargo run --example nomes_multicast_certo -- ouvir`
//! Terminal 3: `cargo run --example nomes_multicast_certo -- falar`
//!
//! O IP é o deste computador na rede em que se quer ouvir ou falar; sem ele, o
//! do loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};
use sockets::nomes;

/// 239.255.0.0/16 é das redes locais (RFC 2365 §6.1).
const GRUPO: Ipv4Addr = Ipv4Addr::new(239, 255, 42, 7);

/// Quem fala pode não parar; quem ouve para.
const MAXIMO: usize = 100;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["ouvir|falar", "IP", "SEGUNDOS"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let porta =
        sockets::porta_do_ambiente().map_err(|erro| argumentos.erro(&erro))?;
    let interface: Ipv4Addr = argumentos
        .texto(1)
        .unwrap_or("127.0.0.1")
        .parse()
        .map_err(|_| argumentos.erro("o segundo argumento é um IP, de IPv4"))?;
    let prazo = Duration::from_secs(argumentos.numero(2, 60, 1, 3600)?);
    match argumentos.texto(0) {
        Some("ouvir") => ouvir(porta, interface, prazo),
        Some("falar") => falar(porta, interface),
        _ => Err(argumentos.erro("o primeiro argumento é ouvir ou falar"))?,
    }
}

// ANCHOR: falar
fn falar(porta: u16, interface: Ipv4Addr) -> Result<()> {
    let grupo = SocketAddr::from((GRUPO, porta));
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    // Por onde sai; sem isto, por onde for o caminho padrão, se houver.
    socket.set_multicast_if_v4(&interface)?;
    // Quantos roteadores pode atravessar, menos um: nenhum.
    socket.set_multicast_ttl_v4(1)?;
    socket
        .send_to(b"tem alguem ai?", &grupo.into())
        .with_context(|| format!("não foi possível mandar a {grupo}"))?;
    println!("Mandei a {grupo}");
    Ok(())
}
// ANCHOR_END: falar

// ANCHOR: ouvir
fn ouvir(porta: u16, interface: Ipv4Addr, prazo: Duration) -> Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    // Para que dois ouvintes caibam na mesma porta deste computador.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    // No endereço do grupo só chega o que é do grupo; o Windows não o aceita.
    let ip = if cfg!(windows) {
        Ipv4Addr::UNSPECIFIED
    } else {
        GRUPO
    };
    socket
        .bind(&SocketAddr::from((ip, porta)).into())
        .with_context(|| format!("não foi possível ouvir em {ip}:{porta}"))?;
    // setsockopt(2), IP_ADD_MEMBERSHIP: entra no grupo, por esta interface.
    socket
        .join_multicast_v4(&GRUPO, &interface)
        .with_context(|| format!("não foi possível entrar por {interface}"))?;
    println!(
        "No grupo {GRUPO}, por {interface}, por {} s",
        prazo.as_secs()
    );
    let mostrar = |de: SocketAddr, bytes: &[u8]| {
        println!("{de}: {}", sockets::visivel(bytes));
    };
    let ouvidos = nomes::ouvir(&socket.into(), prazo, MAXIMO, mostrar)
        .context("o socket parou de receber")?;
    println!("Parei: ouvi {ouvidos}.");
    Ok(())
}
// ANCHOR_END: ouvir
