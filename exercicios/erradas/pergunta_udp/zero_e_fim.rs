//! Toma zero bytes pelo fim, como se isto fosse TCP.
//!
//! diagnostico: fronteira

use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["HOST:PORTA", "MILISSEGUNDOS", "TENTATIVAS", "PERGUNTA"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let servidor: SocketAddr = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 500, 1, 60_000)?);
    let tentativas = argumentos.numero(2, 4, 1, 100)?;
    let pergunta = argumentos.texto(3).unwrap_or("oi");
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(servidor)?;
    socket.set_read_timeout(Some(prazo))?;
    let mut buffer = [0; 65_536];
    for _ in 0..tentativas {
        let _ = socket.send(pergunta.as_bytes());
        match socket.recv(&mut buffer) {
            Ok(0) => bail!("{servidor} fechou a conexão"),
            Ok(lidos) => {
                println!("Resposta: {}", sockets::visivel(&buffer[..lidos]));
                return Ok(());
            }
            Err(_) => {}
        }
    }
    bail!("{servidor} não respondeu");
}
