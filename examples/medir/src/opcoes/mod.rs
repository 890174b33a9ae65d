//! A linha de comando, em português.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint, value_parser};
use sockets::{ErroDeUso, recusas};

use self::escolhas::{Escolhas, Opcao, Tipo};
use crate::experimentos::{Experimento, TODOS};
use crate::par::opcoes as par;
use crate::plano::{Parte, Plano, Tamanho};

mod dentro;
pub mod escolhas;
pub mod pedidos;
pub(crate) mod valores;

/// O que vem antes de todo comando.
pub const PREFIXO: &str = "cargo run --release --example medir --";

const USO: &str = "cargo run --release --example medir -- COMANDO [OPÇÕES]";

const MODELO_GERAL: &str = "\
{about}

Uso: {usage}

{before-help}Opções:
{options}{after-help}";

const MODELO: &str = "\
{about}

Uso: {usage}

Opções:
{options}{after-help}";

const SOBRE: &str = "\
Mede perda de pacotes e tempo de execução, em TCP e em UDP, entre dois
computadores de mentira e um caminho que perde, atrasa e repete, ou entre dois
de verdade.";

const ONDE_VER: &str =
    "Veja os comandos com: cargo run --release --example medir -- --ajuda";

/// O comando que monta e confere a rede.
const REDE: &str = "rede";

/// A semente de quem não dá outra: a mesma para todos, para que todos vejam as mesmas
/// perdas.
const SEMENTE_PADRAO: u64 = 1;

/// A opção que dá a um experimento só o tamanho do [`Tamanho::Completo`].
const COMPLETO: &str = "completo";

/// O máximo de rodadas: mais que isto já é outro experimento.
const MAIS_RODADAS: u64 = 100;

/// O que se pede ao programa.
pub enum Pedido {
    /// Medir.
    Medir(Medicao),
    /// Montar a rede, conferi-la e contar o que se achou.
    Rede,
    /// Rodar um programa qualquer nela.
    Dentro(crate::dentro::Pedido),
    /// Esperar quem meça a rede de verdade até aqui.
    Servidor(par::Servidor),
    /// Medir a rede de verdade até um servidor.
    Cliente(par::Cliente),
}

/// Uma medição.
pub struct Medicao {
    /// O subcomando.
    pub nome: String,
    /// O que se mede.
    pub plano: Plano,
    /// A pasta dos resultados, se foi dada.
    pub resultados: Option<PathBuf>,
    /// Se se continua o que parou no meio.
    pub continuar: bool,
}

impl Medicao {
    /// O comando que continua esta medição.
    #[must_use]
    pub fn comando_de_continuar(&self) -> String {
        let pasta = self.resultados.as_ref().map(|pasta| {
            let pasta = crate::resultados::disco::visivel(pasta);
            format!(" --resultados {}", entre_aspas(&pasta))
        });
        let pasta = pasta.unwrap_or_default();
        format!("{PREFIXO} {}{pasta} --continuar", self.plano.comando)
    }
}

/// Lê os argumentos do processo, o nome do programa primeiro.
///
/// # Errors
/// Quando não servem, ou quando a pessoa pede a ajuda.
pub fn ler(
    argumentos: impl IntoIterator<Item = OsString>,
) -> Result<Pedido, ErroDeUso> {
    let escolhas = comando()
        .try_get_matches_from(argumentos)
        .map_err(|erro| recusas::recusar(&erro, ONDE_VER))?;
    let Some((nome, escolhas)) = escolhas.subcommand() else {
        return Err(ErroDeUso::novo(format!(
            "diga o que medir: rapido, completo ou um experimento. {ONDE_VER}"
        )));
    };
    if nome == REDE {
        return Ok(Pedido::Rede);
    }
    if nome == crate::dentro::NOME {
        return dentro::ler(escolhas).map(Pedido::Dentro);
    }
    if nome == par::SERVIDOR {
        return par::servidor(escolhas).map(Pedido::Servidor);
    }
    if nome == par::CLIENTE {
        return par::cliente(escolhas).map(Pedido::Cliente);
    }
    let semente = escolhas.get_one("semente").copied();
    let plano = Plano {
        comando: canonico(nome, escolhas),
        semente: semente.unwrap_or(SEMENTE_PADRAO),
        partes: partes(nome, escolhas),
    };
    Ok(Pedido::Medir(Medicao {
        nome: nome.to_string(),
        plano,
        resultados: escolhas.get_one("resultados").cloned(),
        continuar: escolhas.get_flag("continuar"),
    }))
}

/// Os experimentos que o comando `nome` pede.
fn partes(nome: &str, escolhas: &ArgMatches) -> Vec<Parte> {
    let tamanho = [Tamanho::Rapido, Tamanho::Completo]
        .into_iter()
        .find(|tamanho| tamanho.nome() == nome);
    let so: Option<&Vec<&str>> = match tamanho {
        Some(_) => escolhas.get_one("so"),
        None => None,
    };
    let pediu_completo = tamanho.is_none() && escolhas.get_flag(COMPLETO);
    let entra = |experimento: &&Experimento| match (tamanho, so) {
        (None, _) => experimento.nome == nome,
        (Some(_), None) => true,
        (Some(_), Some(so)) => so.contains(&experimento.nome),
    };
    let tamanho = tamanho.unwrap_or(if pediu_completo {
        Tamanho::Completo
    } else {
        Tamanho::Rapido
    });
    let escolhidos = TODOS.iter().filter(entra);
    let escolhas = Escolhas::de(escolhas);
    escolhidos
        .map(|um| Parte::nova(um, tamanho, &escolhas))
        .collect()
}

/// O pedido como se escreve, com só o que muda o que se mede, e as opções em ordem alfabética.
fn canonico(nome: &str, escolhas: &ArgMatches) -> String {
    let mut texto = nome.to_string();
    let mut dados: Vec<&str> = escolhas.ids().map(clap::Id::as_str).collect();
    dados.retain(|id| !["resultados", "continuar"].contains(id));
    dados.sort_unstable();
    for opcao in dados {
        if escolhas.value_source(opcao) != Some(ValueSource::CommandLine) {
            continue;
        }
        texto += " --";
        texto += opcao;
        let crus = escolhas.get_raw(opcao).into_iter().flatten();
        for valor in crus.filter(|_| opcao != COMPLETO) {
            texto.push(' ');
            texto += &sockets::visivel(valor.as_encoded_bytes());
        }
    }
    texto
}

fn entre_aspas(texto: &str) -> String {
    let simples = |letra: char| {
        letra.is_ascii_alphanumeric() || "/._-:\\".contains(letra)
    };
    if texto.chars().all(simples) {
        texto.to_string()
    } else {
        format!("'{}'", texto.replace('\'', r"'\''"))
    }
}

fn comando() -> Command {
    let experimentos: Vec<String> = TODOS
        .iter()
        .map(|um| format!("  {:<18} {}\n", um.nome, um.pergunta))
        .collect();
    let experimentos = format!("Um experimento só:\n{}", experimentos.concat());
    let tudo = format!(
        "Tudo:\n  {:<18} todos os experimentos, em até 2 minutos\n  \
         {:<18} os do livro, em até 35 minutos\n\n{experimentos}\n\
         A rede:\n  {REDE:<18} o que dá para medir nesta máquina\n  \
         {:<18} roda nela o programa que você quiser\n\n{}",
        Tamanho::Rapido.nome(),
        Tamanho::Completo.nome(),
        crate::dentro::NOME,
        par::ajuda(),
    );
    let planos = [Tamanho::Rapido, Tamanho::Completo].map(do_plano);
    let geral = recusas::comando("medir", USO, MODELO_GERAL)
        .about(SOBRE)
        .before_help(tudo)
        .after_help(
            "Cada comando tem as suas opções: medir COMANDO --ajuda\n\n\
             A variável de ambiente SOCKETS_MAQUINA_OCUPADA, com qualquer valor, cala\n\
             os avisos de que a máquina está ocupada; passos.csv o registra.",
        )
        .subcommands(planos);
    let rede = subcomando(REDE).about(
        "Monta os dois computadores de mentira, confere, mede um pouco de cada\n\
         coisa e conta o que achou.",
    );
    geral
        .subcommands(TODOS.iter().map(do_experimento))
        .subcommand(rede)
        .subcommand(dentro::comando())
        .subcommands(par::comandos())
}

fn do_plano(tamanho: Tamanho) -> Command {
    let sobre = match tamanho {
        Tamanho::Rapido => "Todos os experimentos, pequenos: até 2 minutos.",
        Tamanho::Completo => {
            "Todos os experimentos, com as rodadas do livro: até 35 minutos."
        }
    };
    let nomes: Vec<&str> = TODOS.iter().map(|um| um.nome).collect();
    com_as_comuns(
        subcomando(tamanho.nome()).about(sobre).arg(
            opcao("so", "NOMES")
                .value_parser(move |texto: &str| valores::nomes(texto, &nomes))
                .help("Só estes experimentos, separados por vírgulas"),
        ),
    )
}

fn do_experimento(experimento: &Experimento) -> Command {
    let pergunta = experimento.pergunta;
    let comando = subcomando(experimento.nome)
        .about(format!("Mede {pergunta}."))
        .args(experimento.opcoes.iter().map(Opcao::argumento))
        .arg(
            Arg::new(COMPLETO)
                .long(COMPLETO)
                .action(ArgAction::SetTrue)
                .help("O tamanho que ele tem no comando completo"),
        );
    com_as_comuns(comando)
}

pub(crate) fn subcomando(nome: &'static str) -> Command {
    recusas::comando(nome, USO, MODELO)
        .override_usage(format!("{PREFIXO} {nome} [OPÇÕES]"))
}

pub(crate) fn opcao(nome: &'static str, valor: &'static str) -> Arg {
    Arg::new(nome)
        .long(nome)
        .value_name(valor)
        .hide_default_value(true)
        .hide_possible_values(true)
}

/// As opções de toda medição.
fn com_as_comuns(comando: Command) -> Command {
    comando
        .arg(
            opcao("rodadas", "N")
                .value_parser(|texto: &str| {
                    Tipo::Inteiro(1, MAIS_RODADAS).ler(texto)
                })
                .help("Quantas vezes se mede cada condição"),
        )
        .arg(
            opcao("semente", "N")
                .value_parser(|texto: &str| {
                    valores::inteiro(texto, 0, u64::MAX)
                })
                .help("A mesma semente, as mesmas perdas [padrão: 1]"),
        )
        .arg(
            opcao("resultados", "PASTA")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::DirPath)
                .help(
                    "Onde guardar as tabelas: uma pasta nova\n\
                     [padrão: target/medidas/COMANDO-DATA-HORA]",
                ),
        )
        .arg(
            Arg::new("continuar")
                .long("continuar")
                .action(ArgAction::SetTrue)
                .help(
                    "Continua o que parou: na pasta de --resultados\n\
                     ou na última de target/medidas deste comando",
                ),
        )
}

#[cfg(test)]
mod testes {
    use super::*;

    fn medicao(argumentos: &str) -> Medicao {
        let argumentos = format!("medir {argumentos}");
        let argumentos = argumentos.split_whitespace().map(OsString::from);
        match ler(argumentos).unwrap() {
            Pedido::Medir(medicao) => medicao,
            _ => panic!("não é uma medição"),
        }
    }

    fn chaves(argumentos: &str) -> Vec<String> {
        let partes = medicao(argumentos).plano.partes.into_iter();
        let passos = partes.flat_map(|parte| parte.passos);
        passos.map(|passo| passo.chave).collect()
    }

    #[test]
    fn a_definicao_e_coerente() {
        comando().debug_assert();
    }

    #[test]
    fn o_comando_se_escreve_sempre_do_mesmo_jeito() {
        for (argumentos, comando) in [
            ("rapido", "rapido"),
            ("rapido --continuar --resultados x", "rapido"),
            (
                "perda --quantos 10 --perda=0.5,5 --semente 7",
                "perda --perda 0.5,5 --quantos 10 --semente 7",
            ),
            ("rto --rodadas 2 --completo", "rto --completo --rodadas 2"),
        ] {
            assert_eq!(medicao(argumentos).plano.comando, comando);
        }
    }

    #[test]
    fn o_comando_de_continuar_repete_o_pedido() {
        let medicao = medicao("perda --perda 5 --resultados a/b --semente 2");
        assert_eq!(
            medicao.comando_de_continuar(),
            "cargo run --release --example medir -- perda --perda 5 --semente 2 \
             --resultados a/b --continuar"
        );
        let continuado = medicao
            .comando_de_continuar()
            .replace("cargo run --release --example medir -- ", "");
        let outra = self::medicao(&continuado);
        assert_eq!(outra.plano.comando, medicao.plano.comando);
        assert_eq!(outra.plano.impressao(), medicao.plano.impressao());
        assert!(outra.continuar);
    }

    #[test]
    fn as_opcoes_mudam_os_passos_e_as_rodadas_os_repetem() {
        let duas = chaves("perda --perda 1,5 --quantos 100 --rodadas 3");
        assert_eq!(duas.len(), 6);
        assert!(duas.iter().all(|chave| chave.contains("n=100 ")));
        assert_eq!(chaves("rto --prazos 200,50 --rodadas 4").len(), 4);
        let janelas = chaves(
            "transferencia --perda 0 --janela 1,8 --congestionamento bbr \
             --rodadas 1",
        );
        assert_eq!(janelas.len(), 3, "{janelas:?}");
        let buffers = chaves("estouro --ritmo 0,100 --buffer 4096,8192");
        assert_eq!(buffers.len() % 4, 0, "{buffers:?}");
    }

    #[test]
    fn as_rodadas_valem_para_todos_e_so_escolhe_alguns() {
        let uma = medicao("rapido --rodadas 1").plano;
        assert_eq!(uma.partes.len(), TODOS.len());
        for parte in &uma.partes {
            for passo in &parte.passos {
                let chave = &passo.chave;
                assert!(chave.ends_with(" rodada=1"), "{chave}");
            }
        }
        let dois = medicao("completo --so rto,perda").plano;
        let nomes: Vec<&str> =
            dois.partes.iter().map(|parte| parte.experimento).collect();
        assert_eq!(nomes, ["perda", "rto"], "na ordem de sempre");
    }

    #[test]
    fn um_experimento_tem_os_dois_tamanhos() {
        let (pequeno, grande) = (chaves("perda"), chaves("perda --completo"));
        assert!(grande.len() > pequeno.len());
        let inteiro = medicao("completo").plano.partes.into_iter();
        let perda = inteiro.filter(|parte| parte.experimento == "perda");
        let passos = perda.flat_map(|parte| parte.passos);
        let dele: Vec<String> = passos.map(|passo| passo.chave).collect();
        assert_eq!(grande, dele);
    }

    #[test]
    fn uma_pasta_com_espacos_vai_entre_aspas() {
        let argumentos = ["medir", "rapido", "--resultados", "minha pasta's"];
        let argumentos = argumentos.map(OsString::from);
        let Pedido::Medir(medicao) = ler(argumentos).unwrap() else {
            panic!("não é uma medição");
        };
        let comando = medicao.comando_de_continuar();
        assert!(
            comando.contains(r"--resultados 'minha pasta'\''s' "),
            "{comando}"
        );
    }
}
