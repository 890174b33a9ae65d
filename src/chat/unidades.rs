//! Números como uma pessoa os lê: com a unidade e a vírgula.

use std::time::Duration;

/// Uma duração com três algarismos: `42 µs`, `12,3 ms`, `1,20 s`.
#[must_use]
pub fn duracao(duracao: Duration) -> String {
    let micros = duracao.as_micros();
    if micros < 1000 {
        return format!("{micros} µs");
    }
    let milissegundos = duracao.as_secs_f64() * 1000.0;
    let (numero, unidade) = if milissegundos < 1000.0 {
        (milissegundos, "ms")
    } else {
        (milissegundos / 1000.0, "s")
    };
    let casas = match numero {
        numero if numero < 10.0 => 2,
        numero if numero < 100.0 => 1,
        _ => 0,
    };
    format!("{numero:.casas$} {unidade}").replace('.', ",")
}

/// `1 linha`, `2 linhas`.
#[must_use]
pub fn contar(quantos: u64, um: &str, muitos: &str) -> String {
    format!("{quantos} {}", if quantos == 1 { um } else { muitos })
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_unidade_acompanha_o_tamanho() {
        for (micros, texto) in [
            (0, "0 µs"),
            (42, "42 µs"),
            (999, "999 µs"),
            (1000, "1,00 ms"),
            (1234, "1,23 ms"),
            (12_345, "12,3 ms"),
            (123_456, "123 ms"),
            (1_234_567, "1,23 s"),
            (15_000_000, "15,0 s"),
            (3_600_000_000, "3600 s"),
        ] {
            assert_eq!(duracao(Duration::from_micros(micros)), texto);
        }
    }

    #[test]
    fn um_e_diferente_de_muitos() {
        assert_eq!(contar(0, "linha", "linhas"), "0 linhas");
        assert_eq!(contar(1, "linha", "linhas"), "1 linha");
        assert_eq!(contar(2, "linha", "linhas"), "2 linhas");
    }
}
