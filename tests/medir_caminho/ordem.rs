//! O atraso, a variação dele, e a ordem que ela não troca.

use std::time::Duration;

use medir::caminho::Regras;
use medir::caminho::modelo::{Entrada, Instante, Sentido};
use proptest::prelude::*;

use super::conduzir::{Pressa, iguais, pacotes, passar, regras};

const ATRASO: Duration = Duration::from_millis(10);
const VARIACAO: Duration = Duration::from_millis(4);

fn com_variacao() -> Regras {
    Regras {
        atraso: ATRASO,
        variacao: VARIACAO,
        ..Regras::default()
    }
}

proptest! {
    /// Sem reordenação a ordem de saída é a de entrada, quaisquer que sejam os atrasos, e
    /// nenhum é menor nem maior do que se pediu.
    #[test]
    fn a_variacao_nao_troca_a_ordem(
        regras in regras(),
        semente in any::<u64>(),
        pacotes in pacotes(),
    ) {
        let regras = Regras { reordenacao: 0.0, taxa: None, ..regras };
        let (saidas, _) = passar(&regras, semente, &pacotes, Pressa::Exata);
        prop_assert!(saidas.windows(2).all(|w| w[0].numero < w[1].numero));
        prop_assert!(saidas.windows(2).all(|w| w[0].quando <= w[1].quando));
        let mut entrada = Instante::ZERO;
        let entradas: Vec<Instante> = pacotes
            .iter()
            .map(|pacote| {
                entrada += pacote.depois;
                entrada
            })
            .collect();
        for saida in saidas {
            let demora = saida.demora(entradas[usize::try_from(saida.numero).unwrap()]);
            prop_assert!(demora >= regras.atraso);
            prop_assert!(demora <= regras.atraso + regras.variacao);
        }
    }
}

/// Espaçados, cada um demora o que lhe coube, igualmente provável em toda a faixa: em
/// cada décimo dela cai um décimo, a menos de cinco desvios padrão.
#[test]
fn a_variacao_e_uniforme() {
    const QUANTOS: u32 = 100_000;
    let intervalo = Duration::from_millis(20);
    let pacotes = iguais(QUANTOS as usize, intervalo, 100);
    let (saidas, _) = passar(&com_variacao(), 3, &pacotes, Pressa::Exata);
    let mut decimos = [0_u32; 10];
    for saida in &saidas {
        let entrada = intervalo * u32::try_from(saida.numero + 1).unwrap();
        let variacao = saida.demora(entrada + ATRASO);
        let decimo = variacao.as_nanos() * 10 / VARIACAO.as_nanos();
        decimos[usize::try_from(decimo).unwrap()] += 1;
    }
    let desvio = (f64::from(QUANTOS) * 0.1 * 0.9).sqrt();
    for decimo in decimos {
        assert!(
            (f64::from(decimo) - 1e4).abs() < 5.0 * desvio,
            "{decimos:?}"
        );
    }
}

/// Juntos, os que o sorteio faria passar à frente saem com o da frente.
#[test]
fn juntos_saem_em_ordem_e_apertados() {
    let pacotes = iguais(1000, Duration::from_micros(10), 100);
    let (saidas, _) = passar(&com_variacao(), 4, &pacotes, Pressa::Exata);
    assert_eq!(saidas.len(), 1000);
    let juntos = saidas
        .windows(2)
        .filter(|w| w[0].quando == w[1].quando)
        .count();
    assert!(juntos > 900, "{juntos}");
}

/// Um atraso que não tem fim não quebra a conta do tempo.
#[test]
fn um_atraso_sem_fim_espera_para_sempre() {
    let regras = Regras {
        atraso: Duration::MAX,
        variacao: Duration::MAX,
        ..Regras::default()
    };
    let (saidas, contas) = passar(&regras, 1, &iguais(10, ATRASO, 100), Pressa::Exata);
    assert!(saidas.iter().all(|saida| saida.quando == Instante::MAX));
    assert_eq!(contas.sairam, 10);
}

/// Quem entra com um instante anterior ao do último entra com ele.
#[test]
fn o_tempo_nao_volta() {
    let mut sentido = Sentido::novo(Regras::default(), 1);
    let ms = Duration::from_millis;
    assert_eq!(sentido.entra(ms(5), 100, || ()), Entrada::Sai(1));
    assert_eq!(sentido.entra(ms(3), 100, || ()), Entrada::Sai(1));
}
