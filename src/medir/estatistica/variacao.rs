//! Quanto varia o tempo entre chegadas.

/// A variação entre chegadas (*interarrival jitter*) da RFC 3550 §6.4.1: uma
/// média corrente, que em cada chegada anda 1/16 do caminho até |D|, a diferença entre
/// o tempo de viagem deste pacote e o do que chegou antes dele.
///
/// Só diferenças de tempos de viagem entram na conta: os relógios das duas pontas não
/// precisam marcar a mesma hora.
///
/// A RFC mede no relógio da mídia e mostra a conta de dois modos, com frações e com
/// inteiros (apêndice A.8). Esta é a primeira, em nanossegundos.
///
/// ```
/// use sockets::medir::estatistica::Variacao;
///
/// let mut variacao = Variacao::default();
/// variacao.chegou(5_000);
/// assert_eq!(variacao.ns(), None); // com um pacote só não há diferença
/// variacao.chegou(5_160);
/// assert_eq!(variacao.ns(), Some(10.0)); // 160 / 16
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Variacao {
    /// O tempo de viagem do último que chegou.
    anterior: Option<i64>,
    media: Option<f64>,
}

impl Variacao {
    /// Chegou um pacote que viajou `ida_ns` nanossegundos: a hora de chegar, no relógio
    /// daqui, menos a de sair, no de lá. Pode ser negativo, se os relógios diferem.
    #[expect(
        clippy::cast_precision_loss,
        reason = "uma diferença acima de 2⁵³ ns passa de cem dias"
    )]
    pub fn chegou(&mut self, ida_ns: i64) {
        if let Some(anterior) = self.anterior.replace(ida_ns) {
            let diferenca = ida_ns.abs_diff(anterior) as f64;
            let media = self.media.unwrap_or(0.0);
            self.media = Some(media + (diferenca - media) / 16.0);
        }
    }

    /// A variação, em nanossegundos; `None` antes do segundo pacote.
    #[must_use]
    pub fn ns(&self) -> Option<f64> {
        self.media
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn depois_de(idas_ns: &[i64]) -> Option<f64> {
        let mut variacao = Variacao::default();
        for ida in idas_ns {
            variacao.chegou(*ida);
        }
        variacao.ns()
    }

    /// À mão, por J(i) = J(i−1) + (|D(i−1,i)| − J(i−1)) / 16. As diferenças são 160, 0,
    /// 320 e 16: 160/16 = 10; 10 − 10/16 = 9,375; 9,375 + 310,625/16 = 28,7890625;
    /// 28,7890625 − 12,7890625/16 = 27,98974609375. Todas exatas em binário.
    #[test]
    fn a_conta_e_a_da_rfc() {
        let idas = [1000, 1160, 1160, 840, 856];
        let esperadas = [10.0, 9.375, 28.789_062_5, 27.989_746_093_75];
        for (i, esperada) in esperadas.into_iter().enumerate() {
            assert_eq!(depois_de(&idas[..i + 2]), Some(esperada));
        }
    }

    /// A conta com inteiros do apêndice A.8 guarda 16 vezes a média,
    /// `jitter += d - ((jitter + 8) >> 4)`, e o arredondamento dela erra menos de uma
    /// unidade na média.
    #[test]
    fn a_conta_acompanha_a_de_inteiros_da_rfc() {
        let mut sorteio = crate::sorteio::Sorteio::novo(1);
        let mut variacao = Variacao::default();
        let (mut anterior, mut dezesseis_vezes) = (None, 0_i64);
        for _ in 0..10_000 {
            let ida = sorteio.abaixo_de(5_000).cast_signed();
            variacao.chegou(ida);
            if let Some(anterior) = anterior.replace(ida) {
                let d = (ida - anterior).abs();
                dezesseis_vezes += d - ((dezesseis_vezes + 8) >> 4);
                let inteira = f64::from(
                    i32::try_from(dezesseis_vezes).expect("é pequena"),
                ) / 16.0;
                assert!((variacao.ns().unwrap() - inteira).abs() < 1.0);
            }
        }
    }

    #[test]
    fn a_diferenca_dos_relogios_nao_conta() {
        let idas = [10, 35, 20, 90, 41];
        for atraso in [-7_000_000_000_000, -20, 3_600_000_000_000] {
            let deslocadas = idas.map(|ida| ida + atraso);
            assert_eq!(depois_de(&deslocadas), depois_de(&idas));
        }
    }

    #[test]
    fn quem_nao_varia_tem_zero_e_quem_mente_nao_estoura() {
        assert_eq!(depois_de(&[]), None);
        assert_eq!(depois_de(&[5]), None);
        assert_eq!(depois_de(&[5; 100]), Some(0.0));
        let extremos = depois_de(&[i64::MIN, i64::MAX, i64::MIN]).unwrap();
        assert!(extremos.is_finite() && extremos > 0.0);
    }
}
