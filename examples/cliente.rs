//! O cliente do par: manda o que você digita e mostra a resposta do servidor.
//!
//! Terminal 1: `cargo run --example servidor`
//! Terminal 2: `cargo run --example cliente -- [HOST:PORTA] [SEGUNDOS]`
//!
//! SEGUNDOS é quanto o cliente espera por cada resposta.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, ensure};

/// Em bytes. É o que o terminal do Linux aceita em uma linha (`termios(3)`).
const MAIOR_MENSAGEM: usize = 4096;

const PERGUNTA: &str =
    "Digite algo para o servidor (ou 'off' para desconectar): ";

const CAIU: &str = "a conexão com o servidor caiu";

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SEGUNDOS"])?;
    let endereco = argumentos.destino()?;
    let prazo = Duration::from_secs(argumentos.numero(1, 10, 1, 86_400)?);
    let conexao = configurar_cliente(endereco, prazo)?;
    comunicar_com_servidor(conexao)
}

// ANCHOR: configurar
/// `socket` e `connect`, com prazo para a conexão e para cada espera depois.
fn configurar_cliente(alvo: SocketAddr, prazo: Duration) -> Result<TcpStream> {
    let conexao = TcpStream::connect_timeout(&alvo, prazo)
        .with_context(|| format!("não foi possível conectar a {alvo}"))?;
    // Sem servidor, o sistema pode dar ao cliente a própria porta procurada.
    let ha_servidor = conexao.local_addr().ok() != conexao.peer_addr().ok();
    ensure!(
        ha_servidor,
        "ninguém em {alvo}: o cliente ligou para si mesmo"
    );
    // No macOS isto falha se a conexão já foi derrubada (setsockopt(2)).
    conexao.set_read_timeout(Some(prazo)).context(CAIU)?;
    conexao.set_write_timeout(Some(prazo)).context(CAIU)?;
    Ok(conexao)
}
// ANCHOR_END: configurar

// ANCHOR: comunicar
/// `sendall` e `recv`: uma leitura por mensagem, até o `off` ou o fim.
fn comunicar_com_servidor(mut conexao: TcpStream) -> Result<()> {
    let mut buffer = [0; 1024];
    while let Some(mensagem) = perguntar()? {
        conexao.write_all(&mensagem).map_err(explicar)?;

        let lidos = receber(&mut conexao, &mut buffer).map_err(explicar)?;
        ensure!(lidos > 0, "o servidor fechou a conexão sem responder");
        println!(
            "Resposta do servidor: {}",
            sockets::visivel(&buffer[..lidos])
        );

        if mensagem.eq_ignore_ascii_case(b"off") {
            break;
        }
    }
    Ok(())
}
// ANCHOR_END: comunicar

// ANCHOR: perguntar
/// A próxima mensagem da pessoa; `None` quando a entrada acaba.
fn perguntar() -> Result<Option<Vec<u8>>> {
    loop {
        match sockets::perguntar(PERGUNTA, MAIOR_MENSAGEM)? {
            Some(linha) if linha.is_empty() => {
                println!("Mensagem vazia não viaja: escreva algo.");
            }
            resposta => return Ok(resposta),
        }
    }
}
// ANCHOR_END: perguntar

/// Uma leitura, repetida se um sinal do sistema a interrompe.
fn receber(conexao: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match conexao.read(buffer) {
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            resultado => return resultado,
        }
    }
}

/// O que houve com o servidor, em uma frase.
fn explicar(erro: io::Error) -> Error {
    match erro.kind() {
        // O mesmo prazo vencido: o primeiro no Unix, o segundo no Windows.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            anyhow!("o prazo acabou e o servidor não respondeu")
        }
        _ => Error::new(erro).context(CAIU),
    }
}
