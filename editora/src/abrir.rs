//! O livro no navegador, quando há um.

use std::path::Path;

/// Abre `indice` no navegador da pessoa. Sem tela, ou sem navegador, diz o que
/// fazer; o livro está pronto do mesmo jeito, então isto nunca é um erro.
pub fn no_navegador(indice: &Path) {
    if !ha_tela() {
        println!("Não há tela aqui: abra esse arquivo em um navegador.");
    } else if let Err(erro) = opener::open(indice) {
        println!("Não foi possível abrir o navegador ({erro}): abra esse arquivo nele.");
    }
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
