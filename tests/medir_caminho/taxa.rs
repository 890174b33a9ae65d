//! A taxa, exata, e a fila na frente dela.

use std::time::Duration;

use medir::caminho::Regras;
use medir::caminho::modelo::Instante;
use medir::caminho::taxa::Trecho;
use proptest::collection::vec;
use proptest::prelude::*;

use super::conduzir::{Pressa, iguais, passar};

proptest! {
    /// Enquanto há o que transmitir, o último bit do n-ésimo pacote sai quando a soma dos
    /// bits até ele manda, sem erro que se acumule.
    #[test]
    fn a_taxa_e_exata(
        taxa in 1..10_000_000_000_u64,
        tamanhos in vec(1..2000_usize, 1..300),
        comeco in 0..1_000_000_000_000_u64,
    ) {
        let mut trecho = Trecho::novo(taxa, usize::MAX / 2);
        let comeco = Duration::from_nanos(comeco);
        let mut bits = 0;
        for bytes in tamanhos {
            bits += 8 * bytes as u128;
            let nanos = bits * 1_000_000_000 / u128::from(taxa);
            let esperado = comeco + Duration::from_nanos(nanos.try_into().unwrap());
            prop_assert_eq!(trecho.passa(comeco, bytes), Some(esperado));
        }
    }

    /// De uma rajada passam o que está sendo transmitido e os que cabem na fila.
    #[test]
    fn a_fila_derruba_a_cauda(
        bytes in 1..2000_usize,
        fila in 0..50_000_usize,
    ) {
        let mut trecho = Trecho::novo(1_000_000, fila);
        let passam: Vec<bool> =
            (0..100).map(|_| trecho.passa(Instante::ZERO, bytes).is_some()).collect();
        let cabem = (1 + fila / bytes).min(100);
        prop_assert!(passam[..cabem].iter().all(|passa| *passa));
        prop_assert!(!passam[cabem..].iter().any(|passa| *passa));
    }
}

/// Pacotes que duram menos que um nanossegundo também somam.
#[test]
fn fracoes_de_nanossegundo_nao_se_perdem() {
    let mut trecho = Trecho::novo(10_000_000_000, 0);
    let quando = (0..5).map(|_| trecho.passa(Instante::ZERO, 1));
    // Oito décimos de nanossegundo cada um: o segundo já não cabe, sem fila.
    let nanos = |n| Some(Duration::from_nanos(n));
    assert!(quando.eq([nanos(0), nanos(1), None, None, None]));
    assert_eq!(trecho.passa(Duration::from_nanos(1), 1), nanos(2));
}

/// Quem começa a ser transmitido deixa o lugar na fila.
#[test]
fn a_fila_anda_com_a_transmissao() {
    // 1000 bytes a 8 Mb/s são 1 ms.
    let mut trecho = Trecho::novo(8_000_000, 2000);
    let ms = Duration::from_millis;
    assert_eq!(trecho.passa(ms(0), 1000), Some(ms(1)));
    assert_eq!(trecho.passa(ms(0), 1000), Some(ms(2)));
    assert_eq!(trecho.passa(ms(0), 1000), Some(ms(3)));
    assert_eq!(trecho.passa(ms(0), 1), None);
    let quase = ms(1).checked_sub(Duration::from_nanos(1)).unwrap();
    assert_eq!(trecho.passa(quase, 1), None);
    assert_eq!(trecho.passa(ms(1), 1000), Some(ms(4)));
    assert_eq!(trecho.passa(ms(1), 1), None);
    // Parado de novo, não há espera.
    assert_eq!(trecho.passa(ms(10), 1000), Some(ms(11)));
}

/// Um pequeno que cabe passa na frente de um grande que não coube, como em qualquer fila
/// de bytes.
#[test]
fn o_que_sobra_da_fila_serve_a_quem_couber() {
    let mut trecho = Trecho::novo(8_000_000, 1500);
    let ms = Duration::from_millis;
    assert_eq!(trecho.passa(ms(0), 1000), Some(ms(1)));
    assert_eq!(trecho.passa(ms(0), 1000), Some(ms(2)));
    assert_eq!(trecho.passa(ms(0), 1000), None);
    assert_eq!(trecho.passa(ms(0), 500), Some(Duration::from_micros(2500)));
    assert_eq!(trecho.passa(ms(0), 1), None);
}

#[test]
fn taxa_zero_nao_divide_por_zero() {
    let mut trecho = Trecho::novo(0, 0);
    assert_eq!(
        trecho.passa(Instante::ZERO, 1),
        Some(Duration::from_secs(8))
    );
}

/// Pelo sentido inteiro: quem oferece o dobro da taxa vê passar a taxa, e a fila vira
/// atraso.
#[test]
fn com_o_dobro_da_taxa_passa_a_metade_e_a_fila_vira_atraso() {
    // Um pacote de 1250 bytes por milissegundo: 10 Mb/s, em 5 Mb/s com 25 kB de fila.
    let pacotes = iguais(10_000, Duration::from_millis(1), 1250);
    let regras = Regras {
        taxa: Some(5_000_000),
        fila: 25_000,
        atraso: Duration::from_millis(7),
        ..Regras::default()
    };
    let (saidas, contas) = passar(&regras, 1, &pacotes, Pressa::Exata);
    // O que saiu, menos os que encheram a fila no começo, é a metade.
    assert!(contas.sairam.abs_diff(5000) <= 21, "{contas:?}");
    assert_eq!(contas.sem_lugar, 10_000 - contas.sairam);
    let intervalos = saidas.windows(2).map(|w| w[1].demora(w[0].quando));
    assert_eq!(intervalos.min(), Some(Duration::from_millis(2)));
    let ultima = saidas.last().unwrap();
    let entrada = Duration::from_millis(ultima.numero + 1);
    let demora = ultima.demora(entrada);
    // 7 ms de atraso, 2 ms de transmissão e a fila cheia: de 36 a 40 ms.
    assert!(demora >= Duration::from_millis(45), "{demora:?}");
    assert!(demora <= Duration::from_millis(49), "{demora:?}");
}

/// O que some no meio já ocupou a taxa.
#[test]
fn o_que_some_ocupa_a_taxa() {
    let regras = Regras {
        taxa: Some(8_000_000),
        fila: usize::MAX / 2,
        perda: 0.5,
        ..Regras::default()
    };
    let pacotes = iguais(100, Duration::ZERO, 1000);
    let (saidas, contas) = passar(&regras, 1, &pacotes, Pressa::Exata);
    assert!(contas.derrubados > 20);
    for saida in saidas {
        assert_eq!(saida.quando, Duration::from_millis(saida.numero + 1));
    }
}
