//! accept: cada conexão aceita é um socket novo, e o de escuta continua lá.
//!
//! Terminal 1: `cargo run --example accept`
//! Terminal 2: `cargo run --example connect -- 127.0.0.1:50000 2`
//!
//! O programa aceita duas conexões, mostra o endereço das duas pontas de cada
//! socket e espera um Enter para fechar tudo.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;

use anyhow::{Context, Result};
use socket2::{Domain, SockAddr, Socket, Type};
use sockets::descritor;

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
    let escuta = escutar(endereco)
        .with_context(|| format!("não foi possível atender em {endereco}"))?;

    let mut conversas = Vec::new();
    for _ in 0..CONEXOES {
        let (conexao, cliente) =
            aceitar(&escuta).context("não foi possível aceitar a conexão")?;
        println!("accept: ligaram de {}", texto(&cliente));
        mostrar("escuta", &escuta).context("a escuta perdeu o endereço")?;
        mostrar("conexão", &conexao).context("quem ligou já desligou")?;
        conversas.push(em_tcp_stream(conexao));
    }
    sockets::esperar_enter("fechar os três sockets")
}
// ANCHOR_END: principal

fn escutar(endereco: SocketAddr) -> io::Result<Socket> {
    let familia = Domain::for_address(endereco);
    let escuta = Socket::new(familia, Type::STREAM, None)?;
    // No Windows esta opção deixaria outro programa tomar a porta.
    #[cfg(not(windows))]
    escuta.set_reuse_address(true)?;
    escuta.bind(&endereco.into())?;
    escuta.listen(FILA)?;
    println!("Escutando em {}", texto(&escuta.local_addr()?));
    Ok(escuta)
}

// ANCHOR: aceitar
fn aceitar(escuta: &Socket) -> io::Result<(Socket, SockAddr)> {
    println!("accept: esperando alguém ligar...");
    loop {
        // accept(2): fica parado aqui até haver uma conexão pronta na fila.
        match escuta.accept() {
            // Quem estava na fila desistiu, ou um sinal acordou o programa.
            Err(erro) if nao_e_o_fim(&erro) => {}
            resultado => return resultado,
        }
    }
}
// ANCHOR_END: aceitar

fn nao_e_o_fim(erro: &io::Error) -> bool {
    matches!(
        erro.kind(),
        // Quem desistiu: o primeiro no Unix, o segundo no Windows.
        ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
    )
}

// ANCHOR: mostrar
fn mostrar(nome: &str, socket: &Socket) -> io::Result<()> {
    // getsockname(2) e getpeername(2): o que o núcleo anotou nas duas pontas.
    let aqui = texto(&socket.local_addr()?);
    let la = match socket.peer_addr() {
        Ok(par) => texto(&par),
        Err(erro) if erro.kind() == ErrorKind::NotConnected => "ninguém".into(),
        Err(erro) => return Err(erro),
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
