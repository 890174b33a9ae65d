//! O livro no navegador, quando há um.

use std::path::Path;

/// Abre `indice` no navegador da pessoa. O livro está pronto de todo modo, então
/// não abrir nunca é uma falha da montagem.
///
/// # Errors
/// Uma frase com o motivo e o que fazer: não há tela, ou não há navegador.
pub fn no_navegador(indice: &Path) -> Result<(), String> {
    if !ha_tela() {
        return Err("Não há tela aqui: abra esse arquivo em um navegador.".into());
    }
    opener::open(indice).map_err(|erro| {
        format!("Não foi possível abrir o navegador ({erro}): abra esse arquivo nele.")
    })
}

/// Se este processo pode mostrar uma janela. Sem esta pergunta, em um terminal
/// remoto o `xdg-open` abriria um navegador de texto em cima do terminal.
fn ha_tela() -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"]
        .iter()
        .any(|variavel| std::env::var_os(variavel).is_some_and(|valor| !valor.is_empty()))
}
