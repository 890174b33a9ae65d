//! O que se pede ao conferidor.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, value_parser};
use sockets::ErroDeUso;

const MODELO: &str = "\
{about}

Uso: {usage}

Exercício:
{positionals}

Opções:
{options}
";

/// Um pedido ao conferidor.
#[derive(Debug, PartialEq, Eq)]
pub enum Pedido {
    /// Mostrar em que ponto estão todos.
    Progresso,
    /// Conferir um, começando-o se preciso.
    Conferir(String),
    /// Conferir todos os que já começaram.
    Todos,
    /// Conferir de novo a cada vez que o programa é salvo; sem nome, o próximo a fazer.
    Observar(Option<String>),
    /// Guardar o programa e voltar ao esqueleto.
    Recomecar(String),
    /// Conferir um programa já compilado.
    Executavel(String, PathBuf),
}

/// Lê os argumentos, o nome do programa primeiro.
///
/// # Errors
/// A ajuda pedida, ou por que os argumentos não servem.
pub fn ler(argumentos: impl IntoIterator<Item = OsString>) -> Result<Pedido, ErroDeUso> {
    let onde_ver = "Veja as opções com: cargo conferir --ajuda";
    let escolhas = comando()
        .try_get_matches_from(argumentos)
        .map_err(|erro| sockets::recusas::recusar(&erro, onde_ver))?;
    let nome = escolhas.get_one::<String>("exercicio").cloned();
    let liga = |opcao: &str| escolhas.get_flag(opcao);
    let executavel = escolhas.get_one::<PathBuf>("executavel").cloned();
    let quantas = [
        liga("observar"),
        liga("todos"),
        liga("recomecar"),
        executavel.is_some(),
    ];
    if quantas.iter().filter(|esta| **esta).count() > 1 {
        let texto = "--observar, --todos, --recomecar e --executavel não se combinam";
        return Err(ErroDeUso::novo(format!("{texto}. {onde_ver}")));
    }
    let exige = |opcao: &str| {
        let texto = format!("{opcao} pede o nome de um exercício. {onde_ver}");
        nome.clone().ok_or_else(|| ErroDeUso::novo(texto))
    };
    Ok(if liga("observar") {
        Pedido::Observar(nome)
    } else if liga("recomecar") {
        Pedido::Recomecar(exige("--recomecar")?)
    } else if let Some(executavel) = executavel {
        Pedido::Executavel(exige("--executavel")?, executavel)
    } else if liga("todos") {
        if nome.is_some() {
            let texto = format!("--todos não leva o nome de um exercício. {onde_ver}");
            return Err(ErroDeUso::novo(texto));
        }
        Pedido::Todos
    } else {
        nome.map_or(Pedido::Progresso, Pedido::Conferir)
    })
}

fn comando() -> clap::Command {
    let opcao = |nome: &'static str, ajuda: &'static str| {
        Arg::new(nome)
            .long(nome)
            .action(ArgAction::SetTrue)
            .help(ajuda)
    };
    sockets::recusas::comando("conferir", "cargo conferir [EXERCÍCIO] [OPÇÕES]", MODELO)
        .about(
            "Confere os exercícios do livro. Sem nada, mostra em que ponto você está; \
             com o nome de um exercício, cria o programa dele, se ainda não existe, ou o confere.",
        )
        .arg(
            Arg::new("exercicio")
                .value_name("EXERCÍCIO")
                .help("O nome do exercício, como bind ou recv"),
        )
        .arg(opcao(
            "observar",
            "Confere de novo a cada vez que o programa é salvo, até Ctrl-C",
        ))
        .arg(opcao("todos", "Confere todos os que já começaram"))
        .arg(opcao(
            "recomecar",
            "Guarda o programa ao lado e volta ao começo",
        ))
        .arg(
            Arg::new("executavel")
                .long("executavel")
                .value_name("ARQUIVO")
                .value_parser(value_parser!(PathBuf))
                .help("Confere um programa já compilado, em qualquer linguagem"),
        )
}

#[cfg(test)]
mod testes {
    use super::*;

    fn pedir(argumentos: &[&str]) -> Result<Pedido, String> {
        let todos = std::iter::once("conferir").chain(argumentos.iter().copied());
        ler(todos.map(OsString::from)).map_err(|erro| erro.to_string())
    }

    #[test]
    fn entende_o_que_se_pede() {
        assert_eq!(pedir(&[]), Ok(Pedido::Progresso));
        assert_eq!(pedir(&["bind"]), Ok(Pedido::Conferir("bind".into())));
        assert_eq!(pedir(&["--observar"]), Ok(Pedido::Observar(None)));
        assert_eq!(pedir(&["--todos"]), Ok(Pedido::Todos));
        let executavel = Pedido::Executavel("bind".into(), "x".into());
        assert_eq!(pedir(&["bind", "--executavel", "x"]), Ok(executavel));
    }

    #[test]
    fn recusa_em_portugues_o_que_nao_entende() {
        for pedido in [
            &["--recomecar"][..],
            &["--executavel", "x"],
            &["bind", "--todos"],
            &["--todos", "--observar"],
            &["a", "b"],
            &["--nada"],
        ] {
            let texto = pedir(pedido).expect_err("não faz sentido");
            assert!(
                texto.contains("cargo conferir --ajuda"),
                "{pedido:?}: {texto}"
            );
        }
    }
}
