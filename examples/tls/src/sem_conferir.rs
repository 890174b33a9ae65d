//! O cliente que aceita qualquer certificado: criptografia com qualquer um.

use std::sync::Arc;

use anyhow::Result;
use rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::version::TLS13;
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use crate::provedor;

/// Uma configuração que não confere nada. **Errada** em qualquer programa de verdade.
///
/// # Errors
/// Quando o provedor não sabe TLS 1.3.
pub fn sem_conferir() -> Result<Arc<ClientConfig>> {
    let configuracao = ClientConfig::builder_with_provider(provedor())
        .with_protocol_versions(&[&TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AceitaTudo(provedor())))
        .with_no_client_auth();
    Ok(Arc::new(configuracao))
}

#[derive(Debug)]
struct AceitaTudo(Arc<CryptoProvider>);

impl ServerCertVerifier for AceitaTudo {
    // ANCHOR: aceita
    fn verify_server_cert(
        &self,
        _certificado: &CertificateDer<'_>,
        _intermediarios: &[CertificateDer<'_>],
        _nome: &ServerName<'_>,
        _ocsp: &[u8],
        _agora: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }
    // ANCHOR_END: aceita

    fn verify_tls12_signature(
        &self,
        _mensagem: &[u8],
        _certificado: &CertificateDer<'_>,
        _assinatura: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _mensagem: &[u8],
        _certificado: &CertificateDer<'_>,
        _assinatura: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
