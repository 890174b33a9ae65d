//! O destino de um pacote depende só da semente e do número dele.

use std::collections::BTreeSet;
use std::time::Duration;

use medir::caminho::Regras;
use medir::caminho::modelo::PRAZO_DO_ATRASADO;
use proptest::prelude::*;

use super::conduzir::{Pacote, Pressa, iguais, pacotes, passar, regras};

/// Os números dos que chegam, e quantas vezes.
fn chegam(regras: &Regras, semente: u64, pacotes: &[Pacote]) -> BTreeSet<(u64, u64)> {
    let (saidas, _) = passar(regras, semente, pacotes, Pressa::Exata);
    saidas
        .iter()
        .map(|saida| (saida.numero, saida.vezes))
        .collect()
}

proptest! {
    #[test]
    fn os_tamanhos_e_os_instantes_nao_mudam_o_destino(
        regras in regras(),
        semente in any::<u64>(),
        pacotes in pacotes(),
    ) {
        let regras = Regras { taxa: None, ..regras };
        let outros = iguais(pacotes.len(), Duration::from_micros(7), 60);
        let outras = Regras {
            atraso: Duration::from_millis(3),
            variacao: Duration::ZERO,
            reordenacao: 0.5,
            ..regras.clone()
        };
        prop_assert_eq!(
            chegam(&regras, semente, &pacotes),
            chegam(&outras, semente, &outros)
        );
    }

    /// Mais perda derruba os mesmos, e outros.
    #[test]
    fn mais_perda_derruba_os_mesmos_e_outros(
        semente in any::<u64>(),
        pouca in 0.0..0.5,
        mais in 0.0..0.5,
    ) {
        let pacotes = iguais(500, Duration::ZERO, 60);
        let com = |perda| {
            let regras = Regras { perda, duplicacao: 0.2, ..Regras::default() };
            chegam(&regras, semente, &pacotes)
        };
        prop_assert!(com(pouca + mais).is_subset(&com(pouca)));
    }
}

#[test]
fn a_mesma_semente_repete_tudo_e_outra_nao() {
    let regras = Regras {
        perda: 0.1,
        duplicacao: 0.1,
        reordenacao: 0.1,
        variacao: Duration::from_millis(1),
        ..Regras::default()
    };
    let pacotes = iguais(1000, Duration::from_micros(100), 60);
    let com = |semente| passar(&regras, semente, &pacotes, Pressa::Exata);
    assert_eq!(com(5), com(5));
    assert_ne!(com(5), com(6));
}

/// Sumir, repetir-se, ficar para trás e demorar são sorteios à parte: com meia
/// probabilidade cada um, dois acontecem juntos em um quarto dos pacotes.
#[test]
fn um_sorteio_nao_diz_nada_do_outro() {
    let metade = Regras {
        duplicacao: 0.5,
        ..Regras::default()
    };
    let faixa = Duration::from_millis(1);
    conferir_independencia(
        &Regras {
            variacao: faixa,
            ..metade.clone()
        },
        faixa / 2,
    );
    // Tão espaçados que ninguém ultrapassa ninguém: quem fica para trás espera o prazo.
    conferir_independencia(
        &Regras {
            reordenacao: 0.5,
            ..metade
        },
        PRAZO_DO_ATRASADO,
    );
}

/// Sai duas vezes, demora ao menos `muito`, chega quando há meia perda: de dois em dois.
fn conferir_independencia(regras: &Regras, muito: Duration) {
    const QUANTOS: usize = 100_000;
    const QUARTO: f64 = 25_000.0;
    let intervalo = Duration::from_millis(200);
    let pacotes = iguais(QUANTOS, intervalo, 60);
    let com_perda = Regras {
        perda: 0.5,
        ..regras.clone()
    };
    let (chegam, _) = passar(&com_perda, 9, &pacotes, Pressa::Exata);
    let chegam: BTreeSet<u64> = chegam.iter().map(|saida| saida.numero).collect();
    let (saidas, _) = passar(regras, 9, &pacotes, Pressa::Exata);
    let mut juntos = [0_u32; 3];
    for saida in saidas {
        let entrada = intervalo * u32::try_from(saida.numero + 1).unwrap();
        let duas = saida.vezes == 2;
        let demora = saida.demora(entrada) >= muito;
        let chega = chegam.contains(&saida.numero);
        juntos[0] += u32::from(duas && demora);
        juntos[1] += u32::from(duas && chega);
        juntos[2] += u32::from(demora && chega);
    }
    let desvio = (QUARTO * 0.75).sqrt();
    for vezes in juntos {
        assert!(
            (f64::from(vezes) - QUARTO).abs() < 5.0 * desvio,
            "{juntos:?}"
        );
    }
}
