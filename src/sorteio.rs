//! Sorteios que se repetem: a mesma semente dá sempre a mesma rede ruim, em qualquer
//! computador. Servem à [simulação](crate::arq::simulacao) e ao caminho por onde as
//! medições passam.

/// Números que parecem ao acaso e são sempre os mesmos para a mesma semente.
///
/// É o `SplitMix64` (Steele, Lea e Flood, *Fast Splittable Pseudorandom Number
/// Generators*, OOPSLA 2014). Qualquer semente vale, mesmo 0. Serve para simular, e
/// não para segredos.
#[derive(Debug, Clone)]
pub struct Sorteio(u64);

impl Sorteio {
    /// O sorteio desta semente.
    #[must_use]
    pub fn novo(semente: u64) -> Self {
        Self(semente)
    }

    /// Um número qualquer.
    pub fn numero(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Um número de 0 até antes de `limite`; 0 se o limite é 0. Os menores saem um
    /// pouco mais: no máximo `limite` / 2⁶⁴ a mais, que nenhuma medição vê.
    pub fn abaixo_de(&mut self, limite: u64) -> u64 {
        self.numero().checked_rem(limite).unwrap_or(0)
    }

    /// Um número de 0 até antes de 1, em passos de 2⁻³².
    pub fn fracao(&mut self) -> f64 {
        f64::from((self.numero() >> 32) as u32) / (f64::from(u32::MAX) + 1.0)
    }

    /// Se aconteceu algo que tem esta probabilidade, de 0 (nunca) a 1 (sempre).
    /// Gasta um número, qualquer que seja a resposta.
    pub fn acontece(&mut self, probabilidade: f64) -> bool {
        self.fracao() < probabilidade
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn primeiros<const N: usize>(semente: u64) -> [u64; N] {
        let mut sorteio = Sorteio::novo(semente);
        [(); N].map(|()| sorteio.numero())
    }

    /// As sequências que o `splitmix64.c` de Sebastiano Vigna
    /// (<https://prng.di.unimi.it/splitmix64.c>) dá para as sementes 0 e 1234567; a
    /// segunda é a que o Rosetta Code publica (*Pseudo-random numbers/Splitmix64*).
    #[test]
    fn a_sequencia_e_a_publicada() {
        assert_eq!(
            primeiros(0),
            [
                0xe220_a839_7b1d_cdaf,
                0x6e78_9e6a_a1b9_65f4,
                0x06c4_5d18_8009_454f,
                0xf88b_b8a8_724c_81ec,
                0x1b39_896a_51a8_749b,
            ]
        );
        assert_eq!(
            primeiros(1_234_567),
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn a_fracao_vai_de_zero_ate_antes_de_um() {
        let mut sorteio = Sorteio::novo(7);
        let fracoes: Vec<f64> =
            (0..100_000).map(|_| sorteio.fracao()).collect();
        assert!(fracoes.iter().all(|f| (0.0..1.0).contains(f)));
        assert!(fracoes.iter().any(|f| *f < 0.001));
        assert!(fracoes.iter().any(|f| *f > 0.999));
    }

    #[test]
    fn nunca_e_sempre_sao_exatos() {
        let mut sorteio = Sorteio::novo(8);
        assert!((0..100_000).all(|_| !sorteio.acontece(0.0)));
        assert!((0..100_000).all(|_| sorteio.acontece(1.0)));
    }

    /// Em 200 000 sorteios o desvio padrão da fração é menor que 0,0012.
    #[test]
    fn acontece_tantas_vezes_quanto_se_pede() {
        let mut sorteio = Sorteio::novo(9);
        for probabilidade in [0.001, 0.01, 0.05, 0.2, 0.5, 0.9] {
            let quantas = (0..200_000)
                .filter(|_| sorteio.acontece(probabilidade))
                .count();
            let fracao = f64::from(u32::try_from(quantas).unwrap()) / 2e5;
            assert!((fracao - probabilidade).abs() < 0.005, "{fracao}");
        }
    }

    #[test]
    fn abaixo_do_limite_sai_tudo_e_so_o_que_cabe() {
        let mut sorteio = Sorteio::novo(10);
        let mut saiu = [false; 7];
        for _ in 0..1000 {
            saiu[usize::try_from(sorteio.abaixo_de(7)).unwrap()] = true;
        }
        assert_eq!(saiu, [true; 7]);
        assert_eq!(sorteio.abaixo_de(0), 0);
    }
}
