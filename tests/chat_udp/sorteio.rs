//! Um sorteio que se repete: a mesma semente dá sempre a mesma rede.

/// O gerador `SplitMix64` (Steele, Lea e Flood, 2014).
pub struct Sorteio(u64);

impl Sorteio {
    pub fn novo(semente: u64) -> Self {
        Self(semente)
    }

    pub fn numero(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut n = self.0;
        n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    }

    /// De 0 a `limite`, sem ele.
    pub fn ate(&mut self, limite: u64) -> u64 {
        self.numero() % limite
    }

    /// O mesmo, para um lugar em uma lista.
    pub fn indice(&mut self, limite: usize) -> usize {
        usize::try_from(self.ate(limite as u64)).unwrap()
    }

    /// Verdadeiro em tantas de cem vezes.
    pub fn por_cento(&mut self, chance: u64) -> bool {
        self.ate(100) < chance
    }

    pub fn bytes(&mut self, quantos: usize) -> Vec<u8> {
        (0..quantos)
            .map(|_| self.numero().to_be_bytes()[0])
            .collect()
    }
}
