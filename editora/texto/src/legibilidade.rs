//! O índice de facilidade de leitura de Flesch, com os coeficientes do português:
//!
//! > 248,835 − 1,015 × palavras por frase − 84,6 × sílabas por palavra
//!
//! Martins, Ghiraldelo, Nunes e Oliveira Junior, 1996 (Notas do ICMSC-USP, nº 28):
//! *Readability formulas applied to textbooks in brazilian portuguese*. As palavras do
//! português têm mais sílabas que as do inglês: a constante de Flesch (206,835) sobe 42
//! pontos. De 75 a 100 o texto é muito fácil; de 50 a 75, fácil; de 25 a 50, difícil.
//!
//! Contam os parágrafos e os itens das listas. Títulos, tabelas, código e o que as diretivas
//! põem na página não são frases.

use crate::frases::{self, Frase};
use crate::markdown::{self, Especie};

/// O menor índice que um capítulo do livro pode ter.
pub const MINIMO: f64 = 45.0;

/// Abaixo disto não há o que medir: as amostras de Flesch têm cem palavras, em
/// *A new readability yardstick* (1948). Não é prosa corrida a página que só apresenta uma tabela
/// ou uma lista feita dos dados.
pub const MENOR_AMOSTRA: usize = 100;

/// O que se mede em um texto.
#[derive(Debug, PartialEq)]
pub struct Medida {
    /// As frases, na ordem.
    pub frases: Vec<Frase>,
}

impl Medida {
    /// Mede um texto em Markdown.
    #[must_use]
    pub fn de(texto: &str) -> Self {
        let corridos = markdown::ler(texto);
        let corridos = corridos
            .iter()
            .filter(|bloco| bloco.especie == Especie::Corrido);
        Self {
            frases: corridos.flat_map(frases::frases).collect(),
        }
    }

    /// Quantas palavras há.
    #[must_use]
    pub fn palavras(&self) -> usize {
        self.frases.iter().map(|frase| frase.palavras).sum()
    }

    /// Quantas palavras tem uma frase, em média.
    #[must_use]
    pub fn por_frase(&self) -> f64 {
        razao(self.palavras(), self.frases.len())
    }

    /// Quantas sílabas tem uma palavra, em média.
    #[must_use]
    pub fn por_palavra(&self) -> f64 {
        let silabas = self.frases.iter().map(|frase| frase.silabas).sum();
        razao(silabas, self.palavras())
    }

    /// O índice; `None` se não há texto bastante para ele.
    #[must_use]
    pub fn indice(&self) -> Option<f64> {
        (self.palavras() >= MENOR_AMOSTRA).then(|| indice(self.por_frase(), self.por_palavra()))
    }

    /// As `quantas` frases que mais pesam: as de menor índice, se lidas sozinhas, entre as
    /// que têm palavras bastantes para que se possa cortá-las.
    #[must_use]
    pub fn mais_pesadas(&self, quantas: usize) -> Vec<&Frase> {
        let mut longas: Vec<&Frase> = self
            .frases
            .iter()
            .filter(|frase| frase.palavras >= 12)
            .collect();
        longas.sort_by(|uma, outra| sozinha(uma).total_cmp(&sozinha(outra)));
        longas.truncate(quantas);
        longas
    }
}

/// O índice de uma frase, lida sozinha.
#[must_use]
pub fn sozinha(frase: &Frase) -> f64 {
    indice(
        razao(frase.palavras, 1),
        razao(frase.silabas, frase.palavras),
    )
}

fn indice(palavras_por_frase: f64, silabas_por_palavra: f64) -> f64 {
    248.835 - 1.015 * palavras_por_frase - 84.6 * silabas_por_palavra
}

/// Uma divisão entre contagens, que cabem de sobra em um `f64`.
#[expect(clippy::cast_precision_loss)]
fn razao(de: usize, por: usize) -> f64 {
    de as f64 / por.max(1) as f64
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn segue_a_formula() {
        let texto = "Você fecha a porta. ".repeat(25);
        let medida = Medida::de(&texto);
        assert_eq!((medida.palavras(), medida.frases.len()), (100, 25));
        let esperado = 248.835 - 1.015 * 4.0 - 84.6 * 7.0 / 4.0;
        assert!((medida.indice().unwrap() - esperado).abs() < 1e-9);
    }

    #[test]
    fn pouco_texto_nao_tem_indice() {
        let texto = "Você fecha a porta. ".repeat(24);
        assert_eq!(Medida::de(&texto).indice(), None);
        assert_eq!(
            Medida::de("# Só um título\n\n| a |\n| - |\n| b |\n").palavras(),
            0
        );
    }

    #[test]
    fn as_mais_pesadas_vem_primeiro() {
        let leve = "Você lê, ele lê, e o que um lê o outro lê.";
        let pesada = "A característica determinante dos procedimentos administrativos é a \
            complexidade burocrática extraordinária das regulamentações institucionais.";
        let texto = format!("{leve} {leve}\n\n{pesada}\n\nCurta.\n");
        let medida = Medida::de(&texto);
        let achadas = medida.mais_pesadas(2);
        assert_eq!(achadas[0].texto, pesada);
        assert!(sozinha(achadas[0]) < MINIMO && sozinha(achadas[1]) > 75.0);
    }
}
