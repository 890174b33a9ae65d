//! O primeiro conserto: cada mensagem acaba em uma quebra de linha, e uma linha
//! tem um tamanho máximo.
//!
//! `cargo run --example fluxo_linhas -- CASO`, em que CASO é um destes:
//!
//! - `coladas`: duas linhas chegam juntas, e são duas mensagens;
//! - `letra`: uma linha de 1028 bytes, com um `ç` em cima do corte de 1024;
//! - `quebra`: uma mensagem que traz, ela mesma, uma quebra de linha;
//! - `semfim`: oito milhões de bytes e nenhuma quebra.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use sockets::quadros::{Chegada, LinhaLonga, Separado, receber, separar_linha};

/// Em bytes, sem a quebra.
const MAIOR_LINHA: usize = 4096;

const PRAZO: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["CASO"])?;
    let bytes = match argumentos.texto(0).unwrap_or("coladas") {
        "coladas" => b"oi\noff\n".to_vec(),
        "letra" => ("a".repeat(1023) + "ção\noff\n").into_bytes(),
        "quebra" => b"compre:\noff\n".to_vec(),
        "semfim" => vec![b'a'; 8_000_000],
        _ => bail!(
            argumentos.erro("os casos são coladas, letra, quebra e semfim")
        ),
    };
    let escuta = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let endereco = escuta.local_addr()?;
    let cliente = thread::spawn(move || perguntar(endereco, &bytes));
    let (conexao, _) = escuta.accept()?;
    let atendido = atender(conexao);
    match cliente.join() {
        Ok(Ok(respostas)) => println!("cliente: {respostas:?}"),
        _ => println!("cliente: o servidor desligou"),
    }
    atendido
}

// ANCHOR: regra
/// Onde uma mensagem deste protocolo acaba.
fn separar(bytes: &[u8]) -> Result<Option<Separado<'_>>, LinhaLonga> {
    separar_linha(bytes, MAIOR_LINHA)
}
// ANCHOR_END: regra

// ANCHOR: atender
fn atender(mut conexao: TcpStream) -> Result<()> {
    conexao.set_read_timeout(Some(PRAZO))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    // Cabe a maior linha com a quebra, e nem um byte mais.
    let mut chegada = Chegada::nova(MAIOR_LINHA + 1);
    while let Some(linha) = receber(&mut conexao, &mut chegada, separar)
        .context("o servidor desistiu do cliente")?
    {
        let texto = String::from_utf8(linha)
            .map_err(|_| anyhow!("veio uma linha que não é UTF-8"))?;
        println!("servidor: {} bytes: \"{}\"", texto.len(), fim(&texto));
        let acabou = texto.eq_ignore_ascii_case("off");
        let resposta: &[u8] = if acabou {
            b"Servidor encerrado.\n"
        } else {
            b"Mensagem recebida.\n"
        };
        conexao.write_all(resposta)?;
        if acabou {
            break;
        }
    }
    Ok(())
}
// ANCHOR_END: atender

/// Manda tudo de uma vez, diz que acabou e só então lê as respostas.
fn perguntar(alvo: SocketAddr, bytes: &[u8]) -> io::Result<Vec<String>> {
    let mut conexao = TcpStream::connect_timeout(&alvo, PRAZO)?;
    conexao.set_read_timeout(Some(PRAZO))?;
    conexao.set_write_timeout(Some(PRAZO))?;
    conexao.write_all(bytes)?;
    conexao.shutdown(Shutdown::Write)?;
    let mut chegada = Chegada::nova(MAIOR_LINHA + 1);
    let mut respostas = Vec::new();
    while let Some(linha) = receber(&mut conexao, &mut chegada, separar)? {
        respostas.push(sockets::visivel(&linha));
    }
    Ok(respostas)
}

/// Os últimos bytes: com eles se sabe se falta alguma coisa.
fn fim(texto: &str) -> String {
    let bytes = texto.as_bytes();
    let fim = sockets::visivel(&bytes[bytes.len().saturating_sub(8)..]);
    if bytes.len() > 8 {
        format!("…{fim}")
    } else {
        fim
    }
}
