//! O livro na rede local, para uma turma ou para quem escreve.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

/// Pede o servidor à editora compilada com a feature.
///
/// # Errors
/// Quando o cargo não se deixa rodar.
#[cfg(not(feature = "servir"))]
pub fn atender(_: &Path, _: SocketAddr, _: bool) -> Result<ExitCode> {
    crate::outro_cargo::com_a_feature("servir")
}

/// Serve o livro de `raiz`.
///
/// # Errors
/// Ainda sempre.
#[cfg(feature = "servir")]
pub fn atender(_: &Path, _: SocketAddr, _: bool) -> Result<ExitCode> {
    anyhow::bail!("servir ainda não está pronto")
}
