//! Conta a fila assim que escuta, sem esperar o Enter: ainda não há ninguém nela.
//!
//! diagnostico: acabou-cedo

use std::process::ExitCode;

use anyhow::Result;
use socket2::{Domain, Socket, Type};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "FILA"])?;
    let pedido = argumentos.endereco()?;
    let fila = i32::try_from(argumentos.numero(1, 5, 1, 4096)?)?;
    let socket = Socket::new(Domain::for_address(pedido), Type::STREAM, None)?;
    socket.bind(&pedido.into())?;
    socket.listen(fila)?;
    let escuta: std::net::TcpListener = socket.into();
    println!("Escutando em {}", escuta.local_addr()?);
    escuta.set_nonblocking(true)?;
    let mut atendidos = 0;
    while escuta.accept().is_ok() {
        atendidos += 1;
    }
    println!("na fila: {atendidos}");
    Ok(())
}
