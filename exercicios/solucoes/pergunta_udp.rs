//! Exercício `pergunta_udp`: pergunte por UDP, e repita enquanto não houver resposta.
//!
//! Rode: `cargo run -p exercicios --bin pergunta_udp -- 127.0.0.1:50000 500 4 oi`
//! Confira: `cargo conferir pergunta_udp`

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// O maior datagrama que há: em um buffer menor, o fim dele sumiria.
const MAIOR: usize = 65_536;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["HOST:PORTA", "MILISSEGUNDOS", "TENTATIVAS", "PERGUNTA"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let servidor = argumentos.destino()?;
    let prazo = Duration::from_millis(argumentos.numero(1, 500, 1, 60_000)?);
    let tentativas = argumentos.numero(2, 4, 1, 100)?;
    let pergunta = argumentos.texto(3).unwrap_or("oi");

    let aqui: SocketAddr = match servidor {
        SocketAddr::V4(_) => ([0; 4], 0).into(),
        SocketAddr::V6(_) => ([0_u16; 8], 0).into(),
    };
    // Um socket só para todas as tentativas: a resposta à primeira pode chegar na última.
    let socket =
        UdpSocket::bind(aqui).context("não foi possível criar o socket")?;
    // Daqui em diante o núcleo descarta o que não vem do servidor.
    socket
        .connect(servidor)
        .with_context(|| format!("não há caminho até {servidor}"))?;
    for _ in 0..tentativas {
        // Um envio que falha é um datagrama perdido, e disso trata a próxima volta.
        let _ = socket.send(pergunta.as_bytes());
        if let Some(resposta) = esperar(&socket, Instant::now() + prazo)? {
            println!("Resposta: {}", sockets::visivel(&resposta));
            return Ok(());
        }
    }
    bail!("{servidor} não respondeu a {tentativas} tentativas");
}

/// A resposta, se ela chega até a hora marcada.
fn esperar(socket: &UdpSocket, ate: Instant) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; MAIOR];
    loop {
        let falta = ate.saturating_duration_since(Instant::now());
        if falta.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(falta))?;
        // O prazo, um sinal, o aviso de que não há ninguém na porta: nada disso é
        // resposta, e quem decide se ainda há tempo é o relógio.
        if let Ok(lidos) = socket.recv(&mut buffer) {
            buffer.truncate(lidos);
            return Ok(Some(buffer));
        }
    }
}
