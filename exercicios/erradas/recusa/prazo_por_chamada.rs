//! Dá o prazo a cada leitura: quem pinga um byte de vez em quando nunca é dispensado.
//!
//! diagnostico: prazo-por-chamada

use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

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
        if let Err(erro) = recusar(&conexao, prazo) {
            eprintln!("{erro}");
        }
    }
}

fn recusar(mut conexao: &TcpStream, prazo: Duration) -> Result<()> {
    conexao.write_all(b"recusado: em obras\n")?;
    conexao.shutdown(Shutdown::Write)?;
    conexao.set_read_timeout(Some(prazo))?;
    io::copy(&mut conexao, &mut io::sink())?;
    Ok(())
}
