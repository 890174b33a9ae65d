//! O sorteio do livro, com as perguntas que uma rede de prova faz.

/// A mesma semente dá sempre a mesma rede.
pub struct Sorteio(sockets::sorteio::Sorteio);

impl Sorteio {
    pub fn novo(semente: u64) -> Self {
        Self(sockets::sorteio::Sorteio::novo(semente))
    }

    pub fn numero(&mut self) -> u64 {
        self.0.numero()
    }

    /// De 0 a `limite`, sem ele.
    pub fn ate(&mut self, limite: u64) -> u64 {
        self.0.abaixo_de(limite)
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
