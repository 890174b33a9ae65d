//! Exercício `sendall`: mande tudo que vem da entrada padrão, byte por byte.
//!
//! Rode: `cargo run -p exercicios --bin sendall -- 127.0.0.1:50000 < ARQUIVO`
//! Confira: `cargo conferir sendall`

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let destino = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut dados = Vec::new();
    std::io::stdin()
        .read_to_end(&mut dados)
        .context("não foi possível ler a entrada")?;
    let conexao = TcpStream::connect(destino)
        .with_context(|| format!("não foi possível conectar a {destino}"))?;

    enviar_tudo(conexao, &dados)
        .context("nem tudo foi: o outro lado sumiu no meio")?;
    println!("mandei {} bytes", dados.len());
    Ok(())
}

/// O que `write_all` faz. Fica com a conexão, que se fecha quando a função acaba.
fn enviar_tudo(mut conexao: TcpStream, mut dados: &[u8]) -> io::Result<()> {
    while !dados.is_empty() {
        match conexao.write(dados) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            // Pode ser menos do que se pediu: o resto vai na volta seguinte.
            Ok(aceitos) => dados = &dados[aceitos..],
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) => return Err(erro),
        }
    }
    Ok(())
}
