//! Números como uma pessoa os lê: vírgula decimal e ponto de milhar.

/// `medida` com `casas` casas: `1.234,5`.
#[must_use]
pub fn com_casas(medida: f64, casas: usize) -> String {
    let texto = format!("{medida:.casas$}");
    let (inteiro, fracao) = texto.split_once('.').unwrap_or((&texto, ""));
    let (sinal, digitos) = match inteiro.strip_prefix('-') {
        Some(digitos) => ("-", digitos),
        None => ("", inteiro),
    };
    let mut saida = String::from(sinal);
    for (qual, digito) in digitos.chars().enumerate() {
        if qual > 0 && (digitos.len() - qual).is_multiple_of(3) {
            saida.push('.');
        }
        saida.push(digito);
    }
    if !fracao.is_empty() {
        saida.push(',');
        saida.push_str(fracao);
    }
    saida
}

/// `medida` com três algarismos, ou com todos os da parte inteira: `0,123`, `1,23`,
/// `12,3`, `123`, `1.234`.
#[must_use]
pub fn com_algarismos(medida: f64) -> String {
    let tamanho = medida.abs();
    let casas = [0.9995, 9.995, 99.95];
    let casas = casas.iter().filter(|limite| tamanho < **limite).count();
    com_casas(medida, if tamanho == 0.0 { 0 } else { casas })
}

/// `medida` sem as casas que não dizem nada: `5`, `0,3`.
#[must_use]
pub fn curto(medida: f64) -> String {
    let texto = com_casas(medida, 6);
    texto.trim_end_matches('0').trim_end_matches(',').into()
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_virgula_e_o_ponto_ficam_no_lugar() {
        for (medida, casas, texto) in [
            (0.0, 0, "0"),
            (999.0, 0, "999"),
            (1000.0, 0, "1.000"),
            (1_234_567.891, 2, "1.234.567,89"),
            (-1234.5, 1, "-1.234,5"),
            (-0.25, 2, "-0,25"),
        ] {
            assert_eq!(com_casas(medida, casas), texto);
        }
    }

    #[test]
    fn tres_algarismos_bastam() {
        for (medida, texto) in [
            (0.0, "0"),
            (0.012_34, "0,012"),
            (0.999_49, "0,999"),
            (0.999_51, "1,00"),
            (9.994, "9,99"),
            (9.996, "10,0"),
            (99.94, "99,9"),
            (99.96, "100"),
            (-12.34, "-12,3"),
            (12_345.6, "12.346"),
        ] {
            assert_eq!(com_algarismos(medida), texto);
        }
    }

    #[test]
    fn um_parametro_sai_como_se_escreveu() {
        for (medida, texto) in
            [(5.0, "5"), (0.3, "0,3"), (200.0, "200"), (5000.0, "5.000")]
        {
            assert_eq!(curto(medida), texto);
        }
    }
}
