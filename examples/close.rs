//! close: como se despede?
//!
//! As duas pontas da mesma conexão moram neste programa, e a tela mostra, na
//! ordem, o que cada uma faz e o que ela vê. Um terminal só:
//!
//! `cargo run --example close`
//!
//! O segundo argumento escolhe a despedida, `shutdown` (quando ele falta),
//! `drop`, `sem-ler` ou `clone`:
//! `cargo run --example close -- 127.0.0.1:50000 drop`

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};

const PRAZO: Duration = Duration::from_secs(1);

/// Mais do que qualquer laço daqui dá, se a rede funciona como se espera.
const MAXIMO: usize = 1000;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "DESPEDIDA"])?;
    let (cliente, servidor) = conectar(argumentos.destino()?)?;
    match argumentos.texto(1).unwrap_or("shutdown") {
        "shutdown" => parar_de_falar(&cliente, servidor),
        "drop" => escrever_para_quem_fechou(cliente, &servidor),
        "sem-ler" => fechar_sem_ler(cliente, &servidor),
        "clone" => fechar_uma_copia(cliente, &servidor)?,
        _ => Err(argumentos.erro("use shutdown, drop, sem-ler ou clone"))?,
    }
    Ok(())
}

/// As duas pontas de uma conexão deste processo com ele mesmo.
fn conectar(endereco: SocketAddr) -> Result<(TcpStream, TcpStream)> {
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível usar {endereco}"))?;
    let cliente = TcpStream::connect_timeout(&escuta.local_addr()?, PRAZO)?;
    // Outro programa pode ter ligado antes: a conexão dele é descartada.
    let nossa = |c: &TcpStream| c.peer_addr().ok() == cliente.local_addr().ok();
    let servidor = escuta.incoming().take(MAXIMO).flatten().find(nossa);
    let servidor = servidor.context("só outros programas ligaram")?;
    cliente.set_read_timeout(Some(PRAZO))?;
    servidor.set_read_timeout(Some(PRAZO))?;
    servidor.set_write_timeout(Some(PRAZO))?;
    Ok((cliente, servidor))
}

// ANCHOR: shutdown
fn parar_de_falar(cliente: &TcpStream, servidor: TcpStream) {
    escrever("cliente:", cliente, "quanto deu?");
    let parada = cliente.shutdown(Shutdown::Write); // shutdown(2)
    println!("cliente:  shutdown(Write) → {parada:?}");
    ler_tudo("servidor:", &servidor);
    escrever("servidor:", &servidor, "deu 42");
    fechar("servidor:", servidor);
    ler_tudo("cliente:", cliente);
    escrever("cliente:", cliente, "obrigado");
}
// ANCHOR_END: shutdown

// ANCHOR: drop
fn escrever_para_quem_fechou(cliente: TcpStream, servidor: &TcpStream) {
    fechar("cliente:", cliente);
    ler_tudo("servidor:", servidor);
    // A primeira escrita parte; o RST que ela provoca leva um tempo para
    // voltar, e só depois dele uma escrita falha. É nela que `all` para.
    (0..MAXIMO).all(|_| escrever("servidor:", servidor, "oi"));
}
// ANCHOR_END: drop

// ANCHOR: sem-ler
fn fechar_sem_ler(mut cliente: TcpStream, servidor: &TcpStream) {
    escrever("servidor:", servidor, "uma resposta comprida");
    contar("cliente:", "read de 3 bytes", cliente.read(&mut [0; 3]));
    fechar("cliente:", cliente);
    ler_tudo("servidor:", servidor);
}
// ANCHOR_END: sem-ler

// ANCHOR: clone
fn fechar_uma_copia(cliente: TcpStream, servidor: &TcpStream) -> Result<()> {
    // Mais um descritor para o mesmo socket.
    let copia = cliente.try_clone().context("a cópia não foi feita")?;
    fechar("cliente:", cliente);
    ler_tudo("servidor:", servidor);
    fechar("cópia:", copia);
    ler_tudo("servidor:", servidor);
    Ok(())
}
// ANCHOR_END: clone

// ANCHOR: fechar
fn fechar(nome: &str, socket: TcpStream) {
    println!("{nome:9} drop");
    drop(socket); // close(2)
}
// ANCHOR_END: fechar

fn escrever(nome: &str, mut socket: &TcpStream, texto: &str) -> bool {
    let escrita = socket.write(texto.as_bytes());
    contar(nome, &format!("write {texto:?}"), escrita) > 0
}

/// Até o fim do fluxo ou um erro.
fn ler_tudo(nome: &str, mut socket: &TcpStream) {
    let mut ler = || contar(nome, "read", socket.read(&mut [0; 1024])) > 0;
    (0..MAXIMO).all(|_| ler());
}

/// Mostra o que a chamada devolveu, e devolve quantos bytes ela levou.
fn contar(nome: &str, chamada: &str, resultado: io::Result<usize>) -> usize {
    resultado
        .inspect(|n| println!("{nome:9} {chamada} → Ok({n})"))
        .inspect_err(|erro| println!("{nome:9} {chamada} → Err({erro})"))
        .unwrap_or(0)
}
