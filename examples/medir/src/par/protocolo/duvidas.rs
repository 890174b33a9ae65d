//! O que um lado acha do que o outro relata. Uma dúvida é um bit: nada que o outro
//! escreveu chega ao terminal por aqui.

/// Uma razão para não acreditar no que o outro relata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duvida {
    /// Diz ter recebido mais do que se mandou.
    RecebeuDemais,
    /// Os números do relato não se somam.
    ContaNaoFecha,
    /// Respondeu antes da pergunta.
    AntesDaPergunta,
    /// Diz ter recebido mais depressa do que se mandou.
    DepressaDemais,
    /// Diz ter mandado menos do que chegou.
    MandouMenos,
    /// Diz ter mandado mais do que se pediu, ou mandou o que não se pediu.
    MandouDemais,
    /// Diz que o buffer perdeu mais do que se perdeu.
    BufferDemais,
    /// A variação não cabe no tempo da medida.
    Variacao,
    /// Um tempo que não cabe no que passou aqui.
    Tempo,
    /// Diz ter recebido até o fim, e falta parte do que o TCP entregou.
    FaltaDoFluxo,
}

impl Duvida {
    /// Todas; o bit de cada uma é o lugar dela aqui.
    pub const TODAS: [Self; 10] = [
        Self::RecebeuDemais,
        Self::ContaNaoFecha,
        Self::AntesDaPergunta,
        Self::DepressaDemais,
        Self::MandouMenos,
        Self::MandouDemais,
        Self::BufferDemais,
        Self::Variacao,
        Self::Tempo,
        Self::FaltaDoFluxo,
    ];

    /// O que se diz de quem relata: o resto da frase que começa por «o servidor».
    #[must_use]
    pub fn frase(self) -> &'static str {
        match self {
            Self::RecebeuDemais => "diz ter recebido mais do que se mandou",
            Self::ContaNaoFecha => "dá contas que não fecham",
            Self::AntesDaPergunta => {
                "respondeu antes da pergunta: um tempo menor que zero"
            }
            Self::DepressaDemais => {
                "diz ter recebido mais depressa do que se mandou"
            }
            Self::MandouMenos => "diz ter mandado menos do que chegou",
            Self::MandouDemais => "diz ter mandado mais do que se pediu",
            Self::BufferDemais => {
                "diz que o buffer perdeu mais do que se perdeu"
            }
            Self::Variacao => "dá uma variação que não cabe no tempo da medida",
            Self::Tempo => "dá um tempo que não cabe no que passou",
            Self::FaltaDoFluxo => {
                "diz ter lido tudo e não tem tudo o que o TCP entregou"
            }
        }
    }
}

/// Um conjunto de dúvidas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Duvidas(u32);

impl Duvidas {
    /// As destes bits; `None` se um deles não é de dúvida nenhuma.
    #[must_use]
    pub fn dos_bits(bits: u32) -> Option<Self> {
        (bits >> Duvida::TODAS.len() == 0).then_some(Self(bits))
    }

    /// Um bit por dúvida.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// Acrescenta a dúvida, se há razão para ela.
    pub fn se(&mut self, razao: bool, duvida: Duvida) {
        if razao {
            self.0 |= 1 << duvida as u32;
        }
    }

    /// Acrescenta as de `outras`.
    pub fn juntar(&mut self, outras: Self) {
        self.0 |= outras.0;
    }

    /// Se não há nenhuma.
    #[must_use]
    pub fn nenhuma(self) -> bool {
        self.0 == 0
    }

    /// As que há.
    pub fn iter(self) -> impl Iterator<Item = Duvida> {
        let tem = move |d: &Duvida| self.0 & (1 << *d as u32) != 0;
        Duvida::TODAS.into_iter().filter(tem)
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn cada_duvida_tem_o_seu_bit_e_a_sua_frase() {
        let mut todas = Duvidas::default();
        assert!(todas.nenhuma());
        let mut frases = std::collections::BTreeSet::new();
        for duvida in Duvida::TODAS {
            let mut uma = Duvidas::default();
            uma.se(true, duvida);
            uma.se(false, Duvida::Tempo);
            assert!(uma.iter().eq([duvida]));
            todas.se(true, duvida);
            assert!(frases.insert(duvida.frase()));
        }
        assert!(todas.iter().eq(Duvida::TODAS));
        assert_eq!(Duvidas::dos_bits(todas.bits()), Some(todas));
        assert_eq!(Duvidas::dos_bits(todas.bits() + 1), None);
        assert_eq!(Duvidas::dos_bits(u32::MAX), None);
    }
}
