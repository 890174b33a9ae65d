//! Exercício `recv`: receba tudo que o outro lado manda, até o fim do fluxo.
//!
//! Rode: `cargo run -p exercicios --bin recv -- 127.0.0.1:50000`
//! Confira: `cargo conferir recv`

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(destino)
        .with_context(|| format!("não foi possível conectar a {destino}"))?;

    let recebidos = receber(conexao).context("a conexão caiu antes do fim")?;
    // Só agora, com todos os bytes juntos, eles viram texto.
    println!("{}", sockets::visivel(&recebidos));
    println!("{} bytes", recebidos.len());
    Ok(())
}

fn receber(mut conexao: TcpStream) -> io::Result<Vec<u8>> {
    let mut recebidos = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        match conexao.read(&mut buffer) {
            Ok(0) => return Ok(recebidos),
            // Do buffer, só o que esta leitura trouxe: o resto é sobra da anterior.
            Ok(lidos) => recebidos.extend_from_slice(&buffer[..lidos]),
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => return Err(erro),
        }
    }
}
