//! A contagem contra um modelo ingênuo, que guarda tudo e conta depois, e contra a
//! verdade de uma rede com semente.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use sockets::medir::contagem::{Chegada, Contagem};
use sockets::medir::estatistica::Variacao;

use super::rede::{Rede, passar};

/// Uma história qualquer: números perto do total, dentro e fora, com a duração da ida de
/// cada um.
fn historia() -> impl Strategy<Value = (u64, Vec<(u64, i64)>)> {
    (0..200_u64).prop_flat_map(|total| {
        let numero = prop_oneof![
            20 => 0..=total,
            4 => total..total + 130,
            1 => any::<u64>(),
        ];
        (Just(total), vec((numero, any::<i64>()), 0..400))
    })
}

/// As definições ao pé da letra, sobre a lista de tudo o que já chegou.
#[derive(Default)]
struct Ingenuo {
    chegaram: Vec<(u64, i64)>,
    fora: u64,
    repetidos: u64,
}

impl Ingenuo {
    fn chegou(&mut self, total: u64, numero: u64, ida: i64) -> Chegada {
        if numero >= total {
            self.fora += 1;
            return Chegada::ForaDoIntervalo;
        }
        let chegaram = || self.chegaram.iter().map(|(n, _)| *n);
        if chegaram().any(|n| n == numero) {
            self.repetidos += 1;
            return Chegada::Repetida;
        }
        let passaram = chegaram().any(|n| n > numero);
        self.chegaram.push((numero, ida));
        if passaram {
            Chegada::Ultrapassada
        } else {
            Chegada::EmOrdem
        }
    }

    fn ultrapassados(&self) -> usize {
        (0..self.chegaram.len())
            .filter(|i| {
                let (numero, _) = self.chegaram[*i];
                self.chegaram[..*i].iter().any(|(n, _)| *n > numero)
            })
            .count()
    }
}

proptest! {
    #[test]
    fn a_contagem_e_a_do_modelo_ingenuo((total, historia) in historia()) {
        let mut contagem = Contagem::nova(total).unwrap();
        let mut ingenuo = Ingenuo::default();
        let chegadas = historia.len() as u64;
        for (numero, ida) in historia {
            let esperada = ingenuo.chegou(total, numero, ida);
            prop_assert_eq!(contagem.chegou(numero, ida), esperada);
        }
        let unicos: HashSet<u64> = ingenuo.chegaram.iter().map(|(n, _)| *n).collect();
        let faltam = (0..total).filter(|n| !unicos.contains(n));
        let no_fim = (0..total).rev().take_while(|n| !unicos.contains(n));
        prop_assert_eq!(contagem.total(), total);
        prop_assert_eq!(contagem.unicos(), unicos.len() as u64);
        prop_assert_eq!(contagem.perdidos(), faltam.count() as u64);
        prop_assert_eq!(contagem.perdidos_no_fim(), no_fim.count() as u64);
        prop_assert_eq!(contagem.repetidos(), ingenuo.repetidos);
        prop_assert_eq!(contagem.ultrapassados(), ingenuo.ultrapassados() as u64);
        prop_assert_eq!(contagem.fora_do_intervalo(), ingenuo.fora);
        prop_assert_eq!(
            contagem.unicos()
                + contagem.repetidos()
                + contagem.fora_do_intervalo(),
            chegadas
        );
        let mut variacao = Variacao::default();
        for (_, ida) in &ingenuo.chegaram {
            variacao.chegou(*ida);
        }
        prop_assert_eq!(contagem.variacao(), &variacao);
    }

    #[test]
    fn a_contagem_e_a_verdade_da_rede(
        semente: u64,
        total in 0..3000_u64,
        perda in 0.0..1.0,
        duplicacao in 0.0..1.0,
        reordenacao in 0.0..1.0,
    ) {
        let rede = Rede { perda, duplicacao, reordenacao };
        let mut contagem = Contagem::nova(total).unwrap();
        let verdade = passar(&rede, semente, total, |numero| {
            contagem.chegou(numero, 0);
        });
        prop_assert_eq!(contagem.perdidos(), verdade.derrubados);
        prop_assert_eq!(contagem.repetidos(), verdade.duplicados);
        prop_assert_eq!(contagem.ultrapassados(), verdade.reordenados);
        prop_assert_eq!(contagem.fora_do_intervalo(), 0);
    }
}
