//! O que houve com uma conversa em TLS, em uma frase.

use std::io::{self, ErrorKind};

use anyhow::{Error, anyhow};
use rustls::CertificateError;
use rustls::Error as ErroDoTls;

/// A frase de um erro da conversa. O que não é do TLS conserva a causa do sistema.
#[must_use]
pub fn explicar(erro: io::Error) -> Error {
    let do_tls = erro.get_ref().and_then(|erro| erro.downcast_ref());
    match (do_tls, erro.kind()) {
        (Some(erro), _) => anyhow!(frase(erro)),
        (None, ErrorKind::TimedOut) => {
            anyhow!("o prazo acabou: o outro lado parou no meio")
        }
        // ANCHOR: corte
        (None, ErrorKind::UnexpectedEof) => {
            anyhow!("conversa cortada: a conexão acabou sem a despedida do TLS")
        }
        // ANCHOR_END: corte
        _ => Error::new(erro).context("a conexão caiu"),
    }
}

fn frase(erro: &ErroDoTls) -> String {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    match erro {
        ErroDoTls::InvalidCertificate(
            NotValidForName | NotValidForNameContext { .. },
        ) => "o certificado é de outro nome".into(),
        ErroDoTls::InvalidCertificate(_) => {
            "o certificado não é o do servidor: há um impostor no caminho?"
                .into()
        }
        ErroDoTls::InvalidMessage(_) => "o outro lado não fala TLS".into(),
        ErroDoTls::DecryptError => {
            "alguém mudou os bytes no caminho: não dá para decifrá-los".into()
        }
        ErroDoTls::AlertReceived(alerta) => {
            format!("o outro lado recusou a conversa ({alerta:?})")
        }
        outro => format!("o TLS não aceita o que veio ({outro})"),
    }
}
