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

/// O maior datagrama, em bytes: passa inteiro por qualquer rede comum (RFC 8085
/// §3.2; RFC 8200 §5 garante 1280 no IPv6, com os cabeçalhos dela).
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
/// - [`Violacao::Versao`]: é do chat, de uma versão que não se fala aqui, e não é
///   uma RECUSA;
/// - qualquer outra [`Violacao`]: é desta versão e não segue o protocolo.
pub fn abrir(datagrama: &[u8]) -> Result<Datagrama<'_>, Violacao> {
    let resto = datagrama
        .strip_prefix(&MAGIA)
        .ok_or(Violacao::Estrangeiro)?;
    let tamanho = Violacao::Datagrama(datagrama.len());
    let (&versao, resto) = resto.split_first().ok_or(tamanho)?;
    if versao != VERSAO {
        return recusa_alheia(resto).ok_or(Violacao::Versao(versao));
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

/// Uma RECUSA de outra versão se entende: o cabeçalho e o formato dela não mudam em
/// versão nenhuma. Se valesse como datagrama de outra versão, teria outra RECUSA
/// como resposta, e as duas se recusariam sem fim.
fn recusa_alheia(resto: &[u8]) -> Option<Datagrama<'_>> {
    let (conversa, corpo) = resto.split_first_chunk()?;
    let mensagem = Mensagem::decodificar(corpo).ok()?;
    let recusa = matches!(mensagem, Mensagem::Recusa { .. });
    (recusa && u64::from_be_bytes(*conversa) == 0).then_some(Datagrama {
        conversa: 0,
        mensagem,
    })
}

/// Se o número da conversa é 0 onde deve e só ali. Duas sessões diferentes nunca
/// dão 0.
fn combinam(conversa: u64, mensagem: &Mensagem<'_>) -> bool {
    let sem_conversa =
        matches!(mensagem, Mensagem::Ola { .. } | Mensagem::Recusa { .. });
    sem_conversa == (conversa == 0)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_cabecalho_vai_na_frente() {
        let mut saida = b"o que havia antes".to_vec();
        montar(0x0102, &Mensagem::Aceito, &mut saida);
        assert_eq!(saida, [0x53, 0x4b, 1, 0, 0, 0, 0, 0, 0, 1, 2, 2]);
        let datagrama = abrir(&saida).unwrap();
        assert_eq!(datagrama.conversa, 0x0102);
        assert_eq!(datagrama.mensagem, Mensagem::Aceito);
    }

    #[test]
    fn o_que_nao_e_nosso_e_diferente_do_que_e_de_outra_versao() {
        for alheio in [&b""[..], b"S", b"s", b"DNS", &[0; 1500]] {
            assert_eq!(abrir(alheio), Err(Violacao::Estrangeiro));
        }
        assert_eq!(abrir(b"SK"), Err(Violacao::Datagrama(2)));
        assert_eq!(abrir(b"SK\x02"), Err(Violacao::Versao(2)));
        assert_eq!(abrir(&[b"SK\x02", &[0; 1500][..]].concat()), {
            Err(Violacao::Versao(2))
        });
        assert_eq!(abrir(b"SK\x01\0\0"), Err(Violacao::Datagrama(5)));
        let mut comprido = b"SK\x01\0\0\0\0\0\0\0\x01\x0a".to_vec();
        comprido.resize(MAIOR_DATAGRAMA, 0);
        assert!(abrir(&comprido).is_ok());
        comprido.push(0);
        assert_eq!(abrir(&comprido), Err(Violacao::Datagrama(1201)));
    }

    #[test]
    fn a_recusa_se_entende_em_qualquer_versao() {
        let recusa = Mensagem::Recusa {
            motivo: crate::chat::protocolo::Motivo::Versao,
            explicacao: "aqui é a 2",
        };
        let mut saida = Vec::new();
        montar(0, &recusa, &mut saida);
        saida[2] = 2;
        assert_eq!(abrir(&saida).unwrap().mensagem, recusa);
        saida[10] = 1;
        assert_eq!(abrir(&saida), Err(Violacao::Versao(2)));
        montar(7, &Mensagem::Ping { marca: 3 }, &mut saida);
        saida[2] = 2;
        assert_eq!(abrir(&saida), Err(Violacao::Versao(2)));
    }

    #[test]
    fn so_ola_e_recusa_vao_sem_conversa() {
        let mut saida = Vec::new();
        montar(0x0102, &Mensagem::Aceito, &mut saida);
        saida[9..11].fill(0);
        assert_eq!(abrir(&saida), Err(Violacao::Conversa));
        let recusa = Mensagem::Recusa {
            motivo: crate::chat::protocolo::Motivo::Modo,
            explicacao: "aqui é tcp",
        };
        montar(0, &recusa, &mut saida);
        assert_eq!(abrir(&saida).unwrap().mensagem, recusa);
        saida[10] = 1;
        assert_eq!(abrir(&saida), Err(Violacao::Conversa));
    }

    #[test]
    fn a_conversa_e_a_mesma_dos_dois_lados() {
        let (ana, bia) = (Sessao(0xaaaa), Sessao(0xbbbb));
        assert_eq!(conversa(ana, bia), conversa(bia, ana));
        assert_ne!(conversa(ana, bia), conversa(ana, Sessao(0xbbbc)));
    }
}
