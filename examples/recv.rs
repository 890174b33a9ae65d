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

use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

const MAIOR_LINHA: u64 = 65_536; // em bytes, para a memória não crescer
const PRAZO_DE_ENVIO: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let nomes = ["HOST:PORTA", "BYTES|enviar", "SEGUNDOS"];
    let argumentos = sockets::Argumentos::ler(&nomes)?;
    let endereco = argumentos.endereco()?;
    if argumentos.texto(1) == Some("enviar") {
        return enviar_linhas(endereco);
    }
    let tamanho = argumentos.numero(1, 1024, 0, 65_536)?.try_into()?;
    let prazo = Duration::from_secs(argumentos.numero(2, 60, 1, 3600)?);
    let conexao = aceitar_conexao(endereco)?;
    receber(conexao, tamanho, prazo)
}

fn aceitar_conexao(endereco: SocketAddr) -> Result<Socket> {
    let escuta = novo_socket(endereco)?;
    #[cfg(not(windows))]
    escuta.set_reuse_address(true)?;
    escuta
        .bind(&endereco.into())
        .with_context(|| format!("não foi possível usar {endereco}"))?;
    escuta.listen(1)?;
    let endereco = escuta.local_addr()?.as_socket().unwrap_or(endereco);
    println!("Esperando quem envie para {endereco}");
    let (conexao, _) = escuta.accept()?;
    println!("Conectado.");
    Ok(conexao)
}

// ANCHOR: receber
fn receber(mut conexao: Socket, tamanho: usize, prazo: Duration) -> Result<()> {
    conexao.set_read_timeout(Some(prazo))?; // setsockopt(SO_RCVTIMEO)
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
    let mut conexao = novo_socket(endereco)?;
    conexao
        .connect_timeout(&endereco.into(), PRAZO_DE_ENVIO)
        .with_context(|| format!("não foi possível conectar a {endereco}"))?;
    conexao.set_write_timeout(Some(PRAZO_DE_ENVIO))?;
    loop {
        print!("Enviar: ");
        io::stdout().flush()?;
        let mut linha = String::new();
        let mut entrada = io::stdin().lock().take(MAIOR_LINHA);
        if entrada.read_line(&mut linha)? == 0 {
            println!();
            return Ok(()); // `conexao` sai de cena aqui, e o socket fecha
        }
        let texto = linha.trim_end_matches(['\r', '\n']);
        conexao
            .write_all(texto.as_bytes())
            .context("não foi possível enviar")?;
    }
}

fn novo_socket(endereco: SocketAddr) -> Result<Socket> {
    Socket::new(Domain::for_address(endereco), Type::STREAM, None)
        .context("não foi possível criar o socket")
}
