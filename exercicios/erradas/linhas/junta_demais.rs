//! Junta os pedaços até achar uma quebra, e escreve tudo que juntou como uma linha só.
//!
//! diagnostico: coladas

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
    let mut juntos = Vec::new();
    let mut buffer = [0; 1024];
    let mut numero = 0;
    loop {
        let lidos = conexao.read(&mut buffer)?;
        if lidos == 0 {
            return Ok(());
        }
        juntos.extend_from_slice(&buffer[..lidos]);
        if juntos.contains(&b'\n') {
            numero += 1;
            println!("{numero}: {}", sockets::visivel(juntos.trim_ascii_end()));
            juntos.clear();
        }
    }
}
