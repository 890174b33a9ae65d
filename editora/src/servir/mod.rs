//! O livro na rede local, para uma turma ou para quem escreve.
//!
//! O livro montado fica inteiro na memória, e é lá que cada pedido o procura pelo nome:
//! não há caminho que saia dele, nem metade de um livro que está sendo trocado. Cada
//! ideia em um arquivo: `livro` (o que se serve), `pedido` (o que se recusa e o que
//! se responde), `rede` (conexões, prazos e limites), `fluxo` (quem não lê), `vigia`
//! (remontar quando uma fonte muda) e `anuncio` (o endereço e o desenho que o celular lê).

#[cfg(feature = "servir")]
mod anuncio;
#[cfg(feature = "servir")]
mod fluxo;
#[cfg(feature = "servir")]
mod livro;
#[cfg(feature = "servir")]
mod pedido;
#[cfg(feature = "servir")]
mod rede;
#[cfg(feature = "servir")]
mod vigia;

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;

/// Serve o livro de `raiz` em `endereco`, até um Ctrl-C. `ao_vivo` diz se a página se
/// recarrega também em outros computadores, e não só neste.
///
/// # Errors
/// Quando não se pode escutar em `endereco`, ou quando o disco recusa.
#[cfg(feature = "servir")]
pub fn atender(raiz: &Path, endereco: SocketAddr, ao_vivo: bool) -> Result<ExitCode> {
    use crate::{CODIGO_DE_PROBLEMA, mostrar_problemas};

    // Antes de montar: a porta ocupada se diz logo.
    let escuta = rede::escutar(endereco)?;
    let oficina = vigia::Oficina::abrir(raiz)?;
    let livro = match oficina.montar(raiz, true)? {
        Ok(livro) => livro,
        Err(problemas) => {
            mostrar_problemas(&problemas, false);
            return Ok(ExitCode::from(CODIGO_DE_PROBLEMA));
        }
    };
    let (estante, vista) = livro::estante(livro);
    let _vigia = vigia::vigiar(raiz, oficina, estante)?;
    rede::servir(escuta, vista, ao_vivo)?;
    Ok(ExitCode::SUCCESS)
}

/// Pede o servidor à editora compilada com a feature.
///
/// # Errors
/// Quando o cargo não se deixa rodar.
#[cfg(not(feature = "servir"))]
pub fn atender(_: &Path, _: SocketAddr, _: bool) -> Result<ExitCode> {
    crate::outro_cargo::com_a_feature("servir")
}
