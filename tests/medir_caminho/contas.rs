//! Quantos somem, se repetem e são ultrapassados, e o limite da memória.

use std::time::Duration;

use medir::caminho::Regras;
use medir::caminho::modelo::{CABEM_NO_AR, Entrada, Instante, Sentido};

use super::conduzir::{Pressa, iguais, passar};

const PACOTES: usize = 200_000;

/// Se `quantos` em [`PACOTES`] estão a menos de cinco desvios padrão de `probabilidade`.
fn plausivel(quantos: u64, de: u64, probabilidade: f64) -> bool {
    let [quantos, de] = [quantos, de].map(|n| f64::from(u32::try_from(n).unwrap()));
    let desvio = (de * probabilidade * (1.0 - probabilidade)).sqrt();
    (quantos - de * probabilidade).abs() <= 5.0 * desvio
}

#[test]
fn acontece_tantas_vezes_quanto_se_pede() {
    let pacotes = iguais(PACOTES, Duration::from_micros(10), 100);
    for probabilidade in [0.0, 0.001, 0.01, 0.05, 0.2, 0.5, 1.0] {
        for semente in [0, 1, 20_261_122] {
            let regras = Regras {
                perda: probabilidade,
                ..Regras::default()
            };
            let (_, contas) = passar(&regras, semente, &pacotes, Pressa::Exata);
            let todos = contas.entraram;
            assert!(
                plausivel(contas.derrubados, todos, probabilidade),
                "{contas:?}"
            );
            assert_eq!(contas.duplicados + contas.reordenados, 0);

            // Só quem chega se repete e é ultrapassado.
            let regras = Regras {
                perda: 0.3,
                duplicacao: probabilidade,
                reordenacao: probabilidade.min(0.9),
                ..Regras::default()
            };
            let (_, contas) = passar(&regras, semente, &pacotes, Pressa::Exata);
            let chegam = todos - contas.derrubados;
            assert!(plausivel(contas.derrubados, todos, 0.3), "{contas:?}");
            assert!(
                plausivel(contas.duplicados, chegam, probabilidade),
                "{contas:?}"
            );
            assert!(
                plausivel(contas.reordenados, chegam, probabilidade.min(0.9)),
                "{contas:?}"
            );
        }
    }
}

#[test]
fn pelo_caminho_perfeito_tudo_passa_sem_se_guardar_nada() {
    let mut sentido = Sentido::<()>::novo(Regras::default(), 1);
    for n in 0..1000 {
        let agora = Duration::from_nanos(n / 2);
        let entrada = sentido.entra(agora, 1514, || panic!("não há o que esperar"));
        assert_eq!(entrada, Entrada::Sai(1));
        assert_eq!(sentido.proximo(), None);
    }
    let contas = sentido.contas();
    assert_eq!((contas.entraram, contas.sairam), (1000, 1000));
}

/// O que não cabe na memória é uma falha do caminho, e nunca uma perda sorteada.
#[test]
fn a_memoria_tem_limite_e_o_que_passa_dele_e_falha() {
    let regras = Regras {
        atraso: Duration::from_secs(1),
        ..Regras::default()
    };
    let mut sentido = Sentido::novo(regras, 1);
    let bytes = CABEM_NO_AR / 100;
    let mut guardados: u64 = 0;
    for _ in 0..300 {
        sentido.entra(Instante::ZERO, bytes, || guardados += 1);
    }
    assert!((95..=100).contains(&guardados), "{guardados}");
    assert_eq!(sentido.contas().falhas, 300 - guardados);
    assert_eq!(sentido.no_ar() as u64, guardados);
    // Quem sai abre lugar para outros.
    let depois = Duration::from_secs(1);
    for _ in 0..guardados {
        assert_eq!(sentido.sai(depois), Some(((), 1)));
    }
    assert_eq!(sentido.entra(depois, bytes, || ()), Entrada::Espera);
    assert_eq!(sentido.contas().sairam, guardados);
}

/// Pacotes pequenos também ocupam: o que se guarda de cada um conta.
#[test]
fn pacotes_vazios_nao_furam_o_limite() {
    let regras = Regras {
        atraso: Duration::from_secs(1),
        ..Regras::default()
    };
    let mut sentido = Sentido::novo(regras, 1);
    for _ in 0..CABEM_NO_AR / 16 {
        sentido.entra(Instante::ZERO, 0, || ());
    }
    assert!(sentido.contas().falhas > 0);
}

#[test]
fn o_que_nao_e_aceito_deixa_de_ter_saido() {
    let mut sentido = Sentido::<()>::novo(Regras::default(), 1);
    for _ in 0..3 {
        sentido.entra(Instante::ZERO, 100, || ());
    }
    sentido.recusado();
    sentido.perdidos_antes(5);
    sentido.grande();
    let contas = sentido.contas();
    assert_eq!((contas.sairam, contas.falhas, contas.grandes), (2, 6, 1));
}
