//! Quem está no meio do caminho e finge ser o servidor: tem um certificado com o
//! nome dele, feito na hora, e repassa a conversa ao verdadeiro.
//!
//! Terminal 1: `cargo run --example servidor_tls`
//! Terminal 2: `cargo run --example impostor_tls -- 127.0.0.1:50001 [SERVIDOR]`
//! Terminal 3: `cargo run --example cliente_tls_errado -- 127.0.0.1:50001`
//!
//! O servidor de verdade tem de estar neste computador.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use rustls::{ServerConfig, ServerConnection};
use sockets::{ComPrazo, visivel};
use tls::{Identidade, explicar};

/// Quanto se espera por cada mensagem.
const PRAZO: Duration = Duration::from_secs(600);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SERVIDOR"])?;
    let endereco = argumentos.endereco()?;
    let servidor = argumentos.texto(1).unwrap_or("127.0.0.1:50000");
    let servidor: SocketAddr = servidor.parse().map_err(|_| {
        argumentos.erro(&format!("{servidor:?} não tem a forma IP:PORTA"))
    })?;
    ensure!(
        servidor.ip().is_loopback(),
        argumentos.erro("o servidor tem de estar neste computador (127.0.0.1)")
    );
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    let configuracao = Identidade::nova()?.para_atender()?;
    println!("No meio do caminho, em {}...", escuta.local_addr()?);
    loop {
        let (vitima, _) = escuta
            .accept()
            .context("não foi possível aceitar a conexão")?;
        match enganar(vitima, servidor, Arc::clone(&configuracao)) {
            Ok(()) => println!("A vítima foi embora."),
            Err(erro) => println!("Não deu certo: {erro:#}"),
        }
    }
}

// ANCHOR: enganar
fn enganar(
    vitima: TcpStream,
    servidor: SocketAddr,
    configuracao: Arc<ServerConfig>,
) -> Result<()> {
    let vitima = ComPrazo::novo(vitima, PRAZO);
    let tls = ServerConnection::new(configuracao)?;
    let mut vitima = tls::apertar_as_maos(tls, vitima).map_err(explicar)?;
    let mut servidor = tls::ligar(servidor, tls::sem_conferir()?)?;
    let (mut da_vitima, mut do_servidor) = (tls::chegada(), tls::chegada());
    loop {
        let dita = tls::ler_linha(&mut vitima, &mut da_vitima);
        let Some(dita) = dita.map_err(explicar)? else {
            break;
        };
        println!("A vítima disse: {}", visivel(&dita));
        vitima.sock.recomecar(PRAZO);
        servidor.sock.recomecar(PRAZO);
        let linha = [&dita[..], b"\n"].concat();
        servidor.write_all(&linha).map_err(explicar)?;
        let resposta = tls::ler_linha(&mut servidor, &mut do_servidor);
        let resposta = resposta.map_err(explicar)?.unwrap_or_default();
        let linha = [&resposta[..], b"\n"].concat();
        vitima.write_all(&linha).map_err(explicar)?;
    }
    tls::despedir(&mut servidor).map_err(explicar)
}
// ANCHOR_END: enganar
