//! Comandos que a máquina pode não ter.
//!
//! Quem só tem Rust roda `cargo test` e vê, como ignorado e com o motivo, o que
//! precisa de mais. Com `EXIGIR_TUDO=1` uma ferramenta que falta é uma falha.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use libtest_mimic::{Completion, Failed};

/// Por que uma prova não roda nesta máquina: comandos que não estão no `PATH`, ou
/// algo que o sistema não deixa fazer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ausente(String);

impl Ausente {
    /// O que falta não é um comando; `motivo` é uma frase sem ponto no fim.
    #[must_use]
    pub fn porque(motivo: impl Into<String>) -> Self {
        Self(motivo.into())
    }

    fn sem(comandos: &[String]) -> Self {
        Self(format!("não há {} nesta máquina", comandos.join(", ")))
    }

    /// Como a prova termina: ignorada com o motivo ou, com `EXIGIR_TUDO=1`, falha.
    ///
    /// # Errors
    /// Com `EXIGIR_TUDO=1`.
    pub fn concluir(&self) -> Result<Completion, Failed> {
        self.concluir_com(exigir_tudo())
    }

    fn concluir_com(&self, exigir_tudo: bool) -> Result<Completion, Failed> {
        if exigir_tudo {
            Err(format!("{self}, e EXIGIR_TUDO=1 não deixa ignorar").into())
        } else {
            Ok(Completion::ignored_with(self))
        }
    }
}

impl fmt::Display for Ausente {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Confere que todos os `comandos` estão no `PATH`.
///
/// ```no_run
/// # use libtest_mimic::{Completion, Failed};
/// fn prova() -> Result<Completion, Failed> {
///     if let Err(ausente) = provas::exigir(&["python3"]) {
///         return ausente.concluir();
///     }
///     // …
///     Ok(Completion::Completed)
/// }
/// ```
///
/// # Errors
/// Os comandos que faltam.
pub fn exigir<T: AsRef<str>>(comandos: &[T]) -> Result<(), Ausente> {
    let faltam: Vec<String> = comandos
        .iter()
        .map(AsRef::as_ref)
        .filter(|comando| procurar(comando).is_none())
        .map(str::to_string)
        .collect();
    if faltam.is_empty() {
        Ok(())
    } else {
        Err(Ausente::sem(&faltam))
    }
}

/// Se uma ferramenta ausente é falha (`EXIGIR_TUDO=1`).
#[must_use]
pub fn exigir_tudo() -> bool {
    env::var_os("EXIGIR_TUDO").is_some_and(|valor| valor == "1")
}

/// O arquivo que o sistema roda quando se digita `comando`, procurado no `PATH`.
#[must_use]
pub fn procurar(comando: &str) -> Option<PathBuf> {
    let terminacoes: Vec<String> = if cfg!(windows) {
        let pathext = env::var("PATHEXT").unwrap_or_else(|_| ".EXE;.CMD;.BAT".into());
        pathext.split(';').map(str::to_string).collect()
    } else {
        vec![String::new()]
    };
    env::split_paths(&env::var_os("PATH")?)
        .filter(|pasta| !e_atalho_da_loja(pasta))
        .flat_map(|pasta| {
            terminacoes
                .iter()
                .map(move |fim| pasta.join(format!("{comando}{fim}")))
                .collect::<Vec<_>>()
        })
        .find(|caminho| executavel(caminho))
}

/// No Windows, o `python3.exe` desta pasta só abre a loja de aplicativos.
fn e_atalho_da_loja(pasta: &Path) -> bool {
    cfg!(windows) && pasta.ends_with("WindowsApps")
}

#[cfg(unix)]
fn executavel(caminho: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    caminho
        .metadata()
        .is_ok_and(|dados| dados.is_file() && dados.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executavel(caminho: &Path) -> bool {
    caminho.is_file()
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn o_que_falta_e_dito_pelo_nome() {
        let ausente = exigir(&["cargo", "comando-que-nao-existe"]).unwrap_err();
        let frase = "não há comando-que-nao-existe nesta máquina";
        assert_eq!(ausente, Ausente::porque(frase));
        assert!(exigir(&["cargo"]).is_ok());
    }

    #[test]
    fn ausente_e_ignorado_ou_falha() {
        let ausente = Ausente::sem(&["python3".into()]);
        let ignorado = ausente.concluir_com(false);
        assert!(matches!(ignorado, Ok(Completion::Ignored { .. })));
        let falha = ausente.concluir_com(true).err().unwrap();
        assert!(falha.message().unwrap().contains("python3"));
    }
}
