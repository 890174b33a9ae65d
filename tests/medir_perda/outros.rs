//! O ping e o iperf3 no mesmo caminho: contam a mesma perda, e o iperf3 se engana onde
//! há cópias e onde se perde o fim.

use std::ops::RangeInclusive;

use libtest_mimic::Trial;
use provas::Falha;
use provas::medir::{Linha, Medicao};
use regex::Regex;
use serde_json::Value;

use crate::dentro::{Rodada, rodar};
use crate::{conferir, inteiro, prova};

const IPERF3: &[&str] = &["iperf3"];

pub fn provas() -> Vec<Trial> {
    vec![
        prova(
            "outros::iperf3_conta_a_mesma_perda",
            IPERF3,
            iperf3_concorda,
        ),
        prova(
            "outros::iperf3_esconde_perdas_com_copias",
            IPERF3,
            iperf3_e_as_copias,
        ),
        prova(
            "outros::iperf3_nao_ve_o_fim_que_se_perde",
            IPERF3,
            iperf3_e_o_fim,
        ),
        prova("outros::ping_conta_a_mesma_perda", &["ping"], ping_concorda),
    ]
}

/// Datagramas de cada lado da comparação.
const QUANTOS: u64 = 5_000;

/// O que o nosso `perda` mediu, com um caminho que perde 5 %, e a semente do caminho: com
/// ela, o n-ésimo pacote de outro programa tem a mesma sorte do nosso n-ésimo.
fn o_nosso() -> Result<(Linha, String), Falha> {
    let quantos = QUANTOS.to_string();
    let pedido = [
        "perda",
        "--perda",
        "5",
        "--quantos",
        &quantos,
        "--ritmo",
        "5000",
    ];
    let medicao = [&pedido[..], &["--rodadas", "1"]].concat();
    let mut linhas = Medicao::comecar(&medicao)?.tabelas()?.ler("perda")?;
    let linha = linhas.remove(0);
    conferir(
        linha.texto("conta_fecha")? == "sim",
        &linha,
        "a conta não fecha",
    )?;
    let semente = linha.texto("semente")?.to_string();
    Ok((linha, semente))
}

fn ping_concorda() -> Result<(), Falha> {
    let (linha, semente) = o_nosso()?;
    let quantos = QUANTOS.to_string();
    let opcoes = ["--perda", "5", "--sentido", "ida", "--semente", &semente];
    let comando = [
        "ping", "-q", "-i", "0.001", "-W", "1", "-c", &quantos, "10.0.0.2",
    ];
    let rodada = rodar(&opcoes, &comando)?;
    let resumo = Regex::new(r"(\d+) packets transmitted, (\d+) received").expect("é constante");
    let achado = resumo
        .captures(&rodada.saida)
        .ok_or_else(|| rodada.falha("o ping não disse quantos mandou e recebeu"))?;
    let numero = |qual: usize| achado[qual].parse::<u64>().unwrap_or(u64::MAX);
    let perdidos = numero(1).saturating_sub(numero(2));
    let derrubados = rodada.da_ida("derrubados")?;
    rodada.conferir(numero(1) == QUANTOS, "o ping não mandou tudo")?;
    rodada.conferir(
        perdidos == derrubados,
        "o ping não perdeu o que o caminho derrubou",
    )?;
    let iguais = perdidos == inteiro(&linha, "perdidos")?;
    rodada.conferir(iguais, &format!("a nossa perda não é a do ping: {linha:?}"))
}

/// Um iperf3 que atende uma vez e outro que manda cinco mil datagramas em dois segundos.
const IPERF3_UDP: [&str; 17] = [
    "iperf3",
    "-s",
    "-1",
    "---",
    "iperf3",
    "-c",
    "10.0.0.2",
    "-u",
    "-b",
    "4M",
    "-l",
    "200",
    "-t",
    "2",
    "-J",
    "--connect-timeout",
    "5000",
];

/// O que um `iperf3` em UDP disse no fim.
struct Relatorio {
    enviados: u64,
    /// Os que ele diz que se perderam, fora os que não couberam no buffer dele: isso não
    /// é do caminho. Negativo quando ele se atrapalha.
    perdidos: i64,
}

fn iperf3(opcoes: &[&str]) -> Result<(Relatorio, Rodada), Falha> {
    let rodada = rodar(opcoes, &IPERF3_UDP)?;
    let fim: Value = serde_json::from_str(&rodada.saida)
        .map_err(|erro| rodada.falha(&format!("o iperf3 não escreveu JSON: {erro}")))?;
    let (soma, saiu) = (&fim["end"]["sum"], &fim["end"]["sum_sent"]["packets"]);
    let numeros = (saiu.as_u64(), soma["lost_packets"].as_i64());
    let (Some(enviados), Some(perdidos)) = numeros else {
        return Err(rodada.falha("o iperf3 não disse o que se perdeu"));
    };
    let relatorio = Relatorio {
        enviados,
        perdidos: perdidos - rodada.sem_buffer()?.cast_signed(),
    };
    Ok((relatorio, rodada))
}

/// Quantos pacotes da ida, no máximo, são da conversa de controle do iperf3, em TCP.
const DE_CONTROLE: u64 = 40;

/// Os datagramas que o caminho derrubou: os derrubados, menos os que podem ser do
/// controle.
fn derrubados(rodada: &Rodada) -> Result<RangeInclusive<i64>, Falha> {
    let derrubados = rodada.da_ida("derrubados")?;
    let menos = derrubados.saturating_sub(DE_CONTROLE);
    Ok(menos.cast_signed()..=derrubados.cast_signed())
}

fn iperf3_concorda() -> Result<(), Falha> {
    let (linha, semente) = o_nosso()?;
    let opcoes = ["--perda", "5", "--sentido", "ida", "--semente", &semente];
    let (relatorio, rodada) = iperf3(&opcoes)?;
    let contou = derrubados(&rodada)?.contains(&relatorio.perdidos);
    rodada.conferir(
        contou,
        "sem cópias e com o fim inteiro, o iperf3 conta certo",
    )?;
    let nosso = linha.numero("de")?..=linha.numero("ate")?;
    #[expect(clippy::cast_precision_loss, reason = "são poucos milhares")]
    let medida = 100.0 * relatorio.perdidos as f64 / relatorio.enviados as f64;
    let dentro = nosso.contains(&medida);
    rodada.conferir(
        dentro,
        &format!("o iperf3 saiu do nosso intervalo: {linha:?}"),
    )
}

/// Quando a cópia é a do primeiro datagrama, o cumprimento, o iperf3 toma o cumprimento
/// por um número e diz que perdeu centenas de milhões: aí também ele se engana, mas não
/// é disto que se trata. Com outra semente a sorte do primeiro é outra.
fn iperf3_e_as_copias() -> Result<(), Falha> {
    for semente in ["1", "2", "3", "4", "5"] {
        let opcoes = ["--perda", "5", "--duplicacao", "5", "--sentido", "ida"];
        let opcoes = [&opcoes[..], &["--semente", semente]].concat();
        let (relatorio, rodada) = iperf3(&opcoes)?;
        let plausivel = 0..=relatorio.enviados.cast_signed();
        if !plausivel.contains(&relatorio.perdidos) {
            continue;
        }
        let esconde = relatorio.perdidos < derrubados(&rodada)?.start() / 2;
        rodada.conferir(esconde, "as cópias deviam esconder as perdas do iperf3")?;
        let copias = rodada.da_ida("duplicados")?;
        return rodada.conferir(copias > 100, "quase nada se duplicou");
    }
    Err(Falha::nova("cinco vezes o primeiro datagrama se duplicou"))
}

fn iperf3_e_o_fim() -> Result<(), Falha> {
    // O cabo some no meio dos envios, e só volta depois deles.
    let (relatorio, rodada) = iperf3(&["--corte", "1-3"])?;
    let cauda = rodada.da_ida("derrubados")?;
    let muitos = cauda > relatorio.enviados / 5;
    rodada.conferir(muitos, "o corte devia levar boa parte dos envios")?;
    let cego = relatorio.perdidos.unsigned_abs() < cauda / 20;
    rodada.conferir(cego, "o iperf3 viu a cauda que se perdeu")
}
