//! Uma rede de mentira, com semente, que perde, repete e troca, e diz o que fez.

use sockets::sorteio::Sorteio;

/// O que a rede faz a cada pacote: probabilidades de 0 a 1.
pub struct Rede {
    pub perda: f64,
    pub duplicacao: f64,
    pub reordenacao: f64,
}

/// O que a rede fez.
#[derive(Default)]
pub struct Verdade {
    pub derrubados: u64,
    pub duplicados: u64,
    pub reordenados: u64,
}

/// Passa os pacotes de 0 a `total` pela rede e entrega cada um que chega, na ordem em
/// que chega. Um pacote reordenado sai logo depois do próximo que passa; se nenhum
/// passa depois dele, sai no fim, e ninguém o ultrapassou.
pub fn passar(rede: &Rede, semente: u64, total: u64, mut entregar: impl FnMut(u64)) -> Verdade {
    let mut sorteio = Sorteio::novo(semente);
    let mut verdade = Verdade::default();
    let mut para_tras = None;
    for numero in 0..total {
        if sorteio.acontece(rede.perda) {
            verdade.derrubados += 1;
            continue;
        }
        if para_tras.is_none() && sorteio.acontece(rede.reordenacao) {
            para_tras = Some(numero);
            continue;
        }
        entregar(numero);
        if let Some(atrasado) = para_tras.take() {
            verdade.reordenados += 1;
            entregar(atrasado);
        }
        if sorteio.acontece(rede.duplicacao) {
            verdade.duplicados += 1;
            entregar(numero);
        }
    }
    if let Some(ultimo) = para_tras {
        entregar(ultimo);
    }
    verdade
}
