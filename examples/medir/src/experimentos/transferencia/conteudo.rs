//! O que se transfere, e como se sabe que chegou o mesmo.

use sockets::sorteio::Sorteio;

/// `tamanho` bytes sorteados com `semente`: nenhum pedaço se confunde com outro, e uma
/// troca de ordem muda a soma.
#[must_use]
pub fn conteudo(tamanho: usize, semente: u64) -> Vec<u8> {
    let mut sorteio = Sorteio::novo(semente);
    let mut bytes = Vec::with_capacity(tamanho + 8);
    while bytes.len() < tamanho {
        bytes.extend(sorteio.numero().to_be_bytes());
    }
    bytes.truncate(tamanho);
    bytes
}

/// Uma soma de verificação que depende de cada byte e do lugar dele: a FNV-1a de 64 bits
/// (Fowler, Noll e
/// Vo, `draft-eastlake-fnv`). Não resiste a quem quer enganar; aqui, ninguém quer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soma(u64);

impl Soma {
    /// A soma de nenhum byte.
    pub const NADA: Self = Self(0xcbf2_9ce4_8422_2325);

    /// A soma de mais estes bytes: cortá-los em outros pedaços não a muda.
    #[must_use]
    pub fn com(self, bytes: &[u8]) -> Self {
        const PRIMO: u64 = 0x0000_0100_0000_01b3;
        Self(bytes.iter().fold(self.0, |soma, &byte| {
            (soma ^ u64::from(byte)).wrapping_mul(PRIMO)
        }))
    }

    /// Os 16 algarismos hexadecimais dela.
    #[must_use]
    pub fn texto(self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_soma_e_a_publicada() {
        // Os vetores de `draft-eastlake-fnv`.
        assert_eq!(Soma::NADA.com(b"a").texto(), "af63dc4c8601ec8c");
        assert_eq!(Soma::NADA.com(b"foobar").texto(), "85944171f73967e8");
    }

    #[test]
    fn os_cortes_nao_mudam_a_soma_e_a_ordem_muda() {
        let bytes = conteudo(1000, 1);
        let inteira = Soma::NADA.com(&bytes);
        for corte in [0, 1, 499, 1000] {
            let (a, b) = bytes.split_at(corte);
            assert_eq!(Soma::NADA.com(a).com(b), inteira);
        }
        let (a, b) = bytes.split_at(500);
        assert_ne!(Soma::NADA.com(b).com(a), inteira);
    }

    #[test]
    fn o_conteudo_tem_o_tamanho_pedido_e_sai_da_semente() {
        for tamanho in [0, 1, 7, 8, 9, 1001] {
            assert_eq!(conteudo(tamanho, 1).len(), tamanho);
        }
        assert_eq!(conteudo(100, 5), conteudo(100, 5));
        assert_ne!(conteudo(100, 5), conteudo(100, 6));
        assert_eq!(conteudo(100, 5), conteudo(200, 5)[..100]);
    }
}
