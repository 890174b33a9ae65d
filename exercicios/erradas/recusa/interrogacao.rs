//! O `?` leva o erro de um cliente que sumiu até o fim do programa.
//!
//! diagnostico: cai-com-o-cliente

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let prazo = Duration::from_millis(argumentos.numero(1, 2000, 1, 600_000)?);
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, _) = escuta.accept()?;
        recusar(&conexao, Instant::now() + prazo)?;
    }
}

fn recusar(mut conexao: &TcpStream, ate: Instant) -> Result<()> {
    conexao.write_all(b"recusado: em obras\n")?;
    conexao.shutdown(Shutdown::Write)?;
    loop {
        let falta = ate.saturating_duration_since(Instant::now());
        if falta.is_zero() {
            return Ok(());
        }
        conexao.set_read_timeout(Some(falta))?;
        match conexao.read(&mut [0; 4096]) {
            Ok(0) => return Ok(()),
            Err(erro) if erro.kind() == ErrorKind::ConnectionReset => return Err(erro.into()),
            _ => {}
        }
    }
}
