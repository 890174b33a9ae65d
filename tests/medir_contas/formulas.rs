//! As fórmulas pelo nome, com quaisquer parâmetros.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use sockets::medir::formulas::{TABELA, por_nome};

/// Um valor qualquer, com mais chance para os que um parâmetro aceita.
fn valor() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..=1.0,
        4 => 0.0..1e9,
        1 => any::<f64>(),
        1 => select(vec![0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE]),
    ]
}

proptest! {
    #[test]
    fn o_valor_e_um_numero_que_nao_e_negativo_ou_nao_existe(
        formula in select(TABELA.iter().collect::<Vec<_>>()),
        valores in vec(valor(), 4),
    ) {
        let parametros: Vec<_> = formula
            .parametros
            .iter()
            .map(|p| p.nome())
            .zip(valores)
            .collect();
        if let Ok(valor) = formula.valor(&parametros) {
            prop_assert!(valor.is_finite() && valor >= 0.0, "{valor}");
        }
        for falta in 0..parametros.len() {
            let mut poucos = parametros.clone();
            let (nome, _) = poucos.remove(falta);
            let erro = por_nome(formula.nome, &poucos).unwrap_err().to_string();
            let diz_o_que_falta = erro.contains("precisa também de") && erro.contains(nome);
            prop_assert!(diz_o_que_falta || erro.contains("que tem de ser"), "{erro}");
        }
    }

    #[test]
    fn um_nome_qualquer_e_recusado_sem_sujar_o_terminal(nome: String, outro: String) {
        prop_assume!(TABELA.iter().all(|formula| formula.nome != nome));
        let erros = [
            por_nome(&nome, &[]).unwrap_err(),
            por_nome("mathis", &[("p", 0.1), (&format!("{outro}?"), 0.1)]).unwrap_err(),
        ];
        for erro in erros {
            prop_assert!(!erro.to_string().chars().any(char::is_control));
        }
    }
}
