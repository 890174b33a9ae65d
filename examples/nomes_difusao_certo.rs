//! Um datagrama para todos os que estão na rede: a difusão.
//!
//! Terminais 1 e 2: `cargo run --example nomes_difusao_certo -- ouvir`
//! Terminal 3: `cargo run --example nomes_difusao_certo -- falar`
//!
//! O IP de quem fala é o de difusão da rede (`ip address` o mostra, depois de
//! brd); sem ele, o do loopback. O de quem ouve é onde ele atende.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};
use sockets::nomes;

/// Todos os que estão no loopback: o último endereço da rede 127.0.0.0/8.
const TODOS: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

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
    let ip: Option<Ipv4Addr> = match argumentos.texto(1) {
        None => None,
        Some(texto) => Some(texto.parse().map_err(|_| {
            argumentos.erro("o segundo argumento é um IP, de IPv4")
        })?),
    };
    let prazo = Duration::from_secs(argumentos.numero(2, 60, 1, 3600)?);
    match argumentos.texto(0) {
        Some("ouvir") => {
            let onde = ip.unwrap_or(Ipv4Addr::UNSPECIFIED);
            ouvir((onde, porta).into(), prazo)
        }
        Some("falar") => falar((ip.unwrap_or(TODOS), porta).into()),
        _ => Err(argumentos.erro("o primeiro argumento é ouvir ou falar"))?,
    }
}

// ANCHOR: falar
fn falar(todos: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .context("não foi possível abrir o socket")?;
    // setsockopt(2), SO_BROADCAST: sim, é para todos, e é de propósito.
    socket.set_broadcast(true)?;
    socket
        .send_to(b"tem alguem ai?", todos)
        .with_context(|| format!("não foi possível mandar a {todos}"))?;
    println!("Mandei a {todos}");
    Ok(())
}
// ANCHOR_END: falar

// ANCHOR: ouvir
fn ouvir(onde: SocketAddr, prazo: Duration) -> Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
    // Para que dois ouvintes caibam na mesma porta deste computador.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket
        .bind(&onde.into())
        .with_context(|| format!("não foi possível ouvir em {onde}"))?;
    println!("Ouvindo em {onde} por {} s", prazo.as_secs());
    let mostrar = |de: SocketAddr, bytes: &[u8]| {
        println!("{de}: {}", sockets::visivel(bytes));
    };
    let ouvidos = nomes::ouvir(&socket.into(), prazo, MAXIMO, mostrar)
        .context("o socket parou de receber")?;
    println!("Parei: ouvi {ouvidos}.");
    Ok(())
}
// ANCHOR_END: ouvir
