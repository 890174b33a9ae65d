//! Mensagens em datagramas UDP: uma em cada um, atrás de um cabeçalho que diz de
//! que programa, de que versão e de que conversa ela é.
//!
//! | bytes | campo |
//! | --- | --- |
//! | 0–1 | magia, `0x534B` («SK») |
//! | 2 | versão do protocolo |
//! | 3–10 | número da conversa; 0 em OLÁ e em RECUSA |
//! | 11… | o corpo |

use super::protocolo::{Mensagem, Sessao, VERSAO, Violacao};

/// Quantos bytes o cabeçalho ocupa.
pub const CABECALHO: usize = 11;

/// O maior datagrama, em bytes: passa inteiro por qualquer rede comum (RFC 8085,
/// seção 3.2; RFC 8200, seção 5, garante 1280 no IPv6, com os cabeçalhos dela).
pub const MAIOR_DATAGRAMA: usize = 1200;

/// O começo de todo datagrama do chat, «SK»: o que vem de outros programas não
/// começa assim, a não ser por acaso.
const MAGIA: [u8; 2] = [0x53, 0x4b];

/// Um datagrama do chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagrama<'a> {
    /// A conversa de que ele é; 0 em OLÁ e em RECUSA, que podem vir antes dela.
    pub conversa: u64,
    /// O que ele diz.
    pub mensagem: Mensagem<'a>,
}

/// O número da conversa entre duas sessões, o mesmo dos dois lados: o XOR delas. Um
/// datagrama atrasado de outra conversa traz outro número.
#[must_use]
pub fn conversa(minha: Sessao, dele: Sessao) -> u64 {
    minha.0 ^ dele.0
}

/// Troca o que há em `saida` pelo datagrama desta mensagem.
pub fn montar(conversa: u64, mensagem: &Mensagem<'_>, saida: &mut Vec<u8>) {
    debug_assert!(combinam(conversa, mensagem), "{conversa}: {mensagem:?}");
    saida.clear();
    saida.extend(MAGIA);
    saida.push(VERSAO);
    saida.extend(conversa.to_be_bytes());
    mensagem.codificar(saida);
    debug_assert!(saida.len() <= MAIOR_DATAGRAMA, "{} bytes", saida.len());
}

/// Lê um datagrama inteiro. Os textos da mensagem são fatias dele.
///
/// # Errors
/// - [`Violacao::Estrangeiro`]: não é do chat;
/// - [`Violacao::Versao`]: é do chat, de uma versão que não se fala aqui;
/// - qualquer outra [`Violacao`]: é desta versão e não segue o protocolo.
pub fn abrir(datagrama: &[u8]) -> Result<Datagrama<'_>, Violacao> {
    let resto = datagrama
        .strip_prefix(&MAGIA)
        .ok_or(Violacao::Estrangeiro)?;
    let tamanho = Violacao::Datagrama(datagrama.len());
    let (&versao, resto) = resto.split_first().ok_or(tamanho)?;
    if versao != VERSAO {
        return Err(Violacao::Versao(versao));
    }
    if datagrama.len() > MAIOR_DATAGRAMA {
        return Err(tamanho);
    }
    let (conversa, corpo) = resto.split_first_chunk().ok_or(tamanho)?;
    let conversa = u64::from_be_bytes(*conversa);
    let mensagem = Mensagem::decodificar(corpo)?;
    if !combinam(conversa, &mensagem) {
        return Err(Violacao::Conversa);
    }
    Ok(Datagrama { conversa, mensagem })
}

/// Se o número da conversa é 0 onde deve e só ali. Duas sessões diferentes nunca
/// dão 0.
fn combinam(conversa: u64, mensagem: &Mensagem<'_>) -> bool {
    let sem_conversa =
        matches!(mensagem, Mensagem::Ola { .. } | Mensagem::Recusa { .. });
    sem_conversa == (conversa == 0)
}
