//! O servidor do par: atende um cliente, responde a cada mensagem e acaba
//! quando recebe `off` ou quando o cliente desliga.
//!
//! Terminal 1: `cargo run --example servidor -- [HOST:PORTA] [SEGUNDOS]`
//! Terminal 2: `cargo run --example cliente`
//!
//! SEGUNDOS é quanto silêncio do cliente o servidor aguenta.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Error, Result, anyhow};

const CAIU: &str = "a conexão com o cliente caiu";

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    // Dez minutos: uma pessoa que digita faz pausas.
    let prazo = Duration::from_secs(argumentos.numero(1, 600, 1, 86_400)?);
    // ANCHOR: principal
    let escuta = configurar_servidor(endereco)?;
    let conexao = aceitar_conexao(&escuta, prazo)?;
    comunicar_com_cliente(conexao)
    // ANCHOR_END: principal
}

// ANCHOR: configurar
/// `socket`, `bind` e `listen` de uma vez.
fn configurar_servidor(endereco: SocketAddr) -> Result<TcpListener> {
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    // Com a porta 0, só agora se sabe qual o sistema escolheu.
    let endereco = escuta
        .local_addr()
        .context("o sistema não disse qual é o endereço")?;
    println!("Servidor aguardando conexão em {endereco}...");
    Ok(escuta)
}
// ANCHOR_END: configurar

// ANCHOR: aceitar
/// `accept`: espera um cliente e devolve o socket da conversa com ele.
fn aceitar_conexao(escuta: &TcpListener, prazo: Duration) -> Result<TcpStream> {
    let mut chegada = escuta.accept();
    // Quem estava na fila desistiu de esperar: que venha o próximo.
    while chegada.as_ref().is_err_and(e_de_quem_desistiu) {
        chegada = escuta.accept();
    }
    let (conexao, endereco) =
        chegada.context("não foi possível aceitar a conexão")?;
    println!("Conectado com: {endereco}");
    // No macOS isto falha se a conexão já foi derrubada (setsockopt(2)).
    conexao.set_read_timeout(Some(prazo)).context(CAIU)?;
    conexao.set_write_timeout(Some(prazo)).context(CAIU)?;
    Ok(conexao)
}

fn e_de_quem_desistiu(erro: &io::Error) -> bool {
    use ErrorKind::{ConnectionAborted, ConnectionReset};
    // O primeiro no Unix, o segundo no Windows.
    matches!(erro.kind(), ConnectionAborted | ConnectionReset)
}
// ANCHOR_END: aceitar

// ANCHOR: comunicar
/// `recv` e `sendall`: uma resposta por leitura, até o `off` ou o fim.
fn comunicar_com_cliente(mut conexao: TcpStream) -> Result<()> {
    let mut buffer = [0; 1024];
    loop {
        let lidos = receber(&mut conexao, &mut buffer).map_err(explicar)?;
        if lidos == 0 {
            println!("O cliente desligou.");
            return Ok(());
        }
        let texto = String::from_utf8_lossy(&buffer[..lidos]);
        // O cliente não manda quebra de linha; quem digita no `nc` manda.
        let mensagem = texto.trim_end_matches(['\r', '\n']);
        println!("Recebido: {}", sockets::visivel(mensagem.as_bytes()));

        let acabou = mensagem.eq_ignore_ascii_case("off");
        let resposta = if acabou {
            "Servidor encerrado."
        } else {
            "Mensagem recebida."
        };
        conexao.write_all(resposta.as_bytes()).map_err(explicar)?;
        if acabou {
            return Ok(());
        }
    }
}
// ANCHOR_END: comunicar

// ANCHOR: receber
/// Uma leitura, repetida se um sinal do sistema a interrompe.
fn receber(conexao: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match conexao.read(buffer) {
            Err(erro) if erro.kind() == ErrorKind::Interrupted => {}
            resultado => return resultado,
        }
    }
}

/// O que houve com o cliente, em uma frase.
fn explicar(erro: io::Error) -> Error {
    match erro.kind() {
        // O mesmo prazo vencido: o primeiro no Unix, o segundo no Windows.
        ErrorKind::WouldBlock | ErrorKind::TimedOut => {
            anyhow!("o prazo acabou: o cliente não fala nem lê")
        }
        _ => Error::new(erro).context(CAIU),
    }
}
// ANCHOR_END: receber
