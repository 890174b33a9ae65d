//! Um servidor em um endereço, chamado por três endereços deste computador.
//!
//! `cargo run --example nomes_interface -- 127.0.0.1` só é achado por um deles;
//! `cargo run --example nomes_interface -- 0.0.0.0`, por todos os de IPv4.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

const PRAZO: Duration = Duration::from_secs(1);

/// O segundo faz o papel do endereço que a rede conhece: no Linux e no Windows
/// tudo que começa com 127 é deste computador.
const CHAMADOS: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["IP"])?;
    let ip: IpAddr = match argumentos.texto(0) {
        None => Ipv4Addr::LOCALHOST.into(),
        Some(texto) => texto
            .parse()
            .map_err(|_| argumentos.erro("o argumento é um IP"))?,
    };
    let servidor = TcpListener::bind((ip, 0))
        .with_context(|| format!("não foi possível escutar em {ip}"))?;
    let atende = servidor.local_addr()?;
    println!("O servidor atende em {}.", atende.ip());

    for chamado in CHAMADOS {
        let destino = (chamado, atende.port()).into();
        match TcpStream::connect_timeout(&destino, PRAZO) {
            Ok(_) => println!("  por {chamado}: atendido"),
            Err(erro) => println!("  por {chamado}: {erro}"),
        }
    }
    Ok(())
}
// ANCHOR_END: principal
