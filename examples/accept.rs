//! accept: cada conexão aceita é um socket novo, e o de escuta continua lá.
//!
//! Terminal 1: `cargo run --example accept`
//! Terminal 2: `cargo run --example connect -- 127.0.0.1:50000 2`
//!
//! O programa aceita duas conexões, mostra o endereço das duas pontas de cada
//! socket e espera um Enter para fechar tudo.

use std::io::{self, BufRead, ErrorKind};
use std::net::{SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::fd::{AsRawFd, RawFd};
#[cfg(windows)]
use std::os::windows::io::{AsRawSocket, RawSocket};
use std::process::ExitCode;

use anyhow::{Context, Result};
use socket2::{Domain, SockAddr, Socket, Type};

/// Quantas conexões o programa aceita antes de parar para você olhar.
const CONEXOES: usize = 2;

/// Quantos podem esperar na fila; é o número que a std usa.
const FILA: i32 = 128;

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let endereco = sockets::Argumentos::ler(&["HOST:PORTA"])?.endereco()?;
    let escuta = escutar(endereco)?;
    println!("Escutando em {}", texto(&escuta.local_addr()?));

    let mut conversas = Vec::new();
    for _ in 0..CONEXOES {
        let (conexao, cliente) = aceitar(&escuta)?;
        println!("accept: ligaram de {}", texto(&cliente));
        mostrar("escuta", &escuta)?;
        mostrar("conexão", &conexao)?;
        conversas.push(em_tcp_stream(conexao));
    }
    esperar_enter("fechar os três sockets")
}
// ANCHOR_END: principal

fn escutar(endereco: SocketAddr) -> Result<Socket> {
    let escuta = Socket::new(Domain::for_address(endereco), Type::STREAM, None)
        .context("não foi possível criar o socket")?;
    // No Windows esta opção deixaria outro programa tomar a porta.
    #[cfg(not(windows))]
    escuta.set_reuse_address(true)?;
    escuta
        .bind(&endereco.into())
        .with_context(|| format!("não foi possível atender em {endereco}"))?;
    escuta.listen(FILA).context("não foi possível escutar")?;
    Ok(escuta)
}

// ANCHOR: aceitar
fn aceitar(escuta: &Socket) -> Result<(Socket, SockAddr)> {
    println!("accept: esperando alguém ligar...");
    // accept(2): fica parado aqui até haver uma conexão pronta na fila.
    escuta
        .accept()
        .context("não foi possível aceitar a conexão")
}
// ANCHOR_END: aceitar

// ANCHOR: mostrar
fn mostrar(nome: &str, socket: &Socket) -> Result<()> {
    // getsockname(2) e getpeername(2): o que o núcleo anotou nas duas pontas.
    let aqui = texto(&socket.local_addr()?);
    let la = match socket.peer_addr() {
        Ok(par) => texto(&par),
        Err(erro) if erro.kind() == ErrorKind::NotConnected => "ninguém".into(),
        Err(erro) => return Err(erro).context("quem ligou já desligou"),
    };
    println!("  {nome} {}: aqui {aqui}, lá {la}", descritor(socket));
    Ok(())
}
// ANCHOR_END: mostrar

// ANCHOR: into
fn em_tcp_stream(conexao: Socket) -> TcpStream {
    // Nenhuma chamada de sistema: o mesmo descritor troca de tipo.
    let conversa: TcpStream = conexao.into();
    println!("  TcpStream {}: o mesmo socket", descritor(&conversa));
    conversa
}
// ANCHOR_END: into

fn texto(endereco: &SockAddr) -> String {
    endereco
        .as_socket()
        .map_or("(sem IP)".into(), |endereco| endereco.to_string())
}

#[cfg(unix)]
fn descritor(socket: &impl AsRawFd) -> RawFd {
    socket.as_raw_fd()
}

#[cfg(windows)]
fn descritor(socket: &impl AsRawSocket) -> RawSocket {
    socket.as_raw_socket()
}

fn esperar_enter(para_que: &str) -> Result<()> {
    println!("Tecle Enter para {para_que}.");
    io::stdin().lock().skip_until(b'\n')?;
    Ok(())
}
