//! O outro lado sumiu sem dizer nada, e este descobre.
//!
//! O mesmo que `encerrar_cabo_errado`, com três guardas: o keepalive acha o cabo
//! arrancado enquanto nada se envia, o limite do TCP o acha enquanto se envia, e
//! o prazo de leitura acha o programa travado, que os outros dois não acham:
//!
//! `cargo run --example servidor`
//! `cargo run --example encerrar_cabo_certo`
//!
//! Os outros argumentos são o intervalo das sondas e o prazo, em segundos:
//! `cargo run --example encerrar_cabo_certo -- 127.0.0.1:50000 10 60`

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Error, Result};
use socket2::{SockRef, TcpKeepalive};

const PRAZO_PARA_LIGAR: Duration = Duration::from_secs(5);

/// Quantas sondas seguidas sem resposta são demais.
const SONDAS: u32 = 2;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["HOST:PORTA", "INTERVALO", "PRAZO"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let endereco = argumentos.destino()?;
    let segundos = |indice, padrao| argumentos.numero(indice, padrao, 1, 7200);
    let intervalo = Duration::from_secs(segundos(1, 10)?);
    let prazo = Duration::from_secs(segundos(2, 60)?);
    let mut conexao = TcpStream::connect_timeout(&endereco, PRAZO_PARA_LIGAR)
        .with_context(|| {
        format!("não foi possível ligar para {endereco}")
    })?;
    vigiar(&conexao, intervalo).context("sem keepalive")?;
    conexao.set_read_timeout(Some(prazo))?;
    println!("Conectado a {endereco}; sondas a cada {intervalo:?}");
    let mut buffer = [0; 1024];
    loop {
        match conexao.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => println!("Recebido: {}", sockets::visivel(&buffer[..n])),
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => return Err(explicar(erro, prazo)),
        }
    }
    println!("O outro lado fechou.");
    Ok(())
}

// ANCHOR: vigiar
fn vigiar(conexao: &TcpStream, intervalo: Duration) -> io::Result<()> {
    let socket = SockRef::from(conexao);
    let sonda = TcpKeepalive::new()
        .with_time(intervalo) // a primeira, depois deste silêncio
        .with_interval(intervalo) // e as outras, enquanto ninguém responde
        .with_retries(SONDAS);
    socket.set_tcp_keepalive(&sonda)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(intervalo * (SONDAS + 1)))?;
    Ok(())
}
// ANCHOR_END: vigiar

// ANCHOR: explicar
/// `WouldBlock` é o prazo do `read`. `TimedOut`, no Unix, é o TCP que desistiu;
/// no Windows pode ser um ou outro.
fn explicar(erro: io::Error, prazo: Duration) -> Error {
    match erro.kind() {
        ErrorKind::WouldBlock => {
            Error::new(erro).context(format!("nenhuma mensagem em {prazo:?}"))
        }
        _ => Error::new(erro).context("a conexão caiu"),
    }
}
// ANCHOR_END: explicar
