//! recv: quantos bytes chegaram?
//!
//! O terminal 1 recebe e conta o que cada `recv` devolve. O terminal 2 envia
//! cada linha que você digita, sem o Enter, até o fim da entrada (Ctrl-D; no
//! Windows, Ctrl-Z e Enter).
//!
//! Terminal 1: `cargo run --example recv`
//! Terminal 2: `cargo run --example recv -- 127.0.0.1:50000 enviar`
//!
//! Quem recebe aceita o tamanho do buffer, em bytes, e o prazo, em segundos:
//! `cargo run --example recv -- 127.0.0.1:50000 4 10`

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};

/// Em bytes.
const MAIOR_LINHA: usize = 65_536;

const PRAZO_DE_ENVIO: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["HOST:PORTA", "BYTES|enviar", "SEGUNDOS"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    if argumentos.texto(1) == Some("enviar") {
        return enviar_linhas(argumentos.destino()?);
    }
    let endereco = argumentos.endereco()?;
    let tamanho = argumentos.numero(1, 1024, 0, 65_536)?.try_into()?;
    let prazo = Duration::from_secs(argumentos.numero(2, 60, 1, 3600)?);
    let conexao = aceitar_conexao(endereco)
        .with_context(|| format!("não foi possível atender em {endereco}"))?;
    receber(conexao, tamanho, prazo)
}

/// `socket`, `bind`, `listen` e `accept`; cada um tem o seu capítulo.
fn aceitar_conexao(endereco: SocketAddr) -> io::Result<TcpStream> {
    let escuta = TcpListener::bind(endereco)?;
    println!("Esperando quem envie para {}", escuta.local_addr()?);
    let (conexao, _) = escuta.accept()?;
    println!("Conectado.");
    Ok(conexao)
}

// ANCHOR: receber
fn receber(
    mut conexao: TcpStream,
    tamanho: usize,
    prazo: Duration,
) -> Result<()> {
    // setsockopt(2), com SO_RCVTIMEO.
    conexao
        .set_read_timeout(Some(prazo))
        .context("a conexão caiu")?;
    let mut buffer = vec![0; tamanho];
    loop {
        let resultado = conexao.read(&mut buffer); // recv(2)
        // ANCHOR_END: receber
        // ANCHOR: resultados
        match resultado {
            Ok(0) => {
                println!("recv({tamanho}) → Ok(0): fim do fluxo");
                return Ok(());
            }
            Ok(n) => {
                let texto = sockets::visivel(&buffer[..n]);
                println!("recv({tamanho}) → Ok({n}): {texto}");
            }
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            Err(erro) if acabou_o_prazo(&erro) => {
                let frase = format!("nenhum byte chegou em {prazo:?}");
                return Err(erro).context(frase);
            }
            Err(erro) => return Err(erro).context("a conexão caiu"),
        }
        // ANCHOR_END: resultados
    }
}

// ANCHOR: prazo
/// O Unix diz `WouldBlock` quando o prazo acaba; o Windows, `TimedOut`.
fn acabou_o_prazo(erro: &io::Error) -> bool {
    matches!(erro.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
// ANCHOR_END: prazo

fn enviar_linhas(endereco: SocketAddr) -> Result<()> {
    let mut conexao = conectar(endereco)
        .with_context(|| format!("não foi possível conectar a {endereco}"))?;
    while let Some(linha) = sockets::perguntar("Enviar: ", MAIOR_LINHA)? {
        let enviada = conexao.write_all(&linha);
        enviada.context("não foi possível enviar")?;
    }
    Ok(()) // `conexao` sai de cena aqui, e o socket fecha
}

fn conectar(endereco: SocketAddr) -> io::Result<TcpStream> {
    let conexao = TcpStream::connect_timeout(&endereco, PRAZO_DE_ENVIO)?;
    conexao.set_write_timeout(Some(PRAZO_DE_ENVIO))?;
    Ok(conexao)
}
