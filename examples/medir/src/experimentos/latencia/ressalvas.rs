//! O que o caminho diz que invalida um número.

use crate::caminho::Contas;

/// O que invalida o que se mediu com estas contas, em frases; vazio quando nada.
#[must_use]
pub fn do_caminho(contas: &Contas) -> Vec<String> {
    let soma = |campo: fn(&crate::caminho::ContasDoSentido) -> u64| {
        campo(&contas.ida) + campo(&contas.volta)
    };
    let mut ressalvas = Vec::new();
    match soma(|sentido| sentido.falhas) {
        0 => {}
        falhas => ressalvas.push(format!(
            "o próprio emulador perdeu {falhas} quadros: a máquina não deu conta"
        )),
    }
    match soma(|sentido| sentido.grandes) {
        0 => {}
        grandes => ressalvas
            .push(format!("passaram {grandes} quadros maiores que a MTU")),
    }
    ressalvas
}

#[cfg(test)]
mod testes {
    use super::*;
    use crate::caminho::ContasDoSentido;

    #[test]
    fn so_ha_ressalva_quando_algo_invalida() {
        let quieto = ContasDoSentido {
            entraram: 100,
            sairam: 90,
            derrubados: 10,
            ..ContasDoSentido::default()
        };
        let mut contas = Contas {
            ida: quieto,
            volta: quieto,
        };
        assert_eq!(do_caminho(&contas), [""; 0]);
        contas.volta.falhas = 3;
        contas.ida.grandes = 1;
        let ressalvas = do_caminho(&contas);
        assert!(ressalvas[0].contains("perdeu 3 quadros"), "{ressalvas:?}");
        assert!(ressalvas[1].contains("1 quadros maiores"), "{ressalvas:?}");
    }
}
