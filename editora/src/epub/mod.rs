//! O livro em um arquivo EPUB.
//!
//! As páginas são as do livro na web, já conferidas: cada uma vira XHTML em
//! `xhtml`; o `mdbook-epub` as junta em um pacote, na ordem do sumário; e
//! `pacote` põe nele o que um leitor digital pede e o `mdbook-epub` não sabe
//! (as partes do sumário, as páginas que têm desenhos, o identificador que não
//! muda, a licença).

#[cfg(feature = "epub")]
mod cores;
#[cfg(feature = "epub")]
mod fabrica;
#[cfg(feature = "epub")]
mod pacote;
#[cfg(feature = "epub")]
mod xhtml;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

/// Monta o EPUB em `destino` ou, sem ele, em `target/sockets.epub`.
///
/// # Errors
/// Quando o disco recusa, ou quando uma página não se deixa converter.
#[cfg(feature = "epub")]
pub fn atender(raiz: &Path, destino: Option<&Path>) -> Result<ExitCode> {
    let padrao = || raiz.join("target").join("sockets.epub");
    let arquivo = destino.map_or_else(padrao, Path::to_path_buf);
    fabrica::montar(raiz, &arquivo)
}

/// Pede o EPUB à editora compilada com a feature.
///
/// # Errors
/// Quando o cargo não se deixa rodar.
#[cfg(not(feature = "epub"))]
pub fn atender(_: &Path, _: Option<&Path>) -> Result<ExitCode> {
    crate::outro_cargo::com_a_feature("epub")
}
