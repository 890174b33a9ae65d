//! O que as provas da editora têm em comum.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A raiz do projeto de verdade.
pub fn raiz() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A editora, para rodar em `pasta`, sem uma tela em que abrir o livro.
pub fn editora(pasta: &Path) -> Command {
    let mut comando = Command::new(env!("CARGO_BIN_EXE_editora"));
    comando.current_dir(pasta);
    for variavel in ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"] {
        comando.env_remove(variavel);
    }
    comando
}

/// O que a editora disse na saída de erros.
pub fn erros(saida: &Output) -> String {
    String::from_utf8(saida.stderr.clone()).unwrap()
}

/// Copia uma pasta inteira, menos o que o fuzz monta: não é de quem escreve, e muda enquanto
/// ele roda.
pub fn copiar(de: &Path, para: &Path) {
    fs::create_dir_all(para).unwrap();
    for entrada in fs::read_dir(de).unwrap() {
        let entrada = entrada.unwrap();
        if entrada.path().ends_with("fuzz/target") {
            continue;
        }
        let destino = para.join(entrada.file_name());
        if entrada.file_type().unwrap().is_dir() {
            copiar(&entrada.path(), &destino);
        } else {
            fs::copy(entrada.path(), destino).unwrap();
        }
    }
}
