//! O cliente do par, por dentro de TLS: só conversa com quem prova ser o dono do
//! certificado.
//!
//! Terminal 1: `cargo run --example servidor_tls`
//! Terminal 2: `cargo run --example cliente_tls -- [HOST:PORTA] [CERTIFICADO]`
//!
//! CERTIFICADO é o arquivo que o servidor deixou; sem ele, o da porta PORTA.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use sockets::visivel;

fn main() -> ExitCode {
    sockets::executar(principal)
}

fn principal() -> Result<()> {
    let argumentos = sockets::Argumentos::ler(&["HOST:PORTA", "CERTIFICADO"])?;
    let alvo = argumentos.destino()?;
    let arquivo = argumentos.texto(1).map_or_else(
        || tls::arquivo_do_certificado(alvo.port()),
        str::to_string,
    );
    let certificado = fs::read(&arquivo).with_context(|| {
        let arquivo = visivel(arquivo.as_bytes());
        format!("não foi possível ler o certificado em {arquivo}")
    })?;
    tls::conversar(alvo, configurar(certificado)?)
}

// ANCHOR: configurar
/// Em quem este cliente confia: no dono deste certificado, e em mais ninguém.
fn configurar(certificado: Vec<u8>) -> Result<Arc<ClientConfig>> {
    let mut confiaveis = RootCertStore::empty();
    confiaveis
        .add(certificado.into())
        .context("o arquivo não é um certificado")?;
    let configuracao = ClientConfig::builder_with_provider(tls::provedor())
        .with_protocol_versions(&[&TLS13])?
        .with_root_certificates(confiaveis)
        .with_no_client_auth();
    Ok(Arc::new(configuracao))
}
// ANCHOR_END: configurar
