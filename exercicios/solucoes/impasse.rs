//! Exercício `impasse`: mande a entrada inteira a um servidor de eco e escreva o que volta.
//!
//! Rode: `cargo run -p exercicios --bin impasse -- 127.0.0.1:50000 < arquivo > copia`
//! Confira: `cargo conferir impasse`

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, ensure};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let servidor = sockets::Argumentos::ler(&["HOST:PORTA"])?.destino()?;
    let conexao = TcpStream::connect(servidor)
        .with_context(|| format!("não foi possível conectar a {servidor}"))?;
    let ida = conexao
        .try_clone()
        .context("não foi possível duplicar o socket")?;

    // Um manda enquanto o outro lê: nenhum espera pelo outro. Quem manda não é esperado
    // no fim, porque pode estar parado à espera de alguém que digite.
    let (avisar, aviso) = mpsc::channel();
    thread::spawn(move || {
        if let Ok(mandados) = io::copy(&mut io::stdin(), &mut &ida) {
            // Nesta ordem: quando o servidor souber do fim, o total já está na fila.
            let _ = avisar.send(mandados);
            let _ = ida.shutdown(Shutdown::Write);
        }
    });

    let mut saida = io::stdout();
    let lidos =
        io::copy(&mut &conexao, &mut saida).context("a conversa caiu")?;
    saida.flush().context("não foi possível escrever")?;
    ensure!(
        aviso.try_recv() == Ok(lidos),
        "o servidor fechou depois de devolver {lidos} bytes, e não eram todos"
    );
    Ok(())
}
