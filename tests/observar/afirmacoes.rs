//! O que o capítulo diz de cada captura, conferido com o `tshark`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use provas::{Falha, Filho, raiz};
use regex::Regex;

use crate::capturas::arquivo;

/// Quanto se espera pelo `tshark`, que demora a começar.
const PRAZO: Duration = Duration::from_secs(60);

/// O capítulo.
const CAPITULO: &str = "book/src/armadilhas/observar.md";

/// Uma frase do capítulo e o que a sustenta: quantos pacotes da captura passam no
/// filtro de exibição do `tshark`.
pub struct Afirmacao {
    captura: &'static str,
    filtro: &'static str,
    pacotes: usize,
    frase: &'static str,
}

const fn diz(
    frase: &'static str,
    captura: &'static str,
    filtro: &'static str,
    pacotes: usize,
) -> Afirmacao {
    Afirmacao {
        captura,
        filtro,
        pacotes,
        frase,
    }
}

/// As frases do capítulo que falam de pacotes.
const AFIRMACOES: &[Afirmacao] = &[
    diz(
        "dois pacotes com a marca SYN",
        "par-cliente",
        "tcp.flags.syn == 1",
        2,
    ),
    diz(
        "dois com a marca FIN",
        "par-cliente",
        "tcp.flags.fin == 1",
        2,
    ),
    diz("dois com dados.", "par-cliente", "tcp.len > 0", 2),
    diz(
        "os pacotes são os mesmos",
        "par-servidor",
        "tcp.flags.syn == 1",
        2,
    ),
    diz(
        "os pacotes são os mesmos",
        "par-servidor",
        "tcp.flags.fin == 1",
        2,
    ),
    diz("os pacotes são os mesmos", "par-servidor", "tcp.len > 0", 2),
    diz(
        "No do cliente, uns 40 ms",
        "par-cliente",
        "tcp.flags.syn == 1 && frame.time_delta > 0.039 && frame.time_delta < 0.05",
        1,
    ),
    diz(
        "no do servidor, menos de um milissegundo",
        "par-servidor",
        "tcp.flags.syn == 1 && tcp.flags.ack == 1 && frame.time_delta < 0.001",
        1,
    ),
    diz("São dois pacotes no arquivo", "recusa", "tcp", 2),
    diz("um deles é o RST", "recusa", "tcp.flags.reset == 1", 1),
    diz("Os dois pacotes com dados", "coladas", "tcp.len > 0", 2),
    diz("com 2 e 3 bytes", "coladas", "tcp.len == 2", 1),
    diz("com 2 e 3 bytes", "coladas", "tcp.len == 3", 1),
    diz(
        "não há nenhum pacote com a marca FIN",
        "derrubada",
        "tcp.flags.fin == 1",
        0,
    ),
    diz(
        "No lugar dele vem um RST",
        "derrubada",
        "tcp.flags.reset == 1",
        1,
    ),
    diz("os 21 bytes que não leu", "derrubada", "tcp.len == 21", 1),
    diz("São quatro datagramas e nada mais", "udp", "udp", 4),
    diz("São quatro datagramas e nada mais", "udp", "frame", 4),
    diz("e aparecem dois pacotes", "udp-sem-servidor", "udp", 2),
    diz(
        "de tipo 3 e código 3",
        "udp-sem-servidor",
        "icmp.type == 3 && icmp.code == 3",
        1,
    ),
];

/// Cada frase está no capítulo, e o `tshark` conta o que ela conta.
///
/// # Errors
/// A frase que falta, ou a conta que não fecha.
pub fn conferir() -> Result<(), Falha> {
    let capitulo = capitulo()?;
    let mut problemas = Vec::new();
    for afirmacao in AFIRMACOES {
        let Afirmacao {
            captura,
            filtro,
            pacotes,
            frase,
        } = afirmacao;
        if !capitulo.contains(frase) {
            problemas.push(format!("o capítulo não diz «{frase}»"));
        }
        let vistos = contar(captura, filtro)?;
        if vistos != *pacotes {
            problemas.push(format!(
                "«{frase}»: em {captura}.pcapng passam em «{filtro}» {vistos} pacotes, e não {pacotes}"
            ));
        }
    }
    // Um filtro que o leitor vai digitar também está na tabela.
    let conferidos: BTreeSet<&str> = AFIRMACOES.iter().map(|a| a.filtro).collect();
    let filtro = Regex::new(r#"-Y ['"]([^'"]+)['"]"#).expect("a expressão é constante");
    for partes in filtro.captures_iter(&capitulo) {
        if !conferidos.contains(&partes[1]) {
            problemas.push(format!("ninguém confere o filtro «{}»", &partes[1]));
        }
    }
    if problemas.is_empty() {
        Ok(())
    } else {
        Err(Falha::nova(problemas.join("\n")))
    }
}

/// O capítulo, com cada parágrafo em uma linha.
fn capitulo() -> Result<String, Falha> {
    fs::read_to_string(raiz().join(CAPITULO))
        .map_err(|erro| Falha::nova(format!("não foi possível ler {CAPITULO}: {erro}")))
}

/// Quantos pacotes da captura passam no filtro.
fn contar(captura: &str, filtro: &str) -> Result<usize, Falha> {
    let mut tshark = Command::new("tshark");
    tshark
        .args([
            "-n",
            "-Y",
            filtro,
            "-T",
            "fields",
            "-e",
            "frame.number",
            "-r",
        ])
        .arg(arquivo(captura));
    let mut filho = Filho::rodar("tshark", tshark)?.com_prazo(PRAZO);
    if filho.esperar_fim()? != 0 {
        return Err(filho.falha("não leu a captura"));
    }
    let so_numero = |linha: &&str| linha.trim().parse::<u32>().is_ok();
    Ok(filho.tudo().lines().filter(so_numero).count())
}
