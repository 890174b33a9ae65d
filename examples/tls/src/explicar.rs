//! O que houve com uma conversa em TLS, em uma frase.

use std::io::{self, ErrorKind};

use anyhow::{Error, anyhow};
use rustls::CertificateError;
use rustls::Error as ErroDoTls;
use sockets::quadros::LinhaLonga;

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
        // A recusa de uma mensagem nossa já é uma frase; a do rustls, em inglês, é
        // de um aperto de mãos que não cabe em nenhum.
        (None, ErrorKind::InvalidData) if e_nossa(&erro) => Error::new(erro),
        (None, ErrorKind::InvalidData) => {
            anyhow!("o outro lado não fala TLS: mandou mais do que cabe")
        }
        _ => Error::new(erro).context("a conexão caiu"),
    }
}

fn e_nossa(erro: &io::Error) -> bool {
    let longa = erro.get_ref().and_then(|erro| erro.downcast_ref());
    matches!(longa, Some(LinhaLonga(_)))
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

#[cfg(test)]
mod testes {
    use super::*;
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    use rustls::pki_types::{CertificateDer, ServerName};
    use rustls::{
        ClientConfig, ClientConnection, RootCertStore, ServerConnection,
    };
    use sockets::ComPrazo;

    use crate::{Identidade, NOME, apertar_as_maos, provedor};

    const PRAZO: Duration = Duration::from_secs(10);

    /// O que um cliente que procura [`NOME`], e só confia em `certificado`, diz de um
    /// servidor que é `servidor`.
    fn ligar(
        certificado: CertificateDer<'static>,
        servidor: Identidade,
    ) -> Option<String> {
        let escuta = TcpListener::bind("127.0.0.1:0").unwrap();
        let alvo = escuta.local_addr().unwrap();
        let servindo = thread::spawn(move || {
            let conexao = ComPrazo::novo(escuta.accept().unwrap().0, PRAZO);
            let configuracao = servidor.para_atender().unwrap();
            let tls = ServerConnection::new(configuracao).unwrap();
            apertar_as_maos(tls, conexao).is_ok()
        });
        let mut confiaveis = RootCertStore::empty();
        confiaveis.add(certificado).unwrap();
        let configuracao = ClientConfig::builder_with_provider(provedor())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(confiaveis)
            .with_no_client_auth();
        let nome = ServerName::try_from(NOME).unwrap();
        let tls = ClientConnection::new(Arc::new(configuracao), nome).unwrap();
        let conexao = TcpStream::connect(alvo).unwrap();
        let canal = apertar_as_maos(tls, ComPrazo::novo(conexao, PRAZO));
        let frase = canal.err().map(|erro| explicar(erro).to_string());
        assert_eq!(servindo.join().unwrap(), frase.is_none());
        frase
    }

    #[test]
    fn o_certificado_esperado_serve() {
        let servidor = Identidade::nova().unwrap();
        assert_eq!(ligar(servidor.certificado(), servidor), None);
    }

    #[test]
    fn um_certificado_de_outro_nome_nao_serve() {
        let servidor = Identidade::para("outro.example").unwrap();
        let frase = ligar(servidor.certificado(), servidor).unwrap();
        assert_eq!(frase, "o certificado é de outro nome");
    }

    #[test]
    fn um_certificado_de_outra_chave_nao_serve() {
        let confiavel = Identidade::nova().unwrap();
        let servidor = Identidade::nova().unwrap();
        let frase = ligar(confiavel.certificado(), servidor).unwrap();
        assert!(frase.contains("não é o do servidor"), "{frase}");
    }
}
