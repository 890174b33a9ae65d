//! As estatísticas contra as definições delas, em quaisquer medidas.

use proptest::collection::vec;
use proptest::prelude::*;
use sockets::medir::estatistica::{Resumo, ccdf, mediana, ordenar, percentil, wilson};

/// Medidas quaisquer, em ordem; com poucos valores diferentes, há repetidas.
fn medidas() -> impl Strategy<Value = Vec<f64>> {
    let espalhadas = vec(-1e6..1e6_f64, 1..600);
    let repetidas = vec((0..40_u8).prop_map(f64::from), 1..600);
    prop_oneof![espalhadas, repetidas].prop_map(|mut medidas| {
        ordenar(&mut medidas);
        medidas
    })
}

fn contar(medidas: &[f64], condicao: impl Fn(f64) -> bool) -> usize {
    medidas.iter().filter(|m| condicao(**m)).count()
}

proptest! {
    /// O percentil é a menor medida que deixa ao menos `p` % delas até ela. Com `p` em
    /// milésimos a conta se faz só com inteiros.
    #[test]
    fn o_percentil_e_a_menor_medida_que_serve(
        medidas in medidas(),
        milesimos in 0..=1000_u16,
    ) {
        let serve = |valor: f64| {
            contar(&medidas, |m| m <= valor) * 1000 >= medidas.len() * usize::from(milesimos)
        };
        let esperado = medidas.iter().copied().find(|m| serve(*m));
        prop_assert_eq!(percentil(&medidas, f64::from(milesimos) / 10.0), esperado);
    }

    #[test]
    fn a_mediana_tem_tantas_de_um_lado_quanto_do_outro(medidas in medidas()) {
        let resumo = Resumo::de(&medidas).unwrap();
        let metade = medidas.len().div_ceil(2);
        prop_assert!(contar(&medidas, |m| m <= resumo.mediana) >= medidas.len() / 2);
        prop_assert!(contar(&medidas, |m| m >= resumo.mediana) >= medidas.len() / 2);
        prop_assert!(contar(&medidas, |m| m < resumo.mediana) <= metade);
        prop_assert_eq!(mediana(&medidas), Some(resumo.mediana));
        prop_assert_eq!(resumo.n, medidas.len());
        prop_assert_eq!(Some(&resumo.menor), medidas.first());
        prop_assert_eq!(Some(&resumo.maior), medidas.last());
    }

    /// Em qualquer lugar do desenho, o degrau está a 1/32 do que foi medido, ou menos.
    #[test]
    fn a_cauda_desenhada_e_a_medida(medidas in medidas()) {
        let pontos = ccdf(&medidas);
        prop_assert!(pontos.len() <= medidas.len());
        prop_assert_eq!(pontos.first().map(|(valor, _)| valor), medidas.first());
        prop_assert_eq!(pontos.last().copied(), medidas.last().map(|m| (*m, 0.0)));
        let n = f64::from(u16::try_from(medidas.len()).unwrap());
        for valor in &medidas {
            let acima = contar(&medidas, |m| m > *valor);
            let exata = f64::from(u16::try_from(acima).unwrap()) / n;
            let degrau = pontos.iter().rev().find(|(v, _)| v <= valor).unwrap().1;
            prop_assert!(exata <= degrau && degrau - exata <= degrau / 32.0 + 1e-12);
            // A cauda está toda lá.
            prop_assert!(acima >= 31 || pontos.iter().any(|(v, _)| v.total_cmp(valor).is_eq()));
        }
    }

    /// Os extremos de Wilson são as proporções que ficam a 1,96 desvio padrão da que se
    /// observou, o desvio sendo o de quem tem aquela proporção: é a definição dele.
    #[test]
    fn os_extremos_de_wilson_resolvem_a_equacao_dele(
        total in 1..2_000_000_u32,
        fracao in 0.0..=1.0_f64,
    ) {
        let observada = (fracao * f64::from(total)).round() / f64::from(total);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "é inteiro")]
        let sucessos = (observada * f64::from(total)).round() as u64;
        let intervalo = wilson(sucessos, total.into());
        for extremo in [intervalo.de, intervalo.ate] {
            let desvio = (extremo * (1.0 - extremo) / f64::from(total)).sqrt();
            let desvios = (extremo - observada).abs() / desvio;
            // O desvio é 0 nos extremos exatos: 0 de n e n de n.
            prop_assert!((desvios - 1.959_964).abs() < 1e-5 || desvio == 0.0, "{desvios}");
        }
        prop_assert!(intervalo.contem(observada));
    }
}
