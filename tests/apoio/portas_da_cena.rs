//! As portas que o livro mostra e as que a prova usa.
//!
//! O livro fala sempre nas portas 50000, 50001 e 50002. Para que as cenas rodem em
//! paralelo, cada uma ganha portas próprias, trocadas no que se digita e de
//! volta no que o programa mostra. Todas têm cinco algarismos: nada se desalinha.

use crate::porta_livre;

/// As portas de que o livro fala.
pub(crate) const DO_LIVRO: [u16; 3] = [50000, 50001, 50002];

/// Para cada porta do livro, a que vale nesta execução.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PortasDaCena([u16; 3]);

impl PortasDaCena {
    /// Portas livres, só desta cena.
    pub(crate) fn livres() -> Self {
        Self(DO_LIVRO.map(|_| porta_livre()))
    }

    /// As portas do livro mesmo.
    pub(crate) fn de_verdade() -> Self {
        Self(DO_LIVRO)
    }

    /// A que vale no lugar da porta padrão dos programas.
    pub(crate) fn padrao(self) -> u16 {
        self.0[0]
    }

    /// Do que o leitor digita para o que a prova digita.
    pub(crate) fn para_o_sistema(self, texto: &str) -> String {
        trocar(texto, DO_LIVRO, self.0)
    }

    /// Do que o programa mostrou para o que o livro mostra.
    pub(crate) fn para_o_livro(self, texto: &str) -> String {
        trocar(texto, self.0, DO_LIVRO)
    }
}

/// Troca cada número inteiro de `de` pelo correspondente em `para`; um pedaço de
/// outro número fica como está.
fn trocar(texto: &str, de: [u16; 3], para: [u16; 3]) -> String {
    let mut saida = String::with_capacity(texto.len());
    let mut resto = texto;
    while let Some(inicio) = resto.find(|c: char| c.is_ascii_digit()) {
        let numero = &resto[inicio..];
        let tamanho = numero
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(numero.len());
        let (numero, depois) = numero.split_at(tamanho);
        saida += &resto[..inicio];
        match de.iter().position(|porta| porta.to_string() == numero) {
            Some(qual) => saida += &para[qual].to_string(),
            None => saida += numero,
        }
        resto = depois;
    }
    saida + resto
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn so_o_numero_inteiro_e_trocado() {
        let portas = PortasDaCena([21000, 21001, 21002]);
        for (livro, sistema) in [
            ("", ""),
            ("127.0.0.1:50000", "127.0.0.1:21000"),
            ("50000 50001 50003", "21000 21001 50003"),
            ("150000 500001 a50000b", "150000 500001 a21000b"),
            ("127.0.0.1.50001 ção", "127.0.0.1.21001 ção"),
            (
                "--porta 50001 --porta-local=50000",
                "--porta 21001 --porta-local=21000",
            ),
        ] {
            assert_eq!(portas.para_o_sistema(livro), sistema);
            assert_eq!(portas.para_o_livro(sistema), livro);
        }
    }
}
