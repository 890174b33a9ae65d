//! Quem é o servidor: um nome, um par de chaves e o certificado que os une.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::version::TLS13;

/// O nome no certificado. Ninguém pode registrá-lo (RFC 2606 §2), e não é o
/// endereço: o cliente liga para um IP e exige que quem atenda prove este nome.
pub const NOME: &str = "servidor.example";

/// A criptografia que os dois lados usam.
#[must_use]
pub fn provedor() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Onde o servidor da porta `porta` deixa o certificado. É um arquivo público: quem
/// o lê pode reconhecer o servidor, e não se passar por ele.
#[must_use]
pub fn arquivo_do_certificado(porta: u16) -> String {
    format!("target/certificado-{porta}.der")
}

/// Um certificado e a chave secreta dele, que nunca sai da memória do processo.
#[derive(Debug)]
pub struct Identidade {
    certificado: CertificateDer<'static>,
    chave: PrivateKeyDer<'static>,
}

// ANCHOR: nova
impl Identidade {
    /// Sorteia um par de chaves e assina, com ele mesmo, um certificado para
    /// `nome`.
    ///
    /// # Errors
    /// Quando o sistema não dá números ao acaso.
    pub fn para(nome: &str) -> Result<Self> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([nome.to_string()])
                .context("não foi possível fazer o certificado")?;
        let chave = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
        Ok(Self {
            certificado: cert.der().clone(),
            chave: chave.into(),
        })
    }
    // ANCHOR_END: nova

    /// A identidade do servidor do livro, [`NOME`], com chaves novas.
    ///
    /// # Errors
    /// Os de [`para`](Self::para).
    pub fn nova() -> Result<Self> {
        Self::para(NOME)
    }

    /// A parte que se mostra a todos.
    #[must_use]
    pub fn certificado(&self) -> CertificateDer<'static> {
        self.certificado.clone()
    }

    /// Deixa o certificado, sem a chave, em `arquivo`.
    ///
    /// # Errors
    /// Quando não se pode escrever ali.
    pub fn publicar(&self, arquivo: &str) -> Result<()> {
        let arquivo = Path::new(arquivo);
        let pasta = arquivo.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(pasta)
            .and_then(|()| fs::write(arquivo, &self.certificado))
            .with_context(|| {
                format!("não foi possível escrever {}", arquivo.display())
            })
    }

    // ANCHOR: atender
    /// Como atende quem tem esta identidade.
    ///
    /// # Errors
    /// Quando a chave não é a do certificado.
    pub fn para_atender(self) -> Result<Arc<ServerConfig>> {
        let mut configuracao = ServerConfig::builder_with_provider(provedor())
            .with_protocol_versions(&[&TLS13])?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificado], self.chave)?;
        // Nada de bilhetes para retomar esta conversa em outra conexão.
        configuracao.send_tls13_tickets = 0;
        Ok(Arc::new(configuracao))
    }
    // ANCHOR_END: atender
}
