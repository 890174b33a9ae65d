//! As contas do caminho, em texto.

use crate::caminho::{Contas, ContasDoSentido};
use crate::resultados::numeros::com_casas;

/// As contas de `duas` medições seguidas do mesmo caminho.
#[must_use]
pub fn somar(duas: [Contas; 2]) -> Contas {
    let [a, b] = duas;
    Contas {
        ida: somar_sentidos(a.ida, b.ida),
        volta: somar_sentidos(a.volta, b.volta),
    }
}

fn somar_sentidos(a: ContasDoSentido, b: ContasDoSentido) -> ContasDoSentido {
    ContasDoSentido {
        entraram: a.entraram + b.entraram,
        sairam: a.sairam + b.sairam,
        derrubados: a.derrubados + b.derrubados,
        sem_lugar: a.sem_lugar + b.sem_lugar,
        duplicados: a.duplicados + b.duplicados,
        reordenados: a.reordenados + b.reordenados,
        grandes: a.grandes + b.grandes,
        falhas: a.falhas + b.falhas,
    }
}

/// As linhas que contam o que o caminho fez, e quantos datagramas não couberam nos buffers
/// dos sockets do cliente e do servidor. O que não aconteceu não se conta.
#[must_use]
pub fn contar(contas: &Contas, sem_buffer: [u64; 2]) -> Vec<String> {
    let mut linhas = vec!["o caminho, em pacotes IP:".to_string()];
    linhas.push(format!("  na ida: {}", sentido(&contas.ida)));
    linhas.push(format!("  na volta: {}", sentido(&contas.volta)));
    for (lado, quantos) in ["cliente", "servidor"].iter().zip(sem_buffer) {
        if quantos > 0 {
            linhas.push(format!(
                "  no {lado}: {} datagramas sem lugar no buffer do socket",
                inteiro(quantos)
            ));
        }
    }
    linhas
}

fn sentido(contas: &ContasDoSentido) -> String {
    let sempre = [
        (contas.entraram, "entraram"),
        (contas.sairam, "saíram"),
        (contas.derrubados, "derrubados"),
    ];
    let se_houve = [
        (contas.sem_lugar, "sem lugar na fila"),
        (contas.duplicados, "duplicados"),
        (contas.reordenados, "reordenados"),
        (contas.grandes, "maiores que a MTU"),
        (contas.falhas, "perdidos pelo emulador, que não deu conta"),
    ];
    let se_houve = se_houve.into_iter().filter(|(quantos, _)| *quantos > 0);
    let partes: Vec<String> = sempre
        .into_iter()
        .chain(se_houve)
        .map(|(quantos, o_que)| format!("{} {o_que}", inteiro(quantos)))
        .collect();
    partes.join(", ")
}

#[expect(clippy::cast_precision_loss, reason = "são quantidades de pacotes")]
fn inteiro(quantos: u64) -> String {
    com_casas(quantos as f64, 0)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn conta_o_que_houve_e_cala_o_que_nao_houve() {
        let ida = ContasDoSentido {
            entraram: 1_234,
            sairam: 1_200,
            derrubados: 34,
            ..ContasDoSentido::default()
        };
        let duas = Contas {
            ida,
            volta: ContasDoSentido {
                falhas: 2,
                ..ContasDoSentido::default()
            },
        };
        let linhas = contar(&somar([duas, duas]), [0, 1_035]);
        assert_eq!(
            linhas[1],
            "  na ida: 2.468 entraram, 2.400 saíram, 68 derrubados"
        );
        assert!(
            linhas[2].starts_with("  na volta: 0 entraram"),
            "{linhas:?}"
        );
        assert!(linhas[2].contains("4 perdidos pelo emulador"), "{linhas:?}");
        assert!(linhas[3].starts_with("  no servidor: 1.035 "), "{linhas:?}");
        assert_eq!(linhas.len(), 4);
    }
}
