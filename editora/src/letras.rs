//! Quanto um texto ocupa: estimado pelas larguras da Open Sans, a primeira letra que o
//! livro pede e uma das mais largas das que os sistemas trazem.

/// As larguras, em milésimos do corpo, das letras que fogem da média do seu grupo.
const LARGURAS: &[(&str, f64)] = &[
    ("ijlíì|!'", 255.0),
    (".,:; ", 265.0),
    ("frtI()/-[]", 340.0),
    ("sczçJ", 480.0),
    ("vxykTLFEé", 530.0),
    ("mMW%", 900.0),
    ("wQO", 780.0),
    ("CDGHNUÇ", 700.0),
];

/// A largura das outras.
const COMUM: f64 = 590.0;

/// A largura de `texto`, nas unidades do `corpo` da letra.
pub fn largura(texto: &str, corpo: f64) -> f64 {
    let milesimos = texto.chars().map(|letra| {
        LARGURAS
            .iter()
            .find(|(letras, _)| letras.contains(letra))
            .map_or(COMUM, |(_, largura)| *largura)
    });
    milesimos.sum::<f64>() * corpo / 1000.0
}

#[cfg(test)]
mod testes {
    use super::largura;

    #[test]
    fn letras_finas_ocupam_menos_que_largas() {
        assert!(largura("illi", 10.0) < largura("1234", 10.0));
        assert!(largura("1234", 10.0) < largura("mmmm", 10.0));
        assert!((largura("00", 20.0) - 2.0 * largura("00", 10.0)).abs() < 1e-9);
    }
}
