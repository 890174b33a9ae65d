//! Quantos em cem.

use sockets::medir::estatistica::{Intervalo, wilson};

use crate::resultados::Valor;

/// As casas das porcentagens nas tabelas: com 10 000 pacotes, um vale 0,010 %.
const CASAS: usize = 3;

/// `parte` em cada cem de `todo`; `None` se não há todo.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "são poucos datagramas: cabem inteiros em um f64"
)]
pub fn porcento(parte: u64, todo: u64) -> Option<f64> {
    (todo > 0).then(|| parte as f64 / todo as f64 * 100.0)
}

/// O campo de uma porcentagem.
#[must_use]
pub fn campo(porcento: Option<f64>) -> Valor {
    porcento.map_or(Valor::Ausente, |p| Valor::Medida(p, CASAS))
}

/// O intervalo de 95 % de uma perda, em %.
#[must_use]
pub fn intervalo(perdidos: u64, enviados: u64) -> Intervalo {
    let Intervalo { de, ate } = wilson(perdidos, enviados);
    Intervalo {
        de: de * 100.0,
        ate: ate * 100.0,
    }
}
