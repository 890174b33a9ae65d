//! Um servidor de linhas que confia em quem liga: cada um dos ataques de
//! `desconfie_ataque` faz dele o que quer. Só o abra neste computador.
//!
//! Cada linha é uma mensagem. A linha `anexo N` avisa que depois dela vêm N bytes.
//!
//! Terminal 1: `cargo run --example desconfie_errado -- [HOST:PORTA] [SEGUNDOS]`
//! Terminal 2: `cargo run --example desconfie_ataque -- 127.0.0.1:50000 linha`
//!
//! SEGUNDOS é quanto se espera por cada leitura.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::{process::ExitCode, thread, time::Duration};

use anyhow::{Context, Result};

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let prazo = Duration::from_secs(argumentos.numero(1, 10, 1, 3600)?);
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    let endereco = escuta.local_addr()?;
    println!("Servidor aguardando conexões em {endereco}...");
    // ANCHOR: aceitar
    loop {
        let (conexao, _) = escuta
            .accept()
            .context("não foi possível aceitar a conexão")?;
        thread::spawn(move || atender(&conexao, prazo));
    }
    // ANCHOR_END: aceitar
}

// ANCHOR: atender
fn atender(mut conexao: &TcpStream, prazo: Duration) -> io::Result<()> {
    conexao.set_read_timeout(Some(prazo))?;
    let mut leitor = BufReader::new(conexao);
    let mut linha = Vec::new();
    while leitor.read_until(b'\n', &mut linha)? > 0 {
        let texto = String::from_utf8_lossy(&linha);
        let texto = texto.trim_end_matches(['\r', '\n']);
        if let Some(tamanho) = tamanho_do_anexo(texto) {
            let mut anexo = vec![0; tamanho];
            leitor.read_exact(&mut anexo)?;
            conexao.write_all(b"Anexo recebido.\n")?;
        } else {
            println!("Recebido: {texto}");
            conexao.write_all(b"Mensagem recebida.\n")?;
        }
        linha.clear();
    }
    Ok(())
}

fn tamanho_do_anexo(texto: &str) -> Option<usize> {
    texto.strip_prefix("anexo ")?.parse().ok()
}
// ANCHOR_END: atender
