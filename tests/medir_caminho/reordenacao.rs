//! Quem é ultrapassado, por quem, e o que se faz quando não vem ninguém.

use std::time::Duration;

use medir::caminho::modelo::{Entrada, Instante, PRAZO_DO_ATRASADO, Sentido};
use medir::caminho::{ContasDoSentido, Regras};

use super::conduzir::{Pacote, Pressa, Saida, iguais, passar};

const INTERVALO: Duration = Duration::from_millis(1);

fn regras(reordenacao: f64, perda: f64) -> Regras {
    Regras {
        reordenacao,
        perda,
        ..Regras::default()
    }
}

/// A primeira semente com que, destes pacotes, saem os de números `esperado`, nessa
/// ordem.
fn semente_em_que(regras: &Regras, pacotes: &[Pacote], esperado: &[u64]) -> u64 {
    (0..10_000)
        .find(|&semente| {
            let (saidas, _) = passar(regras, semente, pacotes, Pressa::Exata);
            saidas
                .iter()
                .map(|saida| saida.numero)
                .eq(esperado.iter().copied())
        })
        .expect("em dez mil sementes há de tudo")
}

/// O que acontece a `quantos` pacotes, um por milissegundo, quando saem os de números
/// `esperado`, nessa ordem.
fn quando_saem(regras: &Regras, quantos: usize, esperado: &[u64]) -> (Vec<Saida>, ContasDoSentido) {
    let pacotes = iguais(quantos, INTERVALO, 100);
    let semente = semente_em_que(regras, &pacotes, esperado);
    passar(regras, semente, &pacotes, Pressa::Exata)
}

#[test]
fn o_ultrapassado_sai_junto_com_o_seguinte_e_depois_dele() {
    let (saidas, contas) = quando_saem(&regras(0.3, 0.0), 3, &[1, 0, 2]);
    assert_eq!(contas.reordenados, 1);
    // O número 0 entrou em 1 ms; o 1, que o ultrapassou, em 2 ms.
    assert_eq!(saidas[0].quando, 2 * INTERVALO);
    assert_eq!(saidas[1].quando, 2 * INTERVALO);
}

#[test]
fn os_que_esperam_juntos_saem_em_ordem_e_todos_ultrapassados() {
    let (_, contas) = quando_saem(&regras(0.5, 0.0), 4, &[3, 0, 1, 2]);
    assert_eq!(contas.reordenados, 3);
}

#[test]
fn quem_some_nao_ultrapassa_ninguem() {
    let (_, contas) = quando_saem(&regras(0.3, 0.3), 3, &[2, 0]);
    assert_eq!((contas.reordenados, contas.derrubados), (1, 1));
}

#[test]
fn quem_nao_cabe_na_fila_nao_ultrapassa_ninguem() {
    // 8 ms de transmissão por pacote, e nenhum lugar na fila.
    let regras = Regras {
        taxa: Some(100_000),
        ..regras(0.3, 0.0)
    };
    let (_, contas) = quando_saem(&regras, 10, &[8, 0]);
    assert_eq!((contas.reordenados, contas.sem_lugar), (1, 8));
}

#[test]
fn sem_ninguem_atras_segue_no_fim_do_prazo_e_nao_conta() {
    let mut sentido = Sentido::novo(regras(1.0, 0.0), 1);
    let entrada = Duration::from_secs(7);
    assert_eq!(sentido.entra(entrada, 100, || ()), Entrada::Espera);
    let prazo = entrada + PRAZO_DO_ATRASADO;
    assert_eq!(sentido.proximo(), Some(prazo));
    assert_eq!(sentido.esvazia(), Some(prazo));
    assert_eq!(
        sentido.sai(prazo.saturating_sub(Duration::from_nanos(1))),
        None
    );
    assert_eq!(sentido.sai(prazo), Some(((), 1)));
    assert_eq!(sentido.contas().reordenados, 0);
    assert_eq!(sentido.no_ar(), 0);
}

/// Com um a caminho e outro à espera, há o que fazer na hora do primeiro, e só na do
/// último não há mais ninguém.
#[test]
fn o_caminho_esvazia_quando_sai_o_ultimo() {
    let atraso = PRAZO_DO_ATRASADO / 5;
    let regras = Regras {
        atraso,
        ..regras(0.5, 0.0)
    };
    let juntos = iguais(2, Duration::ZERO, 100);
    let semente = (0..10_000)
        .find(|&semente| {
            let (saidas, _) = passar(&regras, semente, &juntos, Pressa::Exata);
            saidas[0].quando < saidas[1].quando
        })
        .expect("em dez mil sementes há de tudo");
    let mut sentido = Sentido::novo(regras, semente);
    for numero in 0..2 {
        sentido.entra(Instante::ZERO, 100, || numero);
    }
    assert_eq!(sentido.proximo(), Some(atraso));
    assert_eq!(sentido.esvazia(), Some(PRAZO_DO_ATRASADO));
}

/// A espera e o atraso correm ao mesmo tempo: quem atrasa mais que o prazo não espera
/// nada a mais.
#[test]
fn o_prazo_nao_se_soma_ao_atraso() {
    let atraso = 3 * PRAZO_DO_ATRASADO;
    let regras = Regras {
        atraso,
        ..regras(1.0, 0.0)
    };
    let (saidas, _) = passar(&regras, 1, &iguais(1, INTERVALO, 100), Pressa::Exata);
    assert_eq!(saidas[0].quando, INTERVALO + atraso);
}

#[test]
fn o_seguinte_que_chega_no_fim_do_prazo_ja_nao_ultrapassa() {
    let juntos = iguais(2, Duration::ZERO, 100);
    let semente = semente_em_que(&regras(0.5, 0.0), &juntos, &[1, 0]);
    for (falta, reordenados) in [(1, 1), (0, 0)] {
        let intervalo = PRAZO_DO_ATRASADO.saturating_sub(Duration::from_nanos(falta));
        let pacotes = iguais(2, intervalo, 100);
        let (saidas, contas) = passar(&regras(0.5, 0.0), semente, &pacotes, Pressa::Exata);
        assert_eq!(contas.reordenados, reordenados);
        assert_eq!(saidas[0].numero, reordenados);
    }
}

/// O que vale é quando o seguinte chega ao meio, e não quando alguém pergunta o que já
/// devia ter saído.
#[test]
fn o_prazo_passa_mesmo_que_ninguem_pergunte() {
    let regras = regras(0.5, 0.0);
    let juntos = iguais(2, Duration::ZERO, 100);
    let mut sentido = Sentido::novo(regras.clone(), semente_em_que(&regras, &juntos, &[1, 0]));
    assert_eq!(sentido.entra(Instante::ZERO, 100, || 0), Entrada::Espera);
    assert_eq!(sentido.entra(PRAZO_DO_ATRASADO, 100, || 1), Entrada::Espera);
    assert_eq!(sentido.sai(PRAZO_DO_ATRASADO), Some((0, 1)));
    assert_eq!(sentido.sai(PRAZO_DO_ATRASADO), Some((1, 1)));
    assert_eq!(sentido.contas().reordenados, 0);
}

/// O seguinte entrou logo, mas demora a sair da fila: quando chega ao meio, já não há
/// quem ultrapassar.
#[test]
fn o_seguinte_que_se_demora_na_fila_nao_ultrapassa() {
    let juntos = iguais(2, Duration::ZERO, 100);
    let regras = regras(0.5, 0.0);
    let semente = semente_em_que(&regras, &juntos, &[1, 0]);
    // 800 bits a 10 kb/s: 80 ms.
    let lenta = Regras {
        taxa: Some(10_000),
        fila: 100,
        ..regras
    };
    let (saidas, contas) = passar(&lenta, semente, &juntos, Pressa::Exata);
    assert_eq!(contas.reordenados, 0);
    let esperadas = [
        (0, Duration::from_millis(80) + PRAZO_DO_ATRASADO),
        (1, Duration::from_millis(160)),
    ];
    assert!(
        saidas
            .iter()
            .map(|saida| (saida.numero, saida.quando))
            .eq(esperadas)
    );
}

/// Com tudo sorteado para ficar para trás não há quem ultrapasse: é só atraso.
#[test]
fn quando_todos_ficam_para_tras_a_ordem_e_a_mesma() {
    let (saidas, contas) = passar(
        &regras(1.0, 0.0),
        1,
        &iguais(500, INTERVALO, 100),
        Pressa::Exata,
    );
    assert_eq!(contas.reordenados, 0);
    for (n, saida) in (0..).zip(&saidas) {
        assert_eq!(saida.numero, n);
        let entrada: Instante = INTERVALO * u32::try_from(n + 1).unwrap();
        assert_eq!(saida.quando, entrada + PRAZO_DO_ATRASADO);
    }
}

#[test]
fn o_duplicado_ultrapassado_sai_duas_vezes_depois() {
    let regras = Regras {
        duplicacao: 1.0,
        ..regras(0.3, 0.0)
    };
    let (saidas, contas) = quando_saem(&regras, 3, &[1, 0, 2]);
    assert!(saidas.iter().all(|saida| saida.vezes == 2));
    assert_eq!(
        (contas.reordenados, contas.duplicados, contas.sairam),
        (1, 3, 6)
    );
}
