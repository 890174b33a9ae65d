//! Toma cada leitura por uma linha.
//!
//! diagnostico: leitura-nao-e-linha

use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;

use anyhow::Result;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let mut conexao = TcpStream::connect(servidor)?;
    let mut buffer = [0; 1024];
    let mut numero = 0;
    loop {
        let lidos = conexao.read(&mut buffer)?;
        if lidos == 0 {
            return Ok(());
        }
        numero += 1;
        let texto = String::from_utf8_lossy(&buffer[..lidos]);
        println!("{numero}: {}", texto.trim_end());
    }
}
