//! Números escritos como em português: vírgula decimal, ponto de milhar.

/// A partir de que número se separam os milhares: `9999`, mas `10.000`.
const COM_MILHARES: f64 = 10_000.0;

/// Quantos algarismos se mostram onde ninguém disse.
const SIGNIFICATIVOS: i32 = 3;

/// `valor` com `casas` decimais; com `casas` negativo, arredondado a dezenas (-1),
/// centenas (-2) e assim por diante.
pub fn numero(valor: f64, casas: i32) -> String {
    let dez = 10_f64.powi(casas.min(0).abs());
    let arredondado = (valor / dez).round() * dez;
    let valor = if casas < 0 { arredondado } else { valor };
    let decimais = usize::try_from(casas).unwrap_or(0);
    let escrito = format!("{:.decimais$}", valor.abs());
    let (inteiro, resto) = escrito.split_once('.').unwrap_or((&escrito, ""));
    let mut texto = String::new();
    if valor < 0.0 && escrito.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        texto.push('−');
    }
    let milhares = inteiro
        .parse()
        .is_ok_and(|inteiro: f64| inteiro >= COM_MILHARES);
    for (indice, algarismo) in inteiro.chars().enumerate() {
        if milhares && indice > 0 && (inteiro.len() - indice).is_multiple_of(3) {
            texto.push('.');
        }
        texto.push(algarismo);
    }
    if !resto.is_empty() {
        texto.push(',');
        texto.push_str(resto);
    }
    texto
}

/// Quantas casas mostram de `valor` os algarismos que interessam.
pub fn casas_de(valor: f64) -> i32 {
    if valor == 0.0 {
        return 0;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "o expoente de um f64 é pequeno"
    )]
    let ordem = valor.abs().log10().floor() as i32;
    (SIGNIFICATIVOS - 1 - ordem).clamp(0, 6)
}

/// `valor` só com as casas que dizem algo: `0,5`, `200`, `0,001`.
pub fn enxuto(valor: f64) -> String {
    let texto = numero(valor, casas_de(valor));
    if texto.contains(',') {
        texto
            .trim_end_matches('0')
            .trim_end_matches(',')
            .to_string()
    } else {
        texto
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_virgula_separa_as_casas_e_o_ponto_os_milhares() {
        for (valor, casas, texto) in [
            (11.649, 1, "11,6"),
            (11.65, 0, "12"),
            (0.0, 2, "0,00"),
            (-0.04, 1, "0,0"),
            (-2.5, 1, "−2,5"),
            (1024.0, 0, "1024"),
            (10_000.0, 0, "10.000"),
            (9999.96, 1, "10.000,0"),
            (1_234_567.8, 1, "1.234.567,8"),
            (1_234_567.0, -3, "1.235.000"),
            (44.0, -2, "0"),
        ] {
            assert_eq!(numero(valor, casas), texto);
        }
    }

    #[test]
    fn sem_casas_pedidas_ficam_tres_algarismos() {
        for (valor, texto) in [
            (0.5, "0,5"),
            (200.0, "200"),
            (0.001, "0,001"),
            (0.012_345, "0,0123"),
            (1.0, "1"),
            (12.345, "12,3"),
            (30_211.0, "30.211"),
            (0.0, "0"),
        ] {
            assert_eq!(enxuto(valor), texto);
        }
    }
}
