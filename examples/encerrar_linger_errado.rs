//! Linger de zero: o servidor fecha depressa, e a resposta se perde.
//!
//! O servidor escreve cem mil bytes, todos aceitos pelo núcleo, e fecha com
//! `set_linger` de zero. O cliente, que lê devagar, não recebe o resto:
//!
//! `cargo run --example encerrar_linger_errado`

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use socket2::{Domain, SockRef, Socket, Type};

const RESPOSTA: usize = 100_000;

/// O cliente não tem lugar para quase nada: é o que faz de um leitor um leitor
/// lento, sem que ninguém precise esperar.
const BUFFER_DO_CLIENTE: usize = 4096;

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let (cliente, mut servidor) = conectar()?;
    servidor.write_all(&vec![b'x'; RESPOSTA])?;
    println!("servidor: o núcleo aceitou {RESPOSTA} bytes");
    SockRef::from(&servidor).set_linger(Some(Duration::ZERO))?;
    drop(servidor);
    println!("servidor: drop, com linger de zero");
    ler_tudo(cliente);
    Ok(())
}
// ANCHOR_END: principal

/// As duas pontas de uma conexão, a do cliente com um buffer bem pequeno.
fn conectar() -> io::Result<(TcpStream, TcpStream)> {
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let cliente = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    cliente.set_recv_buffer_size(BUFFER_DO_CLIENTE)?;
    cliente.connect(&escuta.local_addr()?.into())?;
    let (servidor, _) = escuta.accept()?;
    // Cabe a resposta inteira: o `write_all` não espera pelo cliente.
    SockRef::from(&servidor).set_send_buffer_size(2 * RESPOSTA)?;
    servidor.set_write_timeout(Some(Duration::from_secs(2)))?;
    Ok((cliente.into(), servidor))
}

/// Lê até o fim do fluxo ou um erro, conta como foi e fecha.
fn ler_tudo(mut cliente: TcpStream) {
    let mut lidos = 0;
    let fim = loop {
        match cliente.read(&mut [0; 1024]) {
            Ok(0) => break "o fim do fluxo".to_string(),
            Ok(n) => lidos += n,
            Err(erro) => break erro.to_string(),
        }
    };
    println!("cliente:  li {lidos} bytes, e depois veio {fim}");
}
