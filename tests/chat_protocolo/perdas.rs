//! A conta das perdas, contra um modelo que lembra de tudo.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use sockets::chat::perdas::{Chegada, Perdas};

/// Quantos números para trás a especificação manda lembrar.
const JANELA: u64 = 1024;

/// O mesmo que [`Perdas`], com todos os números guardados.
struct Modelo {
    inicio: u64,
    proximo: u64,
    vistos: BTreeSet<u64>,
}

impl Modelo {
    fn desde(inicio: u64) -> Self {
        Self {
            inicio,
            proximo: inicio,
            vistos: BTreeSet::new(),
        }
    }

    fn chegou(&mut self, numero: u64) -> Chegada {
        if numero < self.inicio || numero + JANELA < self.proximo {
            return Chegada::VelhoDemais;
        }
        if !self.vistos.insert(numero) {
            return Chegada::Repetido;
        }
        let esperado = self.proximo;
        self.proximo = self.proximo.max(numero + 1);
        match numero.checked_sub(esperado) {
            Some(0) => Chegada::EmOrdem,
            Some(perdidos) => Chegada::Buraco { perdidos },
            None => Chegada::Atrasado {
                passaram: self.vistos.range(numero + 1..).count() as u64,
            },
        }
    }

    fn perdidos(&self) -> u64 {
        self.proximo - self.inicio - self.vistos.len() as u64
    }
}

/// O que a rede faz com um item: cada cópia que chega, com o atraso dela.
fn destino(maior_atraso: u64) -> impl Strategy<Value = Vec<u64>> {
    let atraso = prop_oneof![6 => Just(0), 2 => 0..8u64, 1 => 0..=maior_atraso];
    prop_oneof![
        7 => vec(atraso.clone(), 1),
        2 => Just(vec![]),
        1 => vec(atraso, 2..4),
    ]
}

/// Os números na ordem em que chegam.
fn chegadas(inicio: u64, destinos: &[Vec<u64>]) -> Vec<u64> {
    let mut fila: Vec<(u64, u64)> = (inicio..)
        .zip(destinos)
        .flat_map(|(numero, copias)| copias.iter().map(move |c| (numero + c, numero)))
        .collect();
    fila.sort_by_key(|(quando, _)| *quando);
    fila.into_iter().map(|(_, numero)| numero).collect()
}

proptest! {
    // Cada rede tem até dois mil itens: poucas redes já são muitos casos.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_conta_e_a_de_quem_lembra_de_tudo(
        inicio in 0..5000u64,
        destinos in vec(destino(3000), 0..2000),
        velhos in vec(0..6000u64, 0..20),
    ) {
        let mut perdas = Perdas::desde(inicio);
        let mut modelo = Modelo::desde(inicio);
        for numero in chegadas(inicio, &destinos).into_iter().chain(velhos) {
            prop_assert_eq!(perdas.chegou(numero), modelo.chegou(numero), "{}", numero);
            prop_assert_eq!(perdas.perdidos(), modelo.perdidos());
            prop_assert_eq!(perdas.recebidos(), modelo.vistos.len() as u64);
        }
    }

    #[test]
    fn com_atrasos_dentro_da_janela_a_conta_final_e_o_que_a_rede_perdeu(
        inicio in any::<u32>(),
        destinos in vec(destino(1000), 0..2000),
    ) {
        let inicio = u64::from(inicio);
        let total = inicio + destinos.len() as u64;
        let mut perdas = Perdas::desde(inicio);
        let mut anunciados = 0;
        let mut desmentidos = 0;
        for numero in chegadas(inicio, &destinos) {
            match perdas.chegou(numero) {
                Chegada::Buraco { perdidos } => anunciados += perdidos,
                Chegada::Atrasado { .. } => desmentidos += 1,
                Chegada::EmOrdem | Chegada::Repetido => {}
                outra => prop_assert!(false, "{:?}", outra),
            }
        }
        anunciados += perdas.fim(total);
        prop_assert_eq!(perdas.fim(total), 0);
        let perdidos = destinos.iter().filter(|copias| copias.is_empty()).count();
        prop_assert_eq!(perdas.perdidos(), perdidos as u64);
        prop_assert_eq!(anunciados - desmentidos, perdidos as u64);
        let chegaram: usize = destinos.iter().map(Vec::len).sum();
        prop_assert_eq!(perdas.recebidos() + perdas.repetidos(), chegaram as u64);
        prop_assert_eq!(perdas.atrasados(), desmentidos);
    }

    #[test]
    fn quaisquer_numeros_sao_contados_sem_estourar(
        inicio in any::<u64>(),
        numeros in vec((any::<u64>(), any::<bool>()), 0..200),
    ) {
        let mut perdas = Perdas::desde(inicio);
        for (numero, perto) in numeros {
            let numero = if perto { inicio.wrapping_add(numero % 4096) } else { numero };
            let antes = perdas.perdidos();
            if perdas.chegou(numero) == Chegada::Absurdo {
                prop_assert_eq!(perdas.perdidos(), antes);
            }
            perdas.fim(numero.wrapping_add(3));
        }
    }
}
