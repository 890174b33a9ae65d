//! O exercício `close`.

use std::time::Duration;

use super::apoio::{acabou_bem, acabou_mal, atender_com, contar};
use crate::{
    Falha, PACIENCIA, Par, Processo, Programa, Resultado, Termino, espera, exigir, mostrar,
};

const PERGUNTA: &str = "quanto dá?\r\n  2 + 2, é claro\n";
const RESPOSTA: [&str; 3] = ["são quatro, ", "e não é preciso ", "calculadora"];

/// Quanto o servidor demora a responder: quem não vai ouvir acaba antes.
const DEMORA: Duration = Duration::from_millis(300);

/// Põe o programa à prova.
///
/// # Errors
/// O primeiro engano achado.
pub fn conferir(programa: &Programa) -> Resultado {
    pergunta_e_resposta(programa)?;
    resposta_derrubada(programa)
}

fn pergunta_e_resposta(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = perguntar(programa)?;
    let feito = "Li a pergunta até o fim, demorei a responder e respondi em três pedaços.";
    espera::ate(DEMORA, || !aluno.roda());
    let pedacos = RESPOSTA.map(str::as_bytes);
    // Se ele já se foi, a saída dele conta a história.
    let _ = par.pedacos(pedacos);
    par.fechar_escrita();
    let fim = aluno.fim().map_err(|falha| falha.depois_de(feito))?;
    // A saída vem antes do código: em uma conexão que ele mesmo fechou, a leitura é um fim
    // em um sistema e um erro em outro.
    let saida = String::from_utf8_lossy(&fim.saida);
    let certa = RESPOSTA.concat();
    exigir(saida.trim() == certa, || {
        let nome = if saida.trim().is_empty() {
            "fechou-tudo"
        } else {
            "leu-uma-vez"
        };
        Falha::nova(nome)
            .feito(feito)
            .esperado(format!(
                "A resposta inteira: {}.",
                mostrar(certa.as_bytes())
            ))
            .veio(format!(
                "Ele escreveu {}, e acabou com {}.",
                mostrar(&fim.saida),
                fim.como()
            ))
            .erros(fim.erros.clone())
    })?;
    acabou_bem(&fim, feito)
}

/// Roda o programa, dá-lhe a pergunta e a lê do outro lado, até o fim.
fn perguntar(programa: &Programa) -> Resultado<(Processo, Par)> {
    let feito = "Pus a pergunta na entrada padrão e fechei a entrada.";
    let (mut aluno, mut par) = atender_com(programa, &[], PERGUNTA.as_bytes())?;
    let lido = par.ate_o_fim(64 * 1024, Duration::from_secs(3));
    let falha = |nome: &str| {
        Falha::nova(nome)
            .feito(feito)
            .esperado(format!(
                "A pergunta, {}, e o fim do fluxo.",
                mostrar(PERGUNTA.as_bytes())
            ))
            .veio(contar(&lido))
    };
    exigir(lido.bytes == PERGUNTA.as_bytes(), || {
        falha("pergunta-mudada").erros(aluno.texto_dos_erros())
    })?;
    if lido.termino == Termino::Fechou {
        return Ok((aluno, par));
    }
    // Sem o fim da pergunta não há resposta; mas há quem já tenha deixado de ouvir.
    let nome = if aluno.roda() {
        "nao-diz-que-acabou"
    } else {
        "fechou-tudo"
    };
    Err(falha(nome).erros(aluno.texto_dos_erros()))
}

fn resposta_derrubada(programa: &Programa) -> Resultado {
    let (mut aluno, mut par) = perguntar(programa)?;
    let feito = "Mandei metade da resposta, esperei que o programa a lesse e derrubei a conexão.";
    let _ = par.pedacos([RESPOSTA[0].as_bytes()]);
    par.derrubar();
    let fim = aluno
        .fim_em(PACIENCIA)
        .map_err(|falha| falha.depois_de(feito))?;
    acabou_mal(&fim, feito, "metade-como-inteira")
}
