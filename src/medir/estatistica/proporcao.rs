//! O intervalo em que está uma proporção que se estimou contando.

/// O quantil 0,975 da normal padrão: entre ele e o seu negativo está 95 % dela.
const Z: f64 = 1.959_963_984_540_054;

/// De onde até onde vai uma proporção, em frações de 0 a 1, extremos incluídos.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intervalo {
    /// O extremo de baixo.
    pub de: f64,
    /// O extremo de cima.
    pub ate: f64,
}

impl Intervalo {
    /// Se a proporção está no intervalo.
    #[must_use]
    pub fn contem(&self, proporcao: f64) -> bool {
        (self.de..=self.ate).contains(&proporcao)
    }
}

/// O intervalo de Wilson, de 95 % de confiança, da proporção de que se observaram
/// `sucessos` em `total` tentativas independentes. Sem tentativas nada se sabe: de 0
/// a 1. Mais sucessos que tentativas não existem: valem `total`.
///
/// Wilson, *Probable Inference, the Law of Succession, and Statistical Inference*,
/// *Journal of the American Statistical Association* 22 (158), 1927. Brown, Cai e
/// `DasGupta` (*Interval Estimation for a Binomial Proportion*, *Statistical Science*
/// 16(2), 2001) o recomendam: ao contrário do p ± 1,96·√(p(1−p)/n) dos livros, não sai
/// de 0 a 1 e não some quando nada se perde.
///
/// 95 % é a média: em uma proporção e um total dados, a confiança de verdade oscila
/// alguns décimos em torno disso.
///
/// ```
/// use sockets::medir::estatistica::wilson;
///
/// // Perder 5 de 100 é quase não saber quanto se perde.
/// let perda = wilson(5, 100);
/// assert_eq!(format!("{:.3} a {:.3}", perda.de, perda.ate), "0.022 a 0.112");
/// ```
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "só acima de 2⁵³ tentativas, e aí o intervalo já não tem largura"
)]
pub fn wilson(sucessos: u64, total: u64) -> Intervalo {
    let sucessos = sucessos.min(total);
    let n = total as f64;
    let p = sucessos as f64 / n;
    let centro = p + Z * Z / (2.0 * n);
    let raio = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let divisor = 1.0 + Z * Z / n;
    // Nada e tudo têm um extremo exato, que a conta erraria por um fio; sem tentativas
    // nem há conta, e são os dois.
    Intervalo {
        de: match sucessos {
            0 => 0.0,
            _ => (centro - raio) / divisor,
        },
        ate: match total - sucessos {
            0 => 1.0,
            _ => (centro + raio) / divisor,
        },
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn confere(sucessos: u64, total: u64, de: f64, ate: f64, casas: i32) {
        let intervalo = wilson(sucessos, total);
        let meia_casa = 0.5 * 10_f64.powi(-casas) + 1e-12;
        assert!(
            (intervalo.de - de).abs() <= meia_casa
                && (intervalo.ate - ate).abs() <= meia_casa,
            "{sucessos} de {total}: {intervalo:?}"
        );
    }

    /// Newcombe, *Two-Sided Confidence Intervals for the Single Proportion*, Statistics
    /// in Medicine 17, 1998, tabela I, método 3.
    #[test]
    fn os_intervalos_sao_os_publicados() {
        confere(81, 263, 0.2553, 0.3662, 4);
        confere(15, 148, 0.0624, 0.1605, 4);
        confere(0, 20, 0.0, 0.1611, 4);
        confere(1, 29, 0.0061, 0.1718, 4);
        confere(29, 29, 0.8830, 1.0, 4);
    }

    #[test]
    fn cinco_por_cento_so_se_sabe_com_muitas_tentativas() {
        confere(5, 100, 0.022, 0.112, 3);
        confere(50, 1000, 0.038, 0.065, 3);
        confere(500, 10_000, 0.046, 0.054, 3);
    }

    #[test]
    fn nada_e_tudo_tem_um_extremo_exato() {
        let z2 = Z * Z;
        for n in [1, 7, 1000, 1_000_000_u32] {
            let (n, real) = (u64::from(n), f64::from(n));
            let (nada, tudo) = (wilson(0, n), wilson(n, n));
            assert_eq!(nada.de.to_bits(), 0.0_f64.to_bits());
            assert!((nada.ate - z2 / (real + z2)).abs() < 1e-15);
            assert!((tudo.de - real / (real + z2)).abs() < 1e-15);
            assert_eq!(tudo.ate.to_bits(), 1.0_f64.to_bits());
        }
    }

    #[test]
    fn sem_tentativas_nada_se_sabe_e_a_mais_nao_existe() {
        assert_eq!(wilson(0, 0), Intervalo { de: 0.0, ate: 1.0 });
        assert_eq!(wilson(9, 0), Intervalo { de: 0.0, ate: 1.0 });
        assert_eq!(wilson(11, 10), wilson(10, 10));
        let enorme = wilson(u64::MAX, u64::MAX);
        assert!(enorme.de > 0.999 && enorme.ate <= 1.0);
    }

    #[test]
    fn o_intervalo_contem_a_propria_estimativa_e_fica_entre_zero_e_um() {
        for total in 1..=300_u32 {
            for sucessos in 0..=total {
                let intervalo = wilson(sucessos.into(), total.into());
                let estimativa = f64::from(sucessos) / f64::from(total);
                assert!(intervalo.contem(estimativa), "{sucessos}/{total}");
                assert!(0.0 <= intervalo.de && intervalo.ate <= 1.0);
            }
        }
    }
}
