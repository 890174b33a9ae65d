//! O mesmo eco dos outros servidores, com tarefas assíncronas.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use sockets::eco::{BUFFER, SILENCIO};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Quanto se espera depois de um accept que falhou.
const PAUSA: Duration = Duration::from_millis(100);

/// Atende em `escuta` até `limite` conversas ao mesmo tempo.
///
/// # Errors
/// Nunca: um accept que falha é mostrado, e se tenta de novo.
// ANCHOR: servir
pub async fn servir(escuta: TcpListener, limite: usize) -> Result<()> {
    let vagas = Arc::new(Semaphore::new(limite));
    loop {
        let vaga = Arc::clone(&vagas).acquire_owned().await?;
        match escuta.accept().await {
            Ok((conexao, _)) => {
                tokio::spawn(async move {
                    // Quem caiu não faz falta: a vaga volta de todo modo.
                    let _ = ecoar(conexao).await;
                    drop(vaga);
                });
            }
            Err(erro) => {
                eprintln!("accept: {erro}");
                sleep(PAUSA).await;
            }
        }
    }
}
// ANCHOR_END: servir

/// Devolve cada byte que chega, até o cliente desligar.
// ANCHOR: ecoar
async fn ecoar(mut conexao: TcpStream) -> io::Result<()> {
    let mut buffer = [0; BUFFER];
    loop {
        let leitura = conexao.read(&mut buffer);
        let lidos = timeout(SILENCIO, leitura).await??;
        if lidos == 0 {
            return Ok(());
        }
        let escrita = conexao.write_all(&buffer[..lidos]);
        timeout(SILENCIO, escrita).await??;
    }
}
// ANCHOR_END: ecoar
