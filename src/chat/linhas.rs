//! Os bytes da entrada viram linhas, e as linhas, textos que cabem em um item.
//!
//! Pelo cano passam milhões de linhas: nada aqui aloca memória por linha.

use super::protocolo::MAIOR_TEXTO;

/// Um texto que cabe em um item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pedaco<'a> {
    /// O texto, sem a quebra, com até [`MAIOR_TEXTO`] bytes.
    pub texto: &'a str,
    /// Se a linha não acaba aqui.
    pub continua: bool,
}

// ANCHOR: cortar
/// O primeiro pedaço de uma linha, que não tem quebra, e o que resta dela. O corte
/// cai entre dois caracteres, nunca no meio de um.
#[must_use]
pub fn cortar(linha: &str) -> (Pedaco<'_>, &str) {
    let mut corte = linha.len();
    let continua = corte > MAIOR_TEXTO;
    if continua {
        corte = MAIOR_TEXTO;
        while !linha.is_char_boundary(corte) {
            corte -= 1;
        }
    }
    let (texto, resto) = linha.split_at(corte);
    (Pedaco { texto, continua }, resto)
}
// ANCHOR_END: cortar

/// O que veio da entrada e ainda não foi mandado.
///
/// A linha acaba em `\n` ou `\r\n`; a última pode não ter quebra. Bytes que não são
/// UTF-8 viram `�` (U+FFFD).
#[derive(Debug, Default)]
pub struct Linhas {
    texto: String,
    /// Quantos bytes de `texto` já foram.
    usado: usize,
    /// O começo de um caractere que o fim do bloco cortou: até 3 bytes.
    cortado: Vec<u8>,
    acabou: bool,
    /// Se algum byte não era UTF-8, e se isso já foi dito.
    estragou: bool,
    avisado: bool,
}

impl Linhas {
    /// Acrescenta o que a entrada deu. Para que a memória não cresça, só se chama
    /// quando [`proximo`](Self::proximo) já não tem o que dar.
    pub fn entrar(&mut self, bloco: &[u8]) {
        self.texto.drain(..self.usado);
        self.usado = 0;
        if self.cortado.is_empty() {
            self.decodificar(bloco);
        } else {
            let mut inteiro = std::mem::take(&mut self.cortado);
            inteiro.extend_from_slice(bloco);
            self.decodificar(&inteiro);
        }
    }

    /// A entrada acabou: a última linha, mesmo sem quebra, vale.
    pub fn acabar(&mut self) {
        self.acabou = true;
        if !self.cortado.is_empty() {
            self.cortado.clear();
            self.trocar();
        }
    }

    /// O próximo pedaço, se já veio inteiro.
    pub fn proximo(&mut self) -> Option<Pedaco<'_>> {
        let resto = &self.texto[self.usado..];
        // Uma linha que cabe em um item, com a maior das quebras, acaba aqui.
        let janela = resto.len().min(MAIOR_TEXTO + 2);
        let quebra =
            resto.as_bytes()[..janela].iter().position(|b| *b == b'\n');
        let fim = match quebra {
            Some(quebra) => quebra,
            None if janela == MAIOR_TEXTO + 2 => resto.len(),
            None if self.acabou && !resto.is_empty() => resto.len(),
            None => return None,
        };
        let linha = &resto[..fim];
        let (pedaco, _) = cortar(linha.strip_suffix('\r').unwrap_or(linha));
        self.usado += if pedaco.continua {
            pedaco.texto.len()
        } else {
            fim + usize::from(quebra.is_some())
        };
        Some(pedaco)
    }

    /// Se algum byte não era UTF-8. Só se diz uma vez, por mais que se pergunte.
    pub fn estragou(&mut self) -> bool {
        self.estragou && !std::mem::replace(&mut self.avisado, true)
    }

    /// Se há algo que ainda não saiu.
    #[must_use]
    pub fn tem_resto(&self) -> bool {
        self.usado < self.texto.len() || !self.cortado.is_empty()
    }

    fn decodificar(&mut self, bytes: &[u8]) {
        let mut resto = bytes;
        loop {
            let erro = match std::str::from_utf8(resto) {
                Ok(texto) => return self.texto.push_str(texto),
                Err(erro) => erro,
            };
            let (certo, depois) = resto.split_at(erro.valid_up_to());
            self.texto.push_str(&String::from_utf8_lossy(certo));
            let Some(errados) = erro.error_len() else {
                self.cortado.extend_from_slice(depois);
                return;
            };
            self.trocar();
            resto = &depois[errados..];
        }
    }

    fn trocar(&mut self) {
        self.texto.push(char::REPLACEMENT_CHARACTER);
        self.estragou = true;
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    /// O que sai de `entrada`, dada em blocos de `tamanho` bytes: as linhas, com
    /// os pedaços separados por `|`.
    fn linhas(entrada: &[u8], tamanho: usize) -> (Vec<String>, bool) {
        let mut linhas = Linhas::default();
        let (mut prontas, mut aberta) = (Vec::new(), String::new());
        let mut blocos = entrada.chunks(tamanho);
        loop {
            while let Some(Pedaco { texto, continua }) = linhas.proximo() {
                assert!(texto.len() <= MAIOR_TEXTO && !texto.contains('\n'));
                aberta += texto;
                if continua {
                    aberta.push('|');
                } else {
                    prontas.push(std::mem::take(&mut aberta));
                }
            }
            match blocos.next() {
                Some(bloco) => linhas.entrar(bloco),
                None if linhas.acabou => break,
                None => linhas.acabar(),
            }
        }
        assert_eq!(aberta, "");
        (prontas, linhas.estragou())
    }

    fn iguais(entrada: &[u8], esperadas: &[&str]) {
        for tamanho in [1, 2, 3, 7, 999, 1000, 1001, 1002, 65_536] {
            let (prontas, _) = linhas(entrada, tamanho);
            assert_eq!(prontas, esperadas, "em blocos de {tamanho}");
        }
    }

    #[test]
    fn a_quebra_separa_e_a_ultima_linha_nao_precisa_dela() {
        iguais(b"", &[]);
        iguais(b"oi", &["oi"]);
        iguais(b"oi\n", &["oi"]);
        iguais(b"\n\n", &["", ""]);
        iguais(b"a\r\nb\rc\r\r\nd\r", &["a", "b\rc\r", "d"]);
        iguais("é\n日本\n🙂".as_bytes(), &["é", "日本", "🙂"]);
    }

    #[test]
    fn uma_linha_que_nao_cabe_em_um_item_vai_em_pedacos() {
        for (tamanho, pedacos) in [
            (999, 1),
            (1000, 1),
            (1001, 2),
            (1002, 2),
            (2000, 2),
            (2001, 3),
            (100_000, 100),
        ] {
            for quebra in ["", "\n", "\r\n"] {
                let linha = "a".repeat(tamanho);
                let entrada = format!("{linha}{quebra}");
                for bloco in [1, 1000, 65_536] {
                    let (prontas, _) = linhas(entrada.as_bytes(), bloco);
                    assert_eq!(prontas.len(), 1, "{tamanho} {quebra:?}");
                    assert_eq!(prontas[0].matches('|').count() + 1, pedacos);
                    assert_eq!(prontas[0].replace('|', ""), linha);
                }
            }
        }
    }

    #[test]
    fn o_corte_nunca_parte_um_caractere() {
        for letra in ["é", "日", "🙂"] {
            for antes in 0..4 {
                let linha = "a".repeat(antes) + &letra.repeat(1000);
                let (prontas, estragou) = linhas(linha.as_bytes(), 4096);
                assert_eq!(prontas[0].replace('|', ""), linha);
                assert!(!estragou);
            }
        }
    }

    #[test]
    fn o_que_nao_e_utf_8_vira_um_sinal_e_se_diz() {
        for tamanho in [1, 2, 5, 100] {
            assert_eq!(
                linhas(b"a\xffb\nc\xe2\x82\n\xf0\x9f\x99", tamanho),
                (
                    vec![
                        "a\u{fffd}b".into(),
                        "c\u{fffd}".into(),
                        "\u{fffd}".into()
                    ],
                    true
                )
            );
        }
        assert!(!linhas("ação".as_bytes(), 1).1);
    }

    #[test]
    fn a_memoria_nao_cresce_com_uma_linha_sem_fim() {
        let mut linhas = Linhas::default();
        let bloco = vec![b'a'; 65_536];
        for _ in 0..100 {
            linhas.entrar(&bloco);
            while linhas.proximo().is_some() {}
        }
        assert!(linhas.texto.capacity() < 4 * 65_536);
    }
}
