//! O prazo vencido é um erro, e o `?` o leva até o fim do programa.
//!
//! diagnostico: cai-com-o-cliente

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "MILISSEGUNDOS"])?;
    let prazo = Duration::from_millis(argumentos.numero(1, 5000, 1, 600_000)?);
    let escuta = TcpListener::bind(argumentos.endereco()?)?;
    println!("Escutando em {}", escuta.local_addr()?);
    loop {
        let (conexao, _) = escuta.accept()?;
        conversar(&conexao, prazo)?;
    }
}

fn conversar(mut conexao: &TcpStream, prazo: Duration) -> Result<()> {
    conexao.set_read_timeout(Some(prazo))?;
    let mut entrada = BufReader::new(conexao);
    let mut linha = Vec::new();
    while entrada.read_until(b'\n', &mut linha)? > 0 {
        conexao.write_all(b"ok\n")?;
        linha.clear();
    }
    Ok(())
}
