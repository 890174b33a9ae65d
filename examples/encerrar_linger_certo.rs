//! Sem linger: quem fecha não apressa ninguém, e a resposta chega inteira.
//!
//! Os mesmos cem mil bytes de `encerrar_linger_errado`, e o mesmo cliente que lê
//! devagar. O servidor diz que acabou e espera que o cliente feche:
//!
//! `cargo run --example encerrar_linger_certo`

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use socket2::{Domain, SockRef, Socket, Type};

const RESPOSTA: usize = 100_000;

/// O cliente não tem lugar para quase nada: é o que faz de um leitor um leitor
/// lento, sem que ninguém precise esperar.
const BUFFER_DO_CLIENTE: usize = 4096;

const PRAZO: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    sockets::Argumentos::ler(&[])?;
    let (cliente, mut servidor) = conectar()?;
    servidor.write_all(&vec![b'x'; RESPOSTA])?;
    println!("servidor: o núcleo aceitou {RESPOSTA} bytes");
    servidor.shutdown(Shutdown::Write)?;
    println!("servidor: shutdown(Write)");
    ler_tudo(cliente);
    let resto = servidor
        .read(&mut [0])
        .context("o cliente não disse se leu tudo")?;
    ensure!(resto == 0, "o cliente ainda falava");
    println!("servidor: o cliente fechou sem reclamar; drop");
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
    servidor.set_write_timeout(Some(PRAZO))?;
    servidor.set_read_timeout(Some(PRAZO))?;
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
