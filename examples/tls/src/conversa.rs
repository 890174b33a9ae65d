//! A conversa de sempre, uma linha por mensagem, por dentro de TLS.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, SideData, StreamOwned,
};
use sockets::{ComPrazo, visivel};

use crate::{NOME, explicar};

/// A maior linha, com a quebra, em bytes.
const MAIOR_LINHA: usize = 1024;

/// Quanto o cliente espera pelo aperto de mãos e por cada resposta.
const PRAZO: Duration = Duration::from_secs(10);

const PERGUNTA: &str =
    "Digite algo para o servidor (ou 'off' para desconectar): ";

/// Uma linha, sem a quebra, ou `None` quando o outro lado se despediu.
///
/// # Errors
/// Os da conexão; [`ErrorKind::InvalidData`] se a linha passa de 1024 bytes e
/// [`ErrorKind::UnexpectedEof`] se ela foi cortada.
pub fn ler_linha(leitor: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut linha = Vec::new();
    let mut ate_o_limite = leitor.by_ref().take(MAIOR_LINHA as u64);
    ate_o_limite.read_until(b'\n', &mut linha)?;
    match linha.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(linha)),
        Some(_) if linha.len() + 1 == MAIOR_LINHA => {
            Err(io::Error::new(ErrorKind::InvalidData, "linha longa demais"))
        }
        Some(_) => Err(ErrorKind::UnexpectedEof.into()),
    }
}

// ANCHOR: apertar
/// O aperto de mãos do TLS, inteiro, antes de qualquer mensagem. Depois é um canal
/// em que se lê e se escreve como em um socket.
///
/// # Errors
/// Os da conexão e os do TLS, que [`explicar`] traduz.
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
) -> Result<BufReader<StreamOwned<ClientConnection, ComPrazo>>> {
    let conexao = TcpStream::connect_timeout(&alvo, PRAZO)
        .with_context(|| format!("não foi possível conectar a {alvo}"))?;
    let conexao = ComPrazo::novo(conexao, PRAZO);
    // ANCHOR: ligar
    let nome = ServerName::try_from(NOME)?;
    let tls = ClientConnection::new(configuracao, nome)?;
    let canal = apertar_as_maos(tls, conexao).map_err(explicar)?;
    // ANCHOR_END: ligar
    Ok(BufReader::new(canal))
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
    while let Some(mensagem) = sockets::perguntar(PERGUNTA, MAIOR_LINHA - 1)? {
        canal.get_mut().sock.recomecar(PRAZO);
        // ANCHOR: trocar
        let linha = [&mensagem[..], b"\n"].concat();
        canal.get_mut().write_all(&linha).map_err(explicar)?;
        let resposta = ler_linha(&mut canal).map_err(explicar)?;
        // ANCHOR_END: trocar
        ensure!(resposta.is_some(), "o servidor se despediu sem responder");
        let resposta = resposta.unwrap_or_default();
        println!("Resposta do servidor: {}", visivel(&resposta));
        if mensagem.eq_ignore_ascii_case(b"off") {
            break;
        }
    }
    canal.get_mut().sock.recomecar(PRAZO);
    despedir(canal.get_mut()).map_err(explicar)
}
