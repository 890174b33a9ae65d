//! A contagem contra um modelo ingênuo, que guarda tudo e conta depois, e contra a
//! verdade de uma rede com semente.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use sockets::medir::contagem::{Chegada, Contagem};
use sockets::medir::estatistica::Variacao;

use super::rede::{Rede, passar};

/// O que acontece à contagem.
#[derive(Debug, Clone)]
enum Acontece {
    Chega(u64, i64),
    Encerra,
}

/// Uma história qualquer: números perto do total, dentro e fora, e o fim do prazo em
/// qualquer lugar, mais de uma vez ou nenhuma.
fn historia() -> impl Strategy<Value = (u64, Vec<Acontece>)> {
    (0..200_u64).prop_flat_map(|total| {
        let numero = prop_oneof![
            20 => 0..=total,
            4 => total..total + 130,
            1 => any::<u64>(),
        ];
        let acontece = prop_oneof![
            60 => (numero, any::<i64>()).prop_map(|(n, ida)| Acontece::Chega(n, ida)),
            1 => Just(Acontece::Encerra),
        ];
        (Just(total), vec(acontece, 0..400))
    })
}

/// As definições ao pé da letra, sobre a lista de tudo o que já chegou.
#[derive(Default)]
struct Ingenuo {
    no_prazo: Vec<(u64, i64)>,
    depois: Vec<u64>,
    fora: u64,
    repetidos: u64,
    encerrado: bool,
}

impl Ingenuo {
    fn chegou(&mut self, total: u64, numero: u64, ida: i64) -> Chegada {
        if numero >= total {
            self.fora += 1;
            return Chegada::ForaDoIntervalo;
        }
        let no_prazo = || self.no_prazo.iter().map(|(n, _)| *n);
        if no_prazo().any(|n| n == numero) || self.depois.contains(&numero) {
            self.repetidos += 1;
            return Chegada::Repetida;
        }
        if self.encerrado {
            self.depois.push(numero);
            return Chegada::Tardia;
        }
        let passaram = no_prazo().any(|n| n > numero);
        self.no_prazo.push((numero, ida));
        if passaram {
            Chegada::Ultrapassada
        } else {
            Chegada::EmOrdem
        }
    }

    fn ultrapassados(&self) -> usize {
        (0..self.no_prazo.len())
            .filter(|i| {
                let (numero, _) = self.no_prazo[*i];
                self.no_prazo[..*i].iter().any(|(n, _)| *n > numero)
            })
            .count()
    }
}

proptest! {
    #[test]
    fn a_contagem_e_a_do_modelo_ingenuo((total, historia) in historia()) {
        let mut contagem = Contagem::nova(total).unwrap();
        let mut ingenuo = Ingenuo::default();
        let mut chegadas = 0;
        for acontece in historia {
            match acontece {
                Acontece::Chega(numero, ida) => {
                    chegadas += 1;
                    let esperada = ingenuo.chegou(total, numero, ida);
                    prop_assert_eq!(contagem.chegou(numero, ida), esperada);
                }
                Acontece::Encerra => {
                    contagem.encerrar();
                    ingenuo.encerrado = true;
                }
            }
        }
        let unicos: HashSet<u64> = ingenuo.no_prazo.iter().map(|(n, _)| *n).collect();
        let faltam = (0..total).filter(|n| !unicos.contains(n));
        let no_fim = (0..total).rev().take_while(|n| !unicos.contains(n));
        prop_assert_eq!(contagem.total(), total);
        prop_assert_eq!(contagem.unicos(), unicos.len() as u64);
        prop_assert_eq!(contagem.perdidos(), faltam.count() as u64);
        prop_assert_eq!(contagem.perdidos_no_fim(), no_fim.count() as u64);
        prop_assert_eq!(contagem.repetidos(), ingenuo.repetidos);
        prop_assert_eq!(contagem.ultrapassados(), ingenuo.ultrapassados() as u64);
        prop_assert_eq!(contagem.tardios(), ingenuo.depois.len() as u64);
        prop_assert_eq!(contagem.fora_do_intervalo(), ingenuo.fora);
        prop_assert_eq!(
            contagem.unicos()
                + contagem.repetidos()
                + contagem.tardios()
                + contagem.fora_do_intervalo(),
            chegadas
        );
        let mut variacao = Variacao::default();
        for (_, ida) in &ingenuo.no_prazo {
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
