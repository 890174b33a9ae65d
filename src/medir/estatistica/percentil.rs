//! Percentis, medianas e resumos.

/// Põe as medidas em ordem crescente, como [`percentil`] e [`ccdf`](super::ccdf) as
/// querem.
pub fn ordenar(medidas: &mut [f64]) {
    medidas.sort_unstable_by(f64::total_cmp);
}

/// O percentil `p` (de 0 a 100) de medidas em ordem crescente: a menor medida que não
/// é superada por mais de `100 − p` % delas. `None` sem medidas, ou com um `p` fora de
/// 0 a 100.
///
/// É a definição 1 de Hyndman e Fan (*Sample Quantiles in Statistical Packages*,
/// *The American Statistician* 50(4), 1996), a inversa da distribuição observada, também
/// chamada *nearest rank*: a medida de posto ⌈n·p/100⌉. A definição 7, a de muitas
/// planilhas, interpola entre duas vizinhas. Em uma cauda de latência as vizinhas
/// podem ser 0,2 ms (nada se perdeu) e 200 ms (algo se perdeu), e o p99,9
/// interpolado seria um tempo que nunca aconteceu. Este é sempre um que aconteceu.
///
/// ```
/// use sockets::medir::estatistica::percentil;
///
/// let tempos = [15.0, 20.0, 35.0, 40.0, 50.0];
/// assert_eq!(percentil(&tempos, 30.0), Some(20.0));
/// assert_eq!(percentil(&tempos, 99.9), Some(50.0));
/// assert_eq!(percentil(&[], 50.0), None);
/// ```
#[must_use]
pub fn percentil(ordenados: &[f64], p: f64) -> Option<f64> {
    debug_assert!(ordenados.is_sorted(), "as medidas estão em ordem");
    if !(0.0..=100.0).contains(&p) {
        return None;
    }
    let ultima = ordenados.len().checked_sub(1)?;
    Some(ordenados[posto(ordenados.len(), p).saturating_sub(1).min(ultima)])
}

/// ⌈n·p/100⌉, como se `p` fosse o decimal que se escreveu: 99,9 % de 1000 é 999, mesmo
/// que o `f64` mais perto de 99,9 passe dele por um fio.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "vai de 0 à quantidade de medidas, que cabe na memória"
)]
fn posto(quantas: usize, p: f64) -> usize {
    /// Muito mais que o erro das duas contas, muito menos que uma medida.
    const FOLGA: f64 = 1e-9;
    let exato = quantas as f64 * p / 100.0;
    let perto = exato.round();
    if (exato - perto).abs() <= FOLGA * exato {
        perto as usize
    } else {
        exato.ceil() as usize
    }
}

/// A mediana de medidas em qualquer ordem: a do meio, ou a média das duas do meio.
/// `None` sem medidas.
///
/// Serve para resumir as poucas rodadas de um experimento, em que nenhum dos lados
/// merece preferência. Para a latência de muitas trocas, o p50 é
/// [`percentil`]`(…, 50.0)`.
///
/// ```
/// use sockets::medir::estatistica::mediana;
///
/// assert_eq!(mediana(&[3.0, 1.0, 2.0]), Some(2.0));
/// assert_eq!(mediana(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
/// ```
#[must_use]
pub fn mediana(medidas: &[f64]) -> Option<f64> {
    Resumo::de(medidas).map(|resumo| resumo.mediana)
}

/// O que se mostra das rodadas de uma condição: a mediana e a faixa.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resumo {
    /// Quantas medidas.
    pub n: usize,
    /// A menor.
    pub menor: f64,
    /// A do meio, ou a média das duas do meio.
    pub mediana: f64,
    /// A maior.
    pub maior: f64,
}

impl Resumo {
    /// O resumo de medidas em qualquer ordem. `None` sem medidas.
    #[must_use]
    pub fn de(medidas: &[f64]) -> Option<Self> {
        let mut ordenadas = medidas.to_vec();
        ordenar(&mut ordenadas);
        let (&menor, &maior) = (ordenadas.first()?, ordenadas.last()?);
        let (antes, depois) = ordenadas.split_at(ordenadas.len() / 2);
        let mediana = match (antes.last(), antes.len() == depois.len()) {
            (Some(de_antes), true) => f64::midpoint(*de_antes, depois[0]),
            _ => depois[0],
        };
        Some(Self {
            n: ordenadas.len(),
            menor,
            mediana,
            maior,
        })
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    /// Os exemplos de *nearest rank* da Wikipédia em inglês (*Percentile*).
    #[test]
    fn os_percentis_sao_os_publicados() {
        let cinco = [15.0, 20.0, 35.0, 40.0, 50.0];
        for (p, esperado) in
            [(5.0, 15.0), (30.0, 20.0), (40.0, 20.0), (50.0, 35.0)]
        {
            assert_eq!(percentil(&cinco, p), Some(esperado), "p{p}");
        }
        let dez = [3.0, 6.0, 7.0, 8.0, 8.0, 10.0, 13.0, 15.0, 16.0, 20.0];
        for (p, esperado) in
            [(25.0, 7.0), (50.0, 8.0), (75.0, 15.0), (100.0, 20.0)]
        {
            assert_eq!(percentil(&dez, p), Some(esperado), "p{p}");
        }
        assert_eq!(percentil(&cinco, 0.0), Some(15.0));
        assert_eq!(percentil(&cinco, 100.0), Some(50.0));
    }

    /// Com `p` em milésimos a conta se faz só com inteiros, sem arredondar.
    #[test]
    fn o_posto_e_o_da_conta_exata() {
        for quantas in (1..3000).chain([10_000, 99_999, 1_000_000]) {
            for milesimos in 0..=1000_u32 {
                let exato = (quantas * milesimos as usize).div_ceil(1000);
                let p = f64::from(milesimos) / 10.0;
                assert_eq!(posto(quantas, p), exato, "{quantas} p{p}");
            }
        }
    }

    #[test]
    fn um_percentil_que_nao_existe_nao_tem_valor() {
        for p in [-0.1, 100.1, f64::NAN, f64::INFINITY] {
            assert_eq!(percentil(&[1.0, 2.0], p), None, "p{p}");
        }
        assert_eq!(percentil(&[], 0.0), None);
        assert_eq!(percentil(&[7.0], 0.0), Some(7.0));
        assert_eq!(percentil(&[7.0], 99.9), Some(7.0));
    }

    #[test]
    fn o_resumo_nao_depende_da_ordem() {
        let resumo = Resumo::de(&[5.0, -1.0, 3.0, 9.0, 4.0]).unwrap();
        let esperado = Resumo {
            n: 5,
            menor: -1.0,
            mediana: 4.0,
            maior: 9.0,
        };
        assert_eq!(resumo, esperado);
        assert_eq!(mediana(&[2.0]), Some(2.0));
        assert_eq!(mediana(&[10.0, 2.0]), Some(6.0));
        assert_eq!(mediana(&[]), None);
    }
}
