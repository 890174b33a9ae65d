//! O que a editora só sabe fazer com uma feature a mais: ela mesma pede ao cargo que a
//! compile com ela.
//!
//! As features pesam na primeira compilação, que é a de todo leitor. Quem pede o que
//! elas trazem não tem de saber que existem.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::dizer;

/// Roda de novo este pedido, na editora compilada com `feature`, e devolve o código de
/// saída dela.
///
/// # Errors
/// Quando o cargo não se deixa rodar.
pub fn com_a_feature(feature: &str) -> Result<ExitCode> {
    dizer(
        io::stderr(),
        &format!(
            "Compilando a editora com a feature «{feature}» (leva alguns minutos só na primeira \
             vez)…"
        ),
    );
    let mut cargo = comando(feature, env::args_os().skip(1));
    rodar(&mut cargo).with_context(|| {
        format!("não foi possível chamar o cargo com a feature «{feature}». Ele está no PATH?")
    })
}

fn comando(feature: &str, pedido: impl Iterator<Item = OsString>) -> Command {
    let manifesto = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg("run").arg("--manifest-path").arg(manifesto);
    cargo.args(["--features", feature]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    // O Windows não deixa trocar um programa que está rodando, e este está.
    if cfg!(windows)
        && let Ok(daqui) = env::current_exe()
        && let Some(alvo) = daqui.ancestors().nth(2)
    {
        cargo.arg("--target-dir").arg(alvo.join(feature));
    }
    cargo.arg("--").args(pedido);
    cargo
}

/// No Unix o cargo toma o lugar deste processo, e um Ctrl-C é só dele.
#[cfg(unix)]
fn rodar(cargo: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(cargo.exec())
}

#[cfg(not(unix))]
fn rodar(cargo: &mut Command) -> io::Result<ExitCode> {
    let fim = cargo.status()?;
    let codigo = fim.code().and_then(|codigo| u8::try_from(codigo).ok());
    Ok(ExitCode::from(codigo.unwrap_or(1)))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_pedido_vai_inteiro_depois_dos_dois_hifens() {
        let pedido = ["epub", "--destino", "a b.epub"].map(OsString::from);
        let cargo = comando("epub", pedido.into_iter());
        let argumentos: Vec<_> = cargo.get_args().collect();
        let corte = argumentos.iter().position(|texto| *texto == "--").unwrap();
        assert_eq!(argumentos[corte + 1..], ["epub", "--destino", "a b.epub"]);
        assert!(
            argumentos[..corte]
                .windows(2)
                .any(|par| par == ["--features", "epub"])
        );
    }
}
