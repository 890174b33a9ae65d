//! O servidor do par, por dentro de TLS: faz um certificado ao começar, atende um
//! cliente de cada vez e acaba quando recebe `off`.
//!
//! Terminal 1: `cargo run --example servidor_tls -- [HOST:PORTA] [SEGUNDOS]`
//! Terminal 2: `cargo run --example cliente_tls`
//!
//! SEGUNDOS é quanto uma mensagem inteira pode demorar.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::{process::ExitCode, sync::Arc, thread, time::Duration};

use anyhow::{Context, Result};
use rustls::{ServerConfig, ServerConnection};
use sockets::{ComPrazo, visivel};
use tls::{Identidade, explicar};

/// O aperto de mãos é entre programas: ninguém digita.
const PRAZO_DO_APERTO: Duration = Duration::from_secs(5);

/// A pausa depois de um `accept` que falhou: tentar sem parar não ajuda.
const PAUSA: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "SEGUNDOS"])?;
    let endereco = argumentos.endereco()?;
    let prazo = Duration::from_secs(argumentos.numero(1, 600, 1, 86_400)?);
    let escuta = TcpListener::bind(endereco)
        .with_context(|| format!("não foi possível escutar em {endereco}"))?;
    let endereco = escuta.local_addr()?;
    // ANCHOR: identidade
    let identidade = Identidade::nova()?;
    let arquivo = tls::arquivo_do_certificado(endereco.port());
    identidade.publicar(&arquivo)?;
    let configuracao = identidade.para_atender()?;
    // ANCHOR_END: identidade
    println!("Servidor aguardando conexão em {endereco}...");
    println!("Quem quiser me reconhecer tem {arquivo}");
    loop {
        let Ok((conexao, par)) = escuta.accept() else {
            thread::sleep(PAUSA);
            continue;
        };
        println!("Conectado com: {par}");
        match conversar(conexao, Arc::clone(&configuracao), prazo) {
            Ok(true) => return Ok(()),
            Ok(false) => println!("O cliente se despediu."),
            Err(erro) => println!("{erro:#}"),
        }
    }
}

// ANCHOR: conversar
/// Devolve `true` se a conversa acabou com `off`.
fn conversar(
    conexao: TcpStream,
    configuracao: Arc<ServerConfig>,
    prazo: Duration,
) -> Result<bool> {
    let conexao = ComPrazo::novo(conexao, PRAZO_DO_APERTO.min(prazo));
    let tls = ServerConnection::new(configuracao)?;
    let mut canal = tls::apertar_as_maos(tls, conexao).map_err(explicar)?;
    let mut chegada = tls::chegada();
    let mut acabou = false;
    while !acabou {
        canal.sock.recomecar(prazo);
        let linha = tls::ler_linha(&mut canal, &mut chegada);
        let Some(linha) = linha.map_err(explicar)? else {
            break;
        };
        println!("Recebido: {}", visivel(&linha));
        acabou = linha.eq_ignore_ascii_case(b"off");
        let resposta: &[u8] = if acabou {
            b"Servidor encerrado.\n"
        } else {
            b"Mensagem recebida.\n"
        };
        canal.write_all(resposta).map_err(explicar)?;
    }
    // Quem já foi embora não ouve a despedida: não é um erro.
    let _ = tls::despedir(&mut canal);
    Ok(acabou)
}
// ANCHOR_END: conversar
