//! Não dá prazo à espera: a primeira perda para o programa.
//!
//! diagnostico: sem-repetir

use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["HOST:PORTA", "MILISSEGUNDOS", "TENTATIVAS", "PERGUNTA"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let servidor: SocketAddr = argumentos.destino()?;
    let pergunta = argumentos.texto(3).unwrap_or("oi");
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(servidor)?;
    socket.send(pergunta.as_bytes())?;
    let mut buffer = [0; 65_536];
    let lidos = socket.recv(&mut buffer)?;
    println!("Resposta: {}", sockets::visivel(&buffer[..lidos]));
    Ok(())
}
