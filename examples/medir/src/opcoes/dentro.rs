//! As opções de quem roda um programa qualquer por um caminho ruim.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Arg, ArgMatches, Command, value_parser};
use sockets::ErroDeUso;

use super::{ONDE_VER, PREFIXO, SEMENTE_PADRAO, opcao, subcomando, valores};
use crate::caminho::Regras;
use crate::dentro::{NOME, Pedido, separar};

/// Os dois comandos, como o clap os chama.
const COMANDOS: &str = "comandos";

/// Os bytes que a fila de um trecho lento guarda, se não se diz outra coisa: uns 40
/// quadros cheios.
const FILA_COMUM: u64 = 64 << 10;

/// O maior atraso, e o maior corte: uma hora, em milissegundos.
const HORA_MS: u64 = 3_600_000;

/// O subcomando.
pub fn comando() -> Command {
    subcomando(NOME)
        .about(
            "Roda um comando no cliente e, se quiser, outro no servidor, com um\n\
             caminho ruim entre eles, e conta no fim o que o caminho fez.",
        )
        .override_usage(format!(
            "{PREFIXO} {NOME} [OPÇÕES] -- CLIENTE…\n     \
             {PREFIXO} {NOME} [OPÇÕES] \\\n       \
             -- SERVIDOR… --- CLIENTE…"
        ))
        .args([
            percentagem("perda", "Quantos somem, em cada 100 pacotes"),
            percentagem("duplicacao", "Quantos passam duas vezes"),
            percentagem("reordenacao", "Quantos o seguinte ultrapassa"),
            opcao("sentido", "QUAL")
                .value_parser(["ida", "volta", "ambos"])
                .default_value("ambos")
                .help("Onde: ida, volta ou ambos [padrão: ambos]"),
            inteiro("rtt", "MS", HORA_MS)
                .help("A ida e volta do caminho, em milissegundos"),
            inteiro("variacao", "MS", HORA_MS)
                .help("Quanto a mais, no máximo, cada sentido demora"),
            inteiro("taxa", "KBPS", 10_000_000)
                .help("Quantos mil bits por segundo cabem em cada sentido"),
            inteiro("fila", "BYTES", 64 << 20).help(
                "Quantos bytes esperam onde há taxa [padrão: 65536]",
            ),
            opcao("corte", "DE-ATE").value_parser(corte).help(
                "Nada passa de DE a ATE segundos: o cabo que se arranca\n\
                 e se põe de volta",
            ),
            inteiro("prazo", "S", HORA_MS / 1000)
                .help("Quanto o comando do cliente pode durar, em segundos"),
            opcao("semente", "N")
                .value_parser(|texto: &str| {
                    valores::inteiro(texto, 0, u64::MAX)
                })
                .help("A mesma semente repete os sorteios [padrão: 1]"),
            Arg::new(COMANDOS)
                .value_parser(value_parser!(OsString))
                .num_args(1..)
                .last(true)
                .hide(true),
        ])
        .after_help(
            "O cliente é o 10.0.0.1 e o servidor, o 10.0.0.2. O cliente fica com o\n\
             terminal, e começa quando o servidor já escuta. Exemplos:\n  \
             medir dentro --perda 20 -- ping -c 20 10.0.0.2\n  \
             medir dentro --perda 5 -- iperf3 -s -1 --- iperf3 -c 10.0.0.2 -u",
        )
}

fn percentagem(nome: &'static str, ajuda: &'static str) -> Arg {
    opcao(nome, "P")
        .value_parser(valores::percentagem)
        .help(ajuda)
}

fn inteiro(nome: &'static str, valor: &'static str, ate: u64) -> Arg {
    opcao(nome, valor)
        .value_parser(move |texto: &str| valores::inteiro(texto, 0, ate))
}

/// `2-4.5`, em segundos.
fn corte(texto: &str) -> Result<(Duration, Duration), String> {
    let segundos = |texto: &str| {
        let segundos = texto.parse::<f64>().ok()?;
        Duration::try_from_secs_f64(segundos).ok()
    };
    texto
        .split_once('-')
        .and_then(|(de, ate)| Some((segundos(de)?, segundos(ate)?)))
        .filter(|(de, ate)| de < ate)
        .ok_or_else(|| {
            "use dois instantes em segundos, o primeiro menor: 2-4.5".into()
        })
}

/// O pedido que as escolhas fazem.
///
/// # Errors
/// Quando os comandos não se entendem.
pub fn ler(escolhas: &ArgMatches) -> Result<Pedido, ErroDeUso> {
    let palavras = escolhas.get_many(COMANDOS).unwrap_or_default();
    let (servidor, cliente) = separar(palavras.cloned().collect())
        .map_err(|falta| ErroDeUso::novo(format!("{falta}. {ONDE_VER}")))?;
    let sentido = escolhas.get_one::<String>("sentido").map(String::as_str);
    Ok(Pedido {
        ida: regras(escolhas, sentido != Some("volta")),
        volta: regras(escolhas, sentido != Some("ida")),
        semente: escolhas
            .get_one("semente")
            .copied()
            .unwrap_or(SEMENTE_PADRAO),
        corte: escolhas.get_one("corte").copied(),
        prazo: escolhas.get_one("prazo").copied().map(Duration::from_secs),
        servidor,
        cliente,
    })
}

/// As regras de um sentido. As que atrapalham só valem nele se ele é `ruim`.
fn regras(escolhas: &ArgMatches, ruim: bool) -> Regras {
    let fracao = |nome| {
        let porcento = escolhas.get_one::<f64>(nome).copied();
        porcento.filter(|_| ruim).unwrap_or(0.0) / 100.0
    };
    let numero = |nome| escolhas.get_one::<u64>(nome).copied();
    let ms = |nome| Duration::from_millis(numero(nome).unwrap_or(0));
    Regras {
        perda: fracao("perda"),
        duplicacao: fracao("duplicacao"),
        reordenacao: fracao("reordenacao"),
        atraso: ms("rtt") / 2,
        variacao: ms("variacao"),
        taxa: numero("taxa").filter(|t| *t > 0).map(|t| t * 1000),
        fila: usize::try_from(numero("fila").unwrap_or(FILA_COMUM))
            .unwrap_or(usize::MAX),
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn lido(argumentos: &str) -> Pedido {
        let argumentos = argumentos.split(' ').map(OsString::from);
        let escolhas = comando().no_binary_name(true);
        ler(&escolhas.get_matches_from(argumentos)).unwrap()
    }

    #[test]
    fn o_sentido_escolhe_onde_se_perde_e_o_atraso_e_dos_dois() {
        let pedido = lido("--perda 5 --sentido ida --rtt 20 -- ping --- -c 3");
        assert!((pedido.ida.perda - 0.05).abs() < 1e-12);
        assert!(pedido.volta.perda.abs() < 1e-12);
        for regras in [&pedido.ida, &pedido.volta] {
            assert_eq!(regras.atraso, Duration::from_millis(10));
        }
        assert_eq!(pedido.servidor, ["ping"]);
        assert_eq!(pedido.cliente, ["-c", "3"]);
        assert_eq!(pedido.prazo, None);
    }

    #[test]
    fn sem_opcoes_o_caminho_e_perfeito() {
        let pedido = lido("-- ping -c 3 10.0.0.2");
        let perfeito = Regras {
            fila: 64 << 10,
            ..Regras::default()
        };
        assert_eq!([&pedido.ida, &pedido.volta], [&perfeito, &perfeito]);
    }

    #[test]
    fn o_corte_vai_de_antes_a_depois() {
        let segundos = Duration::from_secs_f64;
        assert_eq!(corte("2-4.5"), Ok((segundos(2.0), segundos(4.5))));
        for texto in ["", "2", "4-2", "2-2", "-1-2", "a-b", "1-inf"] {
            assert!(corte(texto).unwrap_err().contains("2-4.5"), "{texto}");
        }
    }
}
