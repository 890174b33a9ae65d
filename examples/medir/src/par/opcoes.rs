//! As opções de `medir servidor` e de `medir cliente`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use sockets::{ErroDeUso, porta_do_ambiente};

use super::cliente::roteiro::{ENSAIOS, Forma, Roteiro};
use crate::opcoes::valores::{inteiro, inteiros, nomes};
use crate::opcoes::{PREFIXO, opcao, subcomando};
use crate::progresso::tempo;

/// O subcomando de quem espera.
pub const SERVIDOR: &str = "servidor";

/// O subcomando de quem mede.
pub const CLIENTE: &str = "cliente";

/// As rodadas de quem não diz quantas.
const RODADAS: u32 = 3;

/// Quantas rodadas se fazem, no máximo: uma sessão tem hora para acabar.
const MAIS_RODADAS: u64 = 50;

/// Quanto um roteiro pode demorar: com folga para o que o servidor deixa.
const MAIOR_ROTEIRO: Duration = Duration::from_secs(10 * 60);

/// A semente de quem não dá outra.
const SEMENTE: u64 = 1;

/// Como atender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Servidor {
    /// Em que endereço deste computador; `None`, em todos.
    pub ip: Option<IpAddr>,
    /// Em que porta; 0, em qualquer uma.
    pub porta: u16,
    /// Se acaba depois do primeiro cliente que se despedir.
    pub um_cliente: bool,
}

/// O que medir, e com quem.
#[derive(Debug, Clone, PartialEq)]
pub struct Cliente {
    /// O servidor: um IPv4, um IPv6 ou um nome.
    pub ip: String,
    /// A porta dele.
    pub porta: u16,
    /// O que se mede.
    pub roteiro: Roteiro,
    /// A pasta dos resultados, se foi dada.
    pub resultados: Option<PathBuf>,
}

/// Os dois subcomandos.
#[must_use]
pub fn comandos() -> [Command; 2] {
    [do_servidor(), do_cliente()]
}

/// As linhas deles na ajuda geral.
#[must_use]
pub fn ajuda() -> String {
    format!(
        "Dois computadores de verdade:\n  \
         {SERVIDOR:<18} em um deles: espera, responde e conta\n  \
         {CLIENTE:<18} no outro: mede, mostra e guarda"
    )
}

fn porta(sobre: &'static str) -> Arg {
    opcao("porta", "PORTA").help(sobre)
}

fn do_servidor() -> Command {
    subcomando(SERVIDOR)
        .about(
            "Espera por clientes, um de cada vez, para medir a rede entre os dois\n\
             computadores. A porta tem de estar aberta em TCP e em UDP.",
        )
        .arg(
            porta("Onde atender [padrão: 50000 ou SOCKETS_PORTA]")
                .value_parser(|texto: &str| inteiro(texto, 0, 65_535)),
        )
        .arg(
            opcao("ip", "IP")
                .value_parser(|texto: &str| {
                    texto.parse::<IpAddr>().map_err(|_| {
                        "use um IPv4 ou um IPv6 deste computador"
                    })
                })
                .help("Em que endereço deste computador [padrão: todos]"),
        )
        .arg(
            Arg::new("um-cliente")
                .long("um-cliente")
                .action(ArgAction::SetTrue)
                .help("Acaba depois do primeiro cliente que acabar"),
        )
}

fn do_cliente() -> Command {
    subcomando(CLIENTE)
        .override_usage(format!("{PREFIXO} {CLIENTE} --ip IP [OPÇÕES]"))
        .about(
            "Mede a rede até um servidor: ida e volta, perda nos dois sentidos,\n\
             variação e vazão, por TCP e por UDP. No outro computador roda\n\
             medir servidor.",
        )
        .arg(
            opcao("ip", "IP")
                .required(true)
                .help("O servidor: um IPv4, um IPv6 ou um nome"),
        )
        .arg(
            porta("A porta dele [padrão: 50000 ou SOCKETS_PORTA]")
                .value_parser(|texto: &str| inteiro(texto, 1, 65_535)),
        )
        .arg(
            Arg::new("rapido")
                .long("rapido")
                .action(ArgAction::SetTrue)
                .help("Uma rodada só, de uns 10 segundos"),
        )
        .arg(
            opcao("rodadas", "N")
                .value_parser(|texto: &str| inteiro(texto, 1, MAIS_RODADAS))
                .help("Quantas vezes se mede tudo [padrão: 3]"),
        )
        .arg(
            opcao("so", "NOMES")
                .value_parser(|texto: &str| nomes(texto, &ENSAIOS))
                .help("Só estes: ida-e-volta, perda, vazao"),
        )
        .arg(
            opcao("tamanho", "B[,B]")
                .value_parser(|texto: &str| inteiros(texto, 32, 1472))
                .help("Bytes dos datagramas da perda [padrão: 200]"),
        )
        .arg(
            opcao("ritmo", "N[,N]")
                .value_parser(|texto: &str| inteiros(texto, 1, 250_000))
                .help("Quantos por segundo [padrão: 1250]"),
        )
        .arg(
            opcao("quantos", "N")
                .value_parser(|texto: &str| inteiro(texto, 1, 1_000_000))
                .help("Quantos em cada rodada e sentido [padrão: 1000]"),
        )
        .arg(
            opcao("semente", "N")
                .value_parser(|texto: &str| inteiro(texto, 0, u64::MAX))
                .help("Sorteia a ordem das medidas e o que vai nelas"),
        )
        .arg(
            opcao("resultados", "PASTA")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::DirPath)
                .help(
                    "Onde guardar as tabelas: uma pasta nova\n\
                     [padrão: target/medidas/cliente-DATA-HORA]",
                ),
        )
}

/// O que as `escolhas` de um dos subcomandos pedem.
///
/// # Errors
/// Quando `SOCKETS_PORTA` não é uma porta.
pub fn servidor(escolhas: &ArgMatches) -> Result<Servidor, ErroDeUso> {
    Ok(Servidor {
        ip: escolhas.get_one("ip").copied(),
        porta: escolher_porta(escolhas)?,
        um_cliente: escolhas.get_flag("um-cliente"),
    })
}

/// O mesmo, do outro.
///
/// # Errors
/// Quando `SOCKETS_PORTA` não é uma porta certa, ou o que se pede demoraria demais.
pub fn cliente(escolhas: &ArgMatches) -> Result<Cliente, ErroDeUso> {
    let porta = match escolher_porta(escolhas)? {
        0 => {
            return Err(ErroDeUso::novo(
                "a variável de ambiente SOCKETS_PORTA vale 0, e o cliente precisa \
                 da porta certa do servidor: ponha nela um número de 1 a 65535 \
                 ou apague-a",
            ));
        }
        porta => porta,
    };
    let ip: Option<&String> = escolhas.get_one("ip");
    Ok(Cliente {
        ip: ip.cloned().unwrap_or_default(),
        porta,
        roteiro: roteiro(escolhas)?,
        resultados: escolhas.get_one("resultados").cloned(),
    })
}

fn escolher_porta(escolhas: &ArgMatches) -> Result<u16, ErroDeUso> {
    match escolhas.get_one::<u64>("porta") {
        Some(porta) => Ok(u16::try_from(*porta).unwrap_or_default()),
        None => porta_do_ambiente().map_err(ErroDeUso::novo),
    }
}

fn roteiro(escolhas: &ArgMatches) -> Result<Roteiro, ErroDeUso> {
    let um = |nome: &str| escolhas.get_one::<u64>(nome).copied();
    let u32_de = |nome: &str| um(nome).and_then(|n| u32::try_from(n).ok());
    let lista = |nome: &str, padrao: u32| -> Vec<u32> {
        let lidos = escolhas.get_one::<Vec<u64>>(nome);
        lidos.map_or(vec![padrao], |lidos| {
            let lidos = lidos.iter().filter_map(|n| u32::try_from(*n).ok());
            lidos.collect()
        })
    };
    let rodadas = if escolhas.get_flag("rapido") {
        1
    } else {
        RODADAS
    };
    let padrao = Forma::default();
    let quantos = u32_de("quantos").unwrap_or(padrao.quantos);
    let tamanhos = lista("tamanho", padrao.tamanho);
    let ritmos = lista("ritmo", padrao.ritmo);
    let formas = tamanhos.iter().flat_map(|tamanho| {
        ritmos.iter().map(|ritmo| Forma {
            quantos,
            tamanho: *tamanho,
            ritmo: *ritmo,
        })
    });
    let roteiro = Roteiro {
        rodadas: u32_de("rodadas").unwrap_or(rodadas),
        semente: um("semente").unwrap_or(SEMENTE),
        formas: formas.collect(),
        so: escolhas.get_one::<Vec<&str>>("so").cloned(),
    };
    roteiro.conferir().map_err(|motivo| {
        ErroDeUso::novo(format!(
            "não dá para medir assim: {motivo}. Mude --quantos, --ritmo ou \
             --tamanho"
        ))
    })?;
    if roteiro.estimativa() > MAIOR_ROTEIRO {
        return Err(ErroDeUso::novo(format!(
            "medir isso demoraria {}, e uma sessão vai até {}: peça menos \
             rodadas, tamanhos ou ritmos",
            tempo(roteiro.estimativa()),
            tempo(MAIOR_ROTEIRO)
        )));
    }
    Ok(roteiro)
}
