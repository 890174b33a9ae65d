//! sendall: um `send` que leva menos do que se pediu, o laço, e `write_all`.
//!
//! Terminal 1: `cargo run --example sendall -- 127.0.0.1:50000 receber`
//! Terminal 2: `cargo run --example sendall`
//!
//! Quem recebe só começa a ler quando você aperta Enter no terminal dele: até
//! lá, os bytes enviados se acumulam nos buffers do sistema.

use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use socket2::{Domain, Socket, Type};

/// Quanto esperar até que o outro lado abra espaço lendo alguma coisa.
const PRAZO: Duration = Duration::from_secs(3);

/// Quanto quem recebe espera, contando o tempo de você trocar de terminal.
const PACIENCIA: Duration = Duration::from_secs(60);

/// Mais do que cabe nos buffers das duas pontas.
const MUITOS_BYTES: usize = 8_000_000;

const NAO_FOI: &str = "não foi possível enviar";

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "receber"])?;
    match argumentos.texto(1) {
        None => enviar(argumentos.destino()?),
        Some("receber") => receber(argumentos.endereco()?),
        Some(_) => Err(argumentos.erro("o segundo argumento é receber").into()),
    }
}

// ANCHOR: enviar
fn enviar(endereco: SocketAddr) -> Result<()> {
    let mut socket = conectar(endereco)
        .with_context(|| format!("não foi possível conectar a {endereco}"))?;

    let frase = "Olá, servidor!";
    println!("{frase:?} tem {} caracteres", frase.chars().count());
    enviar_uma_vez(&socket, frase.as_bytes()).context(NAO_FOI)?;

    let dados = vec![b'x'; MUITOS_BYTES];
    let aceitos = enviar_uma_vez(&socket, &dados).context(NAO_FOI)?;
    sockets::esperar_enter("enviar o resto")?;

    let chamadas = enviar_tudo(&socket, &dados[aceitos..]).context(NAO_FOI)?;
    println!("laço: o resto foi em {chamadas} chamada(s)");
    socket.write_all(&dados).context(NAO_FOI)?;
    println!("write_all: mais {} bytes", dados.len());
    Ok(())
}
// ANCHOR_END: enviar

fn conectar(endereco: SocketAddr) -> io::Result<Socket> {
    let familia = Domain::for_address(endereco);
    let socket = Socket::new(familia, Type::STREAM, None)?;
    socket.connect_timeout(&endereco.into(), PRAZO)?;
    socket.set_write_timeout(Some(PRAZO))?;
    Ok(socket)
}

// ANCHOR: uma_vez
fn enviar_uma_vez(socket: &Socket, dados: &[u8]) -> io::Result<usize> {
    // Sem bloquear: leve o que couber agora e volte.
    socket.set_nonblocking(true)?;
    // send(2): copia bytes para o buffer de envio e diz quantos copiou.
    let aceitos = socket.send(dados)?;
    socket.set_nonblocking(false)?;
    println!("send: pedi {} bytes, foram {aceitos}", dados.len());
    Ok(aceitos)
}
// ANCHOR_END: uma_vez

// ANCHOR: laco
fn enviar_tudo(socket: &Socket, mut dados: &[u8]) -> io::Result<u32> {
    let mut chamadas = 0;
    while !dados.is_empty() {
        // Agora pode esperar por espaço, mas não mais do que o prazo.
        let aceitos = match socket.send(dados) {
            // Um sinal interrompeu a espera: nada foi, e se tenta de novo.
            Err(erro) if erro.kind() == ErrorKind::Interrupted => 0,
            resultado => resultado?,
        };
        dados = &dados[aceitos..];
        chamadas += 1;
    }
    Ok(chamadas)
}
// ANCHOR_END: laco

fn receber(endereco: SocketAddr) -> Result<()> {
    let mut conexao = aceitar_conexao(endereco)
        .with_context(|| format!("não foi possível atender em {endereco}"))?;
    sockets::esperar_enter("começar a ler")?;
    // Lê até o fim e joga fora: aqui só interessa a conta.
    let copia = io::copy(&mut conexao, &mut io::sink());
    let lidos = copia.context("não foi possível ler até o fim")?;
    println!("Li {lidos} bytes");
    Ok(())
}

fn aceitar_conexao(endereco: SocketAddr) -> io::Result<TcpStream> {
    let escuta = TcpListener::bind(endereco)?;
    println!("Escutando em {}", escuta.local_addr()?);
    let (conexao, cliente) = escuta.accept()?;
    conexao.set_read_timeout(Some(PACIENCIA))?;
    println!("{cliente} ligou e eu ainda não li nada");
    Ok(conexao)
}
