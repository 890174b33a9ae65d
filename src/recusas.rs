//! O clap em português: a ajuda e as recusas.
//!
//! Serve aos programas que têm opções com nome, o chat e a editora. Os do começo
//! do livro têm poucos argumentos, sem nome, em [`crate::Argumentos`].

use std::error::Error;

use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgAction, Command};

use crate::{ErroDeUso, visivel};

/// Um comando do clap sem nada em inglês: só a opção de ajuda, `--ajuda`, e o
/// `modelo` dela.
#[must_use]
pub fn comando(
    nome: &'static str,
    uso: &'static str,
    modelo: &'static str,
) -> Command {
    Command::new(nome)
        .override_usage(uso)
        .help_template(modelo)
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .arg(
            Arg::new("ajuda")
                .short('h')
                .long("ajuda")
                .alias("help")
                .action(ArgAction::Help)
                .help("Mostra esta ajuda"),
        )
}

/// O que o clap tem a dizer, em português: a ajuda pedida, ou por que os argumentos
/// não servem, seguido de `onde_ver`, a frase que diz onde estão os que servem.
///
/// A recusa de um `value_parser` nosso diz só o que serve, como `use um número de
/// 1 a 65535`: o argumento e o valor recusado já vêm na frente.
#[must_use]
pub fn recusar(erro: &clap::Error, onde_ver: &str) -> ErroDeUso {
    if erro.kind() == ErrorKind::DisplayHelp {
        return ErroDeUso::ajuda(erro.to_string());
    }
    ErroDeUso::novo(format!("{}. {onde_ver}", frase(erro)))
}

fn frase(erro: &clap::Error) -> String {
    let contexto = |tipo| {
        let valor = erro.get(tipo).map(ToString::to_string);
        visivel(valor.unwrap_or_default().as_bytes())
    };
    let argumento = contexto(ContextKind::InvalidArg);
    let valor = contexto(ContextKind::InvalidValue);
    match erro.kind() {
        ErrorKind::InvalidSubcommand => {
            let comando = contexto(ContextKind::InvalidSubcommand);
            format!("não conheço o comando «{comando}»")
        }
        ErrorKind::UnknownArgument if argumento.starts_with('-') => {
            format!("não conheço a opção «{argumento}»")
        }
        ErrorKind::UnknownArgument => {
            format!("não sei o que fazer com «{argumento}»")
        }
        ErrorKind::MissingRequiredArgument => {
            format!("falta a opção «{argumento}»")
        }
        ErrorKind::InvalidValue if valor.is_empty() => {
            format!("falta o valor da opção «{argumento}»")
        }
        ErrorKind::InvalidValue => format!(
            "a opção «{argumento}» não aceita «{valor}»: use {}",
            alternativas(&contexto(ContextKind::ValidValue))
        ),
        ErrorKind::ValueValidation => {
            let conselho = erro.source().map(ToString::to_string);
            let conselho = conselho.unwrap_or_default();
            format!("a opção «{argumento}» não aceita «{valor}»: {conselho}")
        }
        ErrorKind::TooManyValues => {
            format!("a opção «{argumento}» não leva valor")
        }
        ErrorKind::ArgumentConflict if argumento.is_empty() => {
            "as opções vêm depois do comando".to_string()
        }
        ErrorKind::ArgumentConflict => {
            format!("a opção «{argumento}» só pode aparecer uma vez")
        }
        ErrorKind::InvalidUtf8 => {
            "há um argumento que não é texto válido".to_string()
        }
        _ => "não entendi os argumentos".to_string(),
    }
}

/// De `a, b, c` para `a, b ou c`.
fn alternativas(lista: &str) -> String {
    match lista.rsplit_once(", ") {
        Some((primeiras, ultima)) => format!("{primeiras} ou {ultima}"),
        None => lista.to_string(),
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn pedir(argumentos: &[&str]) -> ErroDeUso {
        let porta = |texto: &str| {
            let porta = texto.parse::<u16>().ok().filter(|porta| *porta != 0);
            porta.ok_or("use um número de 1 a 65535")
        };
        let comando =
            comando("chat", "chat --ip IP", "Uso: {usage}\n{options}")
                .arg(Arg::new("ip").long("ip").value_name("IP").required(true))
                .arg(Arg::new("porta").long("porta").value_parser(porta))
                .arg(Arg::new("modo").long("modo").value_parser(["tcp", "udp"]))
                .arg(
                    Arg::new("quieto")
                        .long("quieto")
                        .action(ArgAction::SetTrue),
                );
        let argumentos = ["chat"].iter().chain(argumentos);
        let erro = comando.try_get_matches_from(argumentos).unwrap_err();
        recusar(&erro, "Veja --ajuda")
    }

    #[test]
    fn cada_engano_tem_a_sua_frase() {
        for (argumentos, frase) in [
            (&[][..], "falta a opção «--ip <IP>»"),
            (&["--ip"], "falta o valor da opção «--ip <IP>»"),
            (&["--ip=a", "--oi"], "não conheço a opção «--oi»"),
            (&["1.2.3.4"], "não sei o que fazer com «1.2.3.4»"),
            (&["--ip=a", "--ip=b"], "só pode aparecer uma vez"),
            (&["--ip=a", "--quieto=sim"], "não leva valor"),
            (
                &["--ip=a", "--porta=0"],
                "a opção «--porta <porta>» não aceita «0»: use um número de 1 a 65535",
            ),
            (
                &["--ip=a", "--modo=sctp"],
                "não aceita «sctp»: use tcp ou udp",
            ),
        ] {
            let recusa = pedir(argumentos);
            let texto = recusa.to_string();
            assert!(!recusa.ajuda, "{texto}");
            assert!(texto.contains(frase), "{frase:?} em {texto:?}");
            assert!(texto.ends_with(". Veja --ajuda"), "{texto:?}");
        }
    }

    #[test]
    fn o_que_se_recusa_nao_comanda_o_terminal() {
        let recusa = pedir(&["\x1b[2J\n"]).to_string();
        assert!(recusa.contains(r"«\u{1b}[2J\n»"), "{recusa}");
    }

    #[test]
    fn a_ajuda_nao_tem_ingles() {
        for pedido in ["--ajuda", "--help", "-h"] {
            let ajuda = pedir(&[pedido]);
            let texto = ajuda.to_string();
            assert!(ajuda.ajuda, "{texto}");
            assert!(texto.contains("Uso: chat --ip IP"), "{texto}");
            assert!(!texto.contains("Print"), "{texto}");
        }
    }
}
