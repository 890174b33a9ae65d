//! Enche a fila de um socket de escuta antes de atender alguém.
//!
//! Terminal 1, com uma fila de 1 (sem o número, ela é de 128):
//! `cargo run --example listen -- 127.0.0.1:50000 1`
//!
//! Terminal 2, no Linux, enquanto o primeiro espera o Enter:
//! `ss -ltn 'sport = :50000'`

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use socket2::{Domain, Socket, Type};

/// Quanto um cliente espera por quem não responde.
const PRAZO: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "FILA"])?;
    let fila = argumentos.numero(1, 128, 0, 4096)?;
    let pedido = argumentos.destino()?;
    let (socket, endereco) = associar(pedido)
        .with_context(|| format!("não foi possível usar {pedido}"))?;

    chegar("antes do listen", endereco);
    let escuta = escutar(socket, i32::try_from(fila)?)?;
    println!("Escutando em {endereco}, com fila de {fila}.");

    let nomes = ["cliente 1", "cliente 2", "cliente 3"];
    let clientes = nomes.map(|nome| chegar(nome, endereco));
    ensure!(clientes.iter().any(Option::is_some), "ninguém na fila");

    sockets::esperar_enter("chamar accept")?;
    let _conexao = atender(&escuta)?;
    chegar("cliente 4", endereco);
    Ok(())
}
// ANCHOR_END: principal

fn associar(endereco: SocketAddr) -> io::Result<(Socket, SocketAddr)> {
    let familia = Domain::for_address(endereco);
    let socket = Socket::new(familia, Type::STREAM, None)?;
    // No Windows a mesma opção deixaria outro programa tomar a porta.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&endereco.into())?;
    let local = socket.local_addr()?.as_socket().unwrap_or(endereco);
    Ok((socket, local))
}

// ANCHOR: escutar
fn escutar(socket: Socket, fila: i32) -> Result<TcpListener> {
    // Chamada de sistema: listen(2).
    socket.listen(fila).context("não foi possível escutar")?;
    Ok(socket.into()) // o mesmo socket, com o nome que ele tem na std
}
// ANCHOR_END: escutar

// ANCHOR: chegar
fn chegar(nome: &str, endereco: SocketAddr) -> Option<TcpStream> {
    match TcpStream::connect_timeout(&endereco, PRAZO) {
        Ok(cliente) => {
            let porta = cliente.local_addr().map_or(0, |local| local.port());
            println!("{nome}: conectado, da porta {porta}");
            return Some(cliente);
        }
        Err(erro) if erro.kind() == ErrorKind::TimedOut => {
            println!("{nome}: sem resposta em {PRAZO:?}");
        }
        Err(erro) => println!("{nome}: {erro}"),
    }
    None
}
// ANCHOR_END: chegar

fn atender(escuta: &TcpListener) -> Result<TcpStream> {
    // Chamada de sistema: accept(2). Há gente na fila: volta na hora.
    let (conexao, par) = escuta.accept().context("não foi possível atender")?;
    println!("accept: tirei da fila o da porta {}", par.port());
    Ok(conexao)
}
