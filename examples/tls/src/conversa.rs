//! A conversa de sempre, uma linha por mensagem, por dentro de TLS.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, SideData, StreamOwned,
};
use sockets::quadros::{Chegada, receber, separar_linha};
use sockets::{ComPrazo, visivel};

use crate::{NOME, explicar};

/// A maior linha, sem a quebra, em bytes.
const MAIOR_LINHA: usize = 1024;

/// Quanto o cliente espera pelo aperto de mãos e por cada resposta.
const PRAZO: Duration = Duration::from_secs(10);

const PERGUNTA: &str =
    "Digite algo para o servidor (ou 'off' para desconectar): ";

/// Onde se junta o que chega de um canal.
#[must_use]
pub fn chegada() -> Chegada {
    Chegada::nova(2 * MAIOR_LINHA)
}

/// Uma linha, sem a quebra, ou `None` quando o outro lado se despediu.
///
/// # Errors
/// Os de [`sockets::quadros::receber`].
pub fn ler_linha(
    canal: &mut impl Read,
    chegada: &mut Chegada,
) -> io::Result<Option<Vec<u8>>> {
    receber(canal, chegada, |bytes| separar_linha(bytes, MAIOR_LINHA))
}

// ANCHOR: apertar
/// O aperto de mãos do TLS, inteiro, antes de qualquer mensagem. Depois é um canal
/// em que se lê e se escreve como em um socket.
///
/// # Errors
/// Os da conexão e os do TLS, que [`explicar()`] traduz.
pub fn apertar_as_maos<C, D>(
    mut tls: C,
    mut conexao: ComPrazo,
) -> io::Result<StreamOwned<C, ComPrazo>>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    D: SideData,
{
    while tls.is_handshaking() {
        tls.complete_io(&mut conexao)?;
    }
    Ok(StreamOwned::new(tls, conexao))
}
// ANCHOR_END: apertar

// ANCHOR: despedir
/// Diz que não há mais nada a dizer, de um modo que só quem tem as chaves pode.
///
/// # Errors
/// Os da conexão.
pub fn despedir<C, D>(canal: &mut StreamOwned<C, ComPrazo>) -> io::Result<()>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    D: SideData,
{
    canal.conn.send_close_notify();
    canal.flush()
}
// ANCHOR_END: despedir

/// Um canal até o servidor, com o aperto de mãos já feito.
///
/// # Errors
/// Quando não há quem atenda, ou quem atende não é quem a configuração aceita.
pub fn ligar(
    alvo: SocketAddr,
    configuracao: Arc<ClientConfig>,
) -> Result<StreamOwned<ClientConnection, ComPrazo>> {
    let conexao = TcpStream::connect_timeout(&alvo, PRAZO)
        .with_context(|| format!("não foi possível conectar a {alvo}"))?;
    let conexao = ComPrazo::novo(conexao, PRAZO);
    // ANCHOR: ligar
    let nome = ServerName::try_from(NOME)?;
    let tls = ClientConnection::new(configuracao, nome)?;
    let canal = apertar_as_maos(tls, conexao).map_err(explicar)?;
    // ANCHOR_END: ligar
    Ok(canal)
}

/// O cliente do par, do começo ao fim.
///
/// # Errors
/// Os de [`ligar`], e os da conversa.
pub fn conversar(
    alvo: SocketAddr,
    configuracao: Arc<ClientConfig>,
) -> Result<()> {
    let mut canal = ligar(alvo, configuracao)?;
    let mut chegada = chegada();
    while let Some(mensagem) = sockets::perguntar(PERGUNTA, MAIOR_LINHA)? {
        canal.sock.recomecar(PRAZO);
        // ANCHOR: trocar
        let linha = [&mensagem[..], b"\n"].concat();
        canal.write_all(&linha).map_err(explicar)?;
        let resposta = ler_linha(&mut canal, &mut chegada).map_err(explicar)?;
        // ANCHOR_END: trocar
        ensure!(resposta.is_some(), "o servidor se despediu sem responder");
        let resposta = resposta.unwrap_or_default();
        println!("Resposta do servidor: {}", visivel(&resposta));
        if mensagem.eq_ignore_ascii_case(b"off") {
            break;
        }
    }
    canal.sock.recomecar(PRAZO);
    despedir(&mut canal).map_err(explicar)
}
