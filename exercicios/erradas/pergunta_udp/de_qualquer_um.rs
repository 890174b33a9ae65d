//! Toma por resposta o primeiro datagrama que aparecer, venha de quem vier.
//!
//! diagnostico: estranho

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
    socket.set_read_timeout(Some(prazo))?;
    let mut buffer = [0; 65_536];
    for _ in 0..tentativas {
        socket.send_to(pergunta.as_bytes(), servidor)?;
        if let Ok((lidos, _)) = socket.recv_from(&mut buffer) {
            println!("Resposta: {}", sockets::visivel(&buffer[..lidos]));
            return Ok(());
        }
    }
    bail!("{servidor} não respondeu");
}
