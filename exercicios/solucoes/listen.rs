//! Exercício `listen`: conte quem esperava na fila, sem ficar preso nela.
//!
//! Rode: `cargo run -p exercicios --bin listen -- 127.0.0.1:50000 5`
//! Confira: `cargo conferir listen`

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "FILA"])?;
    let pedido = argumentos.endereco()?;
    let fila = i32::try_from(argumentos.numero(1, 5, 1, 4096)?)?;

    let escuta = escutar(pedido, fila)
        .with_context(|| format!("não foi possível usar {pedido}"))?;
    println!("Escutando em {}", escuta.local_addr()?);

    sockets::esperar_enter("atender quem chegou")?;
    println!("na fila: {}", esvaziar(&escuta)?);
    Ok(())
}

fn escutar(pedido: SocketAddr, fila: i32) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(pedido), Type::STREAM, None)?;
    socket.bind(&pedido.into())?;
    // A std pediria 128.
    socket.listen(fila)?;
    Ok(socket.into())
}

fn esvaziar(escuta: &TcpListener) -> Result<usize> {
    // Daqui em diante, fila vazia é um erro que volta na hora, e não uma espera.
    escuta.set_nonblocking(true)?;
    let mut atendidos = 0;
    loop {
        match escuta.accept() {
            Ok(_) => atendidos += 1,
            Err(erro) if erro.kind() == ErrorKind::WouldBlock => {
                return Ok(atendidos);
            }
            // Um sinal, ou alguém que desistiu na fila: o seguinte ainda pode estar lá.
            Err(erro) if passageiro(erro.kind()) => {}
            Err(erro) => return Err(erro).context("não foi possível atender"),
        }
    }
}

fn passageiro(erro: ErrorKind) -> bool {
    matches!(
        erro,
        ErrorKind::Interrupted
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
    )
}
