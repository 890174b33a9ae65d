//! Perguntas e respostas: o tempo é o da fórmula, e cada resposta é da sua pergunta.

use std::ops::RangeInclusive;

use libtest_mimic::Trial;
use provas::Falha;
use provas::medir::Linha;

use super::{com, exigir, mediana, medir, medir_e_conferir, prova, soma};

/// De quanto o tempo pode diferir da fórmula.
const FAIXA: RangeInclusive<f64> = 0.85..=1.15;

const PROTOCOLOS: [&str; 3] = ["tcp", "udp", "pare-e-espere"];

pub fn provas() -> Vec<Trial> {
    vec![
        prova("perguntas::com_1_por_cento", || formula("1", "1500")),
        prova("perguntas::com_5_por_cento", || formula("5", "300")),
        prova("perguntas::com_10_por_cento", || formula("10", "150")),
        prova("perguntas::a_resposta_tardia_nunca_conta", resposta_tardia),
    ]
}

/// Doze sementes: umas 350 perdas por protocolo, e a sorte delas muda a soma em uns 5 %.
const SEMENTES: u64 = 12;

/// O tempo, em cada protocolo, é o da fórmula: com as perdas que o caminho fez, e também,
/// na soma de todas as execuções, com a perda que se pediu a ele.
fn formula(perda: &str, perguntas: &str) -> Result<(), Falha> {
    let pedido = [
        "pergunta-resposta",
        "--perda",
        perda,
        "--quantos",
        perguntas,
    ];
    medir_e_conferir(&pedido, SEMENTES, conferir_a_formula)
}

fn conferir_a_formula(todas: &[Linha]) -> Result<(), Falha> {
    for protocolo in PROTOCOLOS {
        let linhas = com(todas, &[("protocolo", protocolo)])?;
        let razao = mediana(&linhas, "razao")?;
        exigir(
            FAIXA.contains(&razao),
            &format!("{protocolo}: {razao} vezes a fórmula das perdas que houve"),
            &linhas,
        )?;
        let tempo = soma(&linhas, "tempo_s")?;
        let razao = tempo / soma(&linhas, "formula_da_pedida_s")?;
        exigir(
            FAIXA.contains(&razao),
            &format!("{protocolo}: {razao} vezes a fórmula da perda pedida"),
            &linhas,
        )?;
        let (perguntas, respondidas) = (soma(&linhas, "perguntas")?, soma(&linhas, "respondidas")?);
        exigir(
            (protocolo == "udp") == (respondidas < perguntas),
            &format!("{protocolo}: {respondidas} respostas a {perguntas} perguntas"),
            &linhas,
        )?;
    }
    sem_resposta_so_o_que_se_perdeu(todas)
}

/// Uma pergunta do UDP fica sem resposta quando um dos dois pacotes dela se perde; um
/// soluço da máquina maior que o prazo também a deixa sem, e aí a resposta dela chega
/// durante outra e conta como alheia. O contrário, respostas demais, nunca acontece.
fn sem_resposta_so_o_que_se_perdeu(todas: &[Linha]) -> Result<(), Falha> {
    for linha in com(todas, &[("protocolo", "udp")])? {
        let sem_resposta = linha.numero("perguntas")? - linha.numero("respondidas")?;
        let derrubados =
            linha.numero("derrubados_na_ida")? + linha.numero("derrubados_na_volta")?;
        let tardias = linha.numero("alheias")?;
        exigir(
            (derrubados..=derrubados + tardias + 1.0).contains(&sem_resposta),
            &format!("{sem_resposta} sem resposta, {derrubados} derrubados, {tardias} tardias"),
            &[linha],
        )?;
    }
    Ok(())
}

/// Em um caminho mais lento que o prazo toda resposta chega tarde, quando já se pergunta
/// outra coisa: quem não olhasse o número contaria quase todas. Quem repete, espera.
fn resposta_tardia() -> Result<(), Falha> {
    let pedido = [
        "pergunta-resposta",
        "--perda",
        "0",
        "--quantos",
        "20",
        "--rtt",
        "120",
    ];
    let todas = medir(&pedido, 1..=1)?;
    let udp = com(&todas, &[("protocolo", "udp")])?;
    exigir(
        udp[0].texto("respondidas")? == "0" && udp[0].numero("alheias")? >= 10.0,
        "as respostas tardias contaram, ou não chegaram",
        &udp,
    )?;
    for protocolo in ["tcp", "pare-e-espere"] {
        let linhas = com(&todas, &[("protocolo", protocolo)])?;
        exigir(
            linhas[0].texto("respondidas")? == "20",
            "quem repete não teve todas as respostas",
            &linhas,
        )?;
    }
    Ok(())
}
