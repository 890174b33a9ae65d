//! As demoras de uma rodada, e os números delas que vão às tabelas.

use std::time::Duration;

use sockets::medir::estatistica::{ccdf, ordenar, percentil};

use crate::resultados::Valor;

/// Em que unidade uma demora vai à tabela, e com quantas casas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unidade {
    /// Microssegundos, com uma casa.
    Us,
    /// Milissegundos, com três.
    Ms,
}

impl Unidade {
    /// `segundos`, nesta unidade.
    #[must_use]
    pub fn valor(self, segundos: f64) -> Valor {
        match self {
            Self::Us => Valor::Medida(segundos * 1e6, 1),
            Self::Ms => Valor::Medida(segundos * 1e3, 3),
        }
    }
}

/// As demoras de uma rodada, em ordem crescente.
#[derive(Debug, Clone, PartialEq)]
pub struct Demoras(Vec<f64>);

impl Demoras {
    /// As de `medidas`, que vêm em qualquer ordem.
    #[must_use]
    pub fn novas(medidas: &[Duration]) -> Self {
        let mut segundos: Vec<f64> =
            medidas.iter().map(Duration::as_secs_f64).collect();
        ordenar(&mut segundos);
        Self(segundos)
    }

    /// O percentil `p`. Fica vazio quando nenhuma medida passaria dele: o p99,9 de
    /// trezentas é só a maior delas com outro nome.
    #[must_use]
    pub fn percentil(&self, p: f64, unidade: Unidade) -> Valor {
        /// Muito mais que o erro da conta, muito menos que uma medida.
        const FOLGA: f64 = 1e-6;
        #[expect(clippy::cast_precision_loss, reason = "cabem na memória")]
        let acima = self.0.len() as f64 * (100.0 - p) / 100.0;
        match percentil(&self.0, p) {
            Some(segundos) if acima >= 1.0 - FOLGA => unidade.valor(segundos),
            _ => Valor::Ausente,
        }
    }

    /// A maior de todas.
    #[must_use]
    pub fn maior(&self, unidade: Unidade) -> Valor {
        let maior = self.0.last();
        maior.map_or(Valor::Ausente, |segundos| unidade.valor(*segundos))
    }

    /// A cauda, pronta para desenhar: pares de uma demora e da fração acima dela.
    #[must_use]
    pub fn cauda(&self, unidade: Unidade) -> Vec<(Valor, Valor)> {
        ccdf(&self.0)
            .into_iter()
            .map(|(segundos, acima)| {
                (unidade.valor(segundos), Valor::Medida(acima, 6))
            })
            .collect()
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn ate(quantas: u64) -> Demoras {
        let medidas: Vec<_> =
            (1..=quantas).rev().map(Duration::from_millis).collect();
        Demoras::novas(&medidas)
    }

    #[test]
    fn o_percentil_de_poucas_medidas_fica_vazio() {
        let ms = Unidade::Ms;
        assert_eq!(ate(999).percentil(99.9, ms), Valor::Ausente);
        assert_eq!(ate(1000).percentil(99.9, ms), Valor::Medida(999.0, 3));
        assert_eq!(ate(99).percentil(99.0, ms), Valor::Ausente);
        assert_eq!(ate(100).percentil(99.0, ms), Valor::Medida(99.0, 3));
        assert_eq!(ate(1).percentil(50.0, ms), Valor::Ausente);
        assert_eq!(ate(2).percentil(50.0, ms), Valor::Medida(1.0, 3));
    }

    #[test]
    fn a_unidade_e_a_pedida() {
        let us = ate(3).maior(Unidade::Us);
        assert_eq!(us, Valor::Medida(3000.0, 1));
        assert_eq!(ate(3).maior(Unidade::Ms), Valor::Medida(3.0, 3));
    }

    #[test]
    fn sem_medidas_nao_ha_numeros() {
        let nenhuma = Demoras::novas(&[]);
        assert_eq!(nenhuma.maior(Unidade::Us), Valor::Ausente);
        assert_eq!(nenhuma.cauda(Unidade::Us), []);
    }

    #[test]
    fn a_cauda_acaba_na_maior() {
        let cauda = ate(4).cauda(Unidade::Ms);
        let esperada = [(1.0, 0.75), (2.0, 0.5), (3.0, 0.25), (4.0, 0.0)];
        let esperada = esperada.map(|(demora, acima)| {
            (Valor::Medida(demora, 3), Valor::Medida(acima, 6))
        });
        assert_eq!(cauda, esperada);
    }
}
