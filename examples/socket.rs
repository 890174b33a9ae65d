//! Pede quatro sockets ao sistema e mostra o que ele entregou.
//!
//! Em um terminal: `cargo run --example socket`
//!
//! O argumento `tcp` ou `udp` impõe o protocolo, em vez de deixar a escolha
//! para o sistema. Nem todo tipo de socket aceita qualquer protocolo.

use std::process::ExitCode;

use anyhow::{Context, Result};
use socket2::{Domain, Protocol, Socket, Type};
use sockets::descritor;

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let protocolo = ler_protocolo()?;

    let tcp = criar(Domain::IPV4, Type::STREAM, protocolo)?;
    let _udp = criar(Domain::IPV4, Type::DGRAM, protocolo)?;
    let _tcp6 = criar(Domain::IPV6, Type::STREAM, protocolo)?;
    let _udp6 = criar(Domain::IPV6, Type::DGRAM, protocolo)?;

    mostrar_pontas(&tcp);
    println!("Devolvo o descritor {} ao sistema.", descritor(&tcp));
    drop(tcp); // Chamada de sistema: close(2).
    criar(Domain::IPV4, Type::STREAM, protocolo)?;
    Ok(())
}
// ANCHOR_END: principal

// ANCHOR: criar
fn criar(
    familia: Domain,             // AF_INET ou AF_INET6
    tipo: Type,                  // SOCK_STREAM ou SOCK_DGRAM
    protocolo: Option<Protocol>, // None: o sistema escolhe, pelo tipo
) -> Result<Socket> {
    let pedido = format!("{familia:?} + {tipo:?}");
    // Chamada de sistema: socket(2).
    let socket = Socket::new(familia, tipo, protocolo)
        .with_context(|| format!("não foi possível criar {pedido}"))?;
    println!("{pedido}: descritor {}", descritor(&socket));
    Ok(socket)
}
// ANCHOR_END: criar

// ANCHOR: pontas
fn mostrar_pontas(socket: &Socket) {
    println!("As duas pontas do descritor {}:", descritor(socket));
    // Sem endereço, o Linux responde com a porta 0 e o Windows com um erro.
    match socket.local_addr().ok().and_then(|local| local.as_socket()) {
        Some(local) if local.port() != 0 => println!("  deste lado: {local}"),
        _ => println!("  deste lado: nenhum endereço"),
    }
    match socket.peer_addr() {
        Ok(par) => println!("  do outro lado: {par:?}"),
        Err(erro) => println!("  do outro lado: {erro}"),
    }
}
// ANCHOR_END: pontas

fn ler_protocolo() -> Result<Option<Protocol>> {
    let argumentos = sockets::Argumentos::ler(&["PROTOCOLO"])?;
    match argumentos.texto(0) {
        None => Ok(None),
        Some("tcp") => Ok(Some(Protocol::TCP)),
        Some("udp") => Ok(Some(Protocol::UDP)),
        Some(_) => Err(argumentos.erro("o protocolo é tcp ou udp"))?,
    }
}
