//! A hora local das linhas, formatada uma vez por segundo e não por linha.

use std::time::{Duration, Instant};

use chrono::{Local, Timelike};

/// A data e a hora que acompanham cada linha.
#[derive(Debug)]
pub struct Relogio {
    data: String,
    hora: String,
    /// Quando o segundo que se mostra acaba.
    vale_ate: Instant,
}

impl Relogio {
    /// Um relógio certo em `agora`, que tem de ser agora.
    #[must_use]
    pub fn novo(agora: Instant) -> Self {
        let mut relogio = Self {
            data: String::new(),
            hora: String::new(),
            vale_ate: agora,
        };
        relogio.acertar(agora);
        relogio
    }

    /// Acerta o relógio, se o segundo mudou. `agora` tem de ser agora.
    pub fn acertar(&mut self, agora: Instant) {
        if agora < self.vale_ate {
            return;
        }
        let local = Local::now();
        self.data = local.format("%Y-%m-%d").to_string();
        self.hora = local.format("%H:%M:%S").to_string();
        // Em um segundo intercalado os nanossegundos passam de um bilhão.
        let passou = Duration::from_nanos(local.nanosecond().into());
        let falta = Duration::from_secs(1).saturating_sub(passou);
        self.vale_ate = agora + falta;
    }

    /// A data, `2026-11-22`.
    #[must_use]
    pub fn data(&self) -> &str {
        &self.data
    }

    /// A hora, `14:03:11`.
    #[must_use]
    pub fn hora(&self) -> &str {
        &self.hora
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn forma(texto: &str) -> String {
        texto
            .chars()
            .map(|c| if c.is_ascii_digit() { '9' } else { c })
            .collect()
    }

    #[test]
    fn a_data_e_a_hora_tem_sempre_a_mesma_forma() {
        let relogio = Relogio::novo(Instant::now());
        assert_eq!(forma(relogio.data()), "9999-99-99");
        assert_eq!(forma(relogio.hora()), "99:99:99");
    }

    #[test]
    fn so_se_formata_de_novo_quando_o_segundo_acaba() {
        let agora = Instant::now();
        let mut relogio = Relogio::novo(agora);
        assert!(relogio.vale_ate <= agora + Duration::from_secs(1));
        let hora = relogio.hora().as_ptr();
        if let Some(antes) =
            relogio.vale_ate.checked_sub(Duration::from_nanos(1))
        {
            relogio.acertar(antes);
        }
        assert_eq!(relogio.hora().as_ptr(), hora);
        let vale_ate = relogio.vale_ate;
        relogio.acertar(vale_ate);
        assert!(relogio.vale_ate > vale_ate);
    }
}
