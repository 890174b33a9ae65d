//! connect: ligar para um servidor, e as três respostas que podem vir.
//!
//! Terminal 1: `cargo run --example accept`
//! Terminal 2: `cargo run --example connect`
//!
//! O segundo argumento diz quantas conexões abrir, uma depois da outra. Todas
//! ficam abertas até você apertar Enter.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use socket2::{Domain, Socket, Type};

/// Quanto esperar pela resposta. Sem isto quem decide é o sistema, em minutos.
const PRAZO: Duration = Duration::from_secs(3);

/// Para um número digitado errado não gastar os descritores do computador.
const MAXIMO: u64 = 100;

fn main() -> ExitCode {
    sockets::executar(principal)
}

// ANCHOR: principal
fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "QUANTAS"])?;
    let endereco = argumentos.destino()?;
    let quantas = argumentos.numero(1, 1, 1, MAXIMO)?;

    let mut conexoes = Vec::new();
    for _ in 0..quantas {
        println!("Ligando para {endereco}...");
        let socket = criar_socket(endereco)?;
        conectar(&socket, endereco)?;
        mostrar_pontas(&socket)
            .context("o outro lado desligou logo depois de atender")?;
        conexoes.push(socket);
    }
    sockets::esperar_enter("desligar")
}
// ANCHOR_END: principal

fn criar_socket(endereco: SocketAddr) -> Result<Socket> {
    Socket::new(Domain::for_address(endereco), Type::STREAM, None)
        .context("não foi possível criar o socket")
}

// ANCHOR: conectar
fn conectar(socket: &Socket, endereco: SocketAddr) -> Result<()> {
    let inicio = Instant::now();
    // connect(2), sem bloquear, e depois poll(2) até a resposta ou o prazo.
    let resultado = socket.connect_timeout(&endereco.into(), PRAZO);
    println!("connect voltou em {}", milissegundos(inicio.elapsed()));
    resultado
        .with_context(|| format!("não foi possível conectar a {endereco}"))?;
    // Sem servidor, o sistema pode dar ao socket a própria porta procurada.
    let ha_servidor = socket.local_addr().ok() != socket.peer_addr().ok();
    ensure!(ha_servidor, "ninguém em {endereco}: liguei para mim mesmo");
    Ok(())
}
// ANCHOR_END: conectar

// ANCHOR: pontas
fn mostrar_pontas(socket: &Socket) -> io::Result<()> {
    let aqui = socket.local_addr()?.as_socket();
    let la = socket.peer_addr()?.as_socket();
    if let (Some(aqui), Some(la)) = (aqui, la) {
        println!("Conectado: aqui {aqui}, lá {la}");
    }
    Ok(())
}
// ANCHOR_END: pontas

fn milissegundos(duracao: Duration) -> String {
    format!("{:.1} ms", duracao.as_secs_f64() * 1000.0).replace('.', ",")
}
