//! A cauda de uma distribuição, em poucos pontos.

/// De um ponto ao seguinte a fração acima cai, no máximo, uma parte em tantas, se há
/// um valor para isso. Em um gráfico de seis décadas, é menos que a grossura da linha.
const PARTES: usize = 32;

/// A distribuição complementar (CCDF) de medidas em ordem crescente, pronta para
/// desenhar em degraus: pares de um valor e da fração das medidas **acima** dele, de 0
/// a 1. Sem medidas, nenhum par.
///
/// Um milhão de medidas viram algumas centenas de pontos, e todos aconteceram. A menor
/// e a maior (com fração 0) estão lá; entre dois pontos vizinhos ou não houve outro
/// valor, ou a fração cai no máximo 1/32 dela. Como o que se pula é uma parte da
/// fração, e não tantas medidas, as trinta maiores nunca faltam: são a cauda.
///
/// ```
/// use sockets::medir::estatistica::ccdf;
///
/// let pontos = ccdf(&[10.0, 10.0, 11.0, 200.0]);
/// assert_eq!(pontos, [(10.0, 0.5), (11.0, 0.25), (200.0, 0.0)]);
/// ```
#[must_use]
pub fn ccdf(ordenados: &[f64]) -> Vec<(f64, f64)> {
    debug_assert!(ordenados.is_sorted(), "as medidas estão em ordem");
    let mut pontos: Vec<(f64, usize)> = Vec::new();
    // O último valor que não virou ponto: vira, se o seguinte cair demais.
    let mut pulado = None;
    let mut acima = ordenados.len();
    for iguais in ordenados.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
        acima -= iguais.len();
        let este = (iguais[0], acima);
        let alcanca =
            |ponto: &(f64, usize)| ponto.1 - acima <= ponto.1 / PARTES;
        if !pontos.last().is_some_and(alcanca) {
            pontos.extend(pulado.take());
            if !pontos.last().is_some_and(alcanca) {
                pontos.push(este);
                continue;
            }
        }
        pulado = Some(este);
    }
    let fracao = |acima| proporcao(acima, ordenados.len());
    pontos
        .into_iter()
        .map(|(v, acima)| (v, fracao(acima)))
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "são quantidades de medidas")]
fn proporcao(parte: usize, todo: usize) -> f64 {
    parte as f64 / todo as f64
}

#[cfg(test)]
mod testes {
    use super::super::ordenar;
    use super::*;
    use crate::sorteio::Sorteio;

    /// A fração das medidas acima de `valor`, sem atalhos.
    fn acima_de(valor: f64, medidas: &[f64]) -> f64 {
        let acima = medidas.iter().filter(|m| **m > valor).count();
        proporcao(acima, medidas.len())
    }

    /// Tempos como os de uma rede que perde: um corpo estreito, com repetidos, e uma
    /// cauda mil vezes mais longe.
    fn tempos(quantos: usize, semente: u64) -> Vec<f64> {
        let mut sorteio = Sorteio::novo(semente);
        let mut tempos: Vec<f64> = (0..quantos)
            .map(|_| match sorteio.abaixo_de(50) {
                0 => 200.0 + 400.0 * sorteio.fracao(),
                _ => (20.0 + 10.0 * sorteio.fracao()).round() / 100.0,
            })
            .chain([1234.5])
            .collect();
        ordenar(&mut tempos);
        tempos
    }

    #[test]
    fn os_degraus_nunca_se_afastam_do_que_foi_medido() {
        for quantos in [0, 1, 2, 31, 32, 33, 64, 65, 500, 20_000] {
            let medidas = tempos(quantos, quantos as u64);
            let pontos = ccdf(&medidas);
            for (i, &(valor, fracao)) in pontos.iter().enumerate() {
                let exata = acima_de(valor, &medidas);
                assert_eq!(fracao.to_bits(), exata.to_bits());
                let Some(&(seguinte, depois)) = pontos.get(i + 1) else {
                    continue;
                };
                assert!(valor < seguinte && fracao > depois);
                let ha_outro =
                    medidas.iter().any(|m| valor < *m && *m < seguinte);
                let maior_queda = fracao / 32.0 + 1e-12;
                assert!(!ha_outro || fracao - depois <= maior_queda);
            }
        }
    }

    #[test]
    fn a_menor_a_maior_e_a_cauda_estao_la() {
        let medidas = tempos(20_000, 3);
        let pontos = ccdf(&medidas);
        assert_eq!(pontos[0].0.to_bits(), medidas[0].to_bits());
        assert_eq!(pontos.last(), Some(&(1234.5, 0.0)));
        for maior in medidas.iter().rev().take(30) {
            assert!(pontos.iter().any(|(v, _)| v.total_cmp(maior).is_eq()));
        }
    }

    #[test]
    fn um_milhao_de_medidas_cabem_em_um_desenho() {
        let medidas: Vec<f64> = (0..1_000_000).map(f64::from).collect();
        let pontos = ccdf(&medidas);
        assert!((100..700).contains(&pontos.len()), "{}", pontos.len());
    }

    #[test]
    fn sem_medidas_nao_ha_pontos() {
        assert_eq!(ccdf(&[]), []);
        assert_eq!(ccdf(&[5.0]), [(5.0, 0.0)]);
        assert_eq!(ccdf(&[5.0; 9]), [(5.0, 0.0)]);
    }
}
