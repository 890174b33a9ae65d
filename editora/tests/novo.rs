//! Um capítulo novo, em uma cópia do livro: ele monta logo em seguida, e um pedido que não
//! serve não deixa nada para trás.

mod comum;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use comum::{copiar, editora, erros, raiz};

/// Uma cópia do que o livro é.
fn copia_do_livro() -> TempDir {
    let pasta = tempfile::tempdir().unwrap();
    for parte in ["book", "examples", "exercicios", "src", "tests"] {
        copiar(&raiz().join(parte), &pasta.path().join(parte));
    }
    pasta
}

/// Cada arquivo de `pasta`, com o seu conteúdo.
fn retrato(pasta: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut achados = BTreeMap::new();
    let mut por_ver = vec![pasta.to_path_buf()];
    while let Some(pasta) = por_ver.pop() {
        for entrada in fs::read_dir(pasta).unwrap() {
            let caminho = entrada.unwrap().path();
            if caminho.is_dir() {
                por_ver.push(caminho);
            } else if caminho.is_file() {
                let conteudo = fs::read(&caminho).unwrap();
                achados.insert(caminho, conteudo);
            }
        }
    }
    achados
}

#[test]
fn o_livro_monta_com_o_capitulo_que_acaba_de_nascer() {
    let copia = copia_do_livro();
    for (capitulo, titulo) in [
        ("armadilhas/quem-espera", "Quem espera: até quando?"),
        ("experimentos/relogio", "O relógio"),
    ] {
        let saida = editora(copia.path())
            .args(["novo", capitulo, titulo])
            .output()
            .unwrap();
        assert!(saida.status.success(), "{}", erros(&saida));
        let dito = String::from_utf8(saida.stdout).unwrap();
        for linha in dito.lines().filter_map(|linha| linha.strip_prefix("  ")) {
            let arquivo = linha.trim_end_matches(" (uma linha nova)");
            let comando = arquivo.starts_with("cargo ");
            assert!(comando || copia.path().join(arquivo).is_file(), "{linha}");
        }
    }
    let sumario = fs::read_to_string(copia.path().join("book/src/SUMMARY.md")).unwrap();
    assert!(
        sumario
            .contains("- [Quem espera: até quando?](armadilhas/quem-espera.md)\n\n# Experimentos"),
        "{sumario}"
    );
    let saida = editora(copia.path()).arg("construir").output().unwrap();
    assert!(saida.status.success(), "{}", erros(&saida));
    let pagina = copia
        .path()
        .join("target/livro/armadilhas/quem-espera.html");
    let pagina = fs::read_to_string(pagina).unwrap();
    for parte in [
        "examples/quem_espera.rs",
        "pedir_um_lugar",
        "id=\"cena-quem-espera-primeira\"",
        "id=\"figura-quem-espera-primeira\"",
        "Em que porta ele atende?",
        "Resposta do exercício 1",
    ] {
        assert!(pagina.contains(parte), "falta {parte}");
    }
    assert!(!pagina.contains("esqueleto") && !pagina.contains("TITULO"));
}

#[test]
fn um_pedido_que_nao_serve_nao_deixa_nada() {
    let copia = copia_do_livro();
    let antes = retrato(copia.path());
    for (capitulo, titulo, palavras) in [
        ("pressa", "Pressa", "não diz a parte e o nome"),
        ("a/b/c", "Pressa", "não diz a parte e o nome"),
        (
            "nada/pressa",
            "Pressa",
            "não tem a parte «nada»: há inicio, chamadas",
        ),
        ("../pressa", "Pressa", "não tem a parte «..»"),
        ("armadilhas/Pressa", "Pressa", "como pressa"),
        ("armadilhas/pressão", "Pressa", "como pressao"),
        ("armadilhas/match", "Pressa", "palavra do Rust"),
        ("armadilhas/pressa", "", "está vazio"),
        ("armadilhas/pressa", "A [pressa]", "tem o sinal ["),
        ("armadilhas/pressa", "O chat completo", "já há um capítulo"),
        ("armadilhas/bind", "Pressa", "já existe examples/bind.rs"),
        (
            "armadilhas/varias-medir",
            "Pressa",
            "já há um programa chamado varias_medir",
        ),
        (
            "armadilhas/prazos",
            "Pressa",
            "já existe book/src/armadilhas/prazos.md",
        ),
    ] {
        let saida = editora(copia.path())
            .args(["novo", capitulo, titulo])
            .output()
            .unwrap();
        let texto = erros(&saida);
        assert_eq!(saida.status.code(), Some(2), "{capitulo}: {texto}");
        assert!(
            texto.starts_with("erro: ") && texto.contains(palavras),
            "{capitulo}: {texto}"
        );
        assert!(retrato(copia.path()) == antes, "{capitulo} deixou algo");
    }
}

#[cfg(unix)]
#[test]
fn uma_falha_no_meio_desfaz_o_que_ja_se_criou() {
    let copia = copia_do_livro();
    // A pasta das perguntas é um atalho para lugar nenhum: o último arquivo não cabe.
    let perguntas = copia.path().join("book/dados/perguntas");
    fs::remove_dir_all(&perguntas).unwrap();
    std::os::unix::fs::symlink("lugar-nenhum", &perguntas).unwrap();
    let antes = retrato(copia.path());
    let saida = editora(copia.path())
        .args(["novo", "armadilhas/pressa", "Pressa"])
        .output()
        .unwrap();
    let texto = erros(&saida);
    assert_eq!(saida.status.code(), Some(1), "{texto}");
    assert!(
        texto.contains("não foi possível criar book/dados/perguntas/armadilhas-pressa.toml"),
        "{texto}"
    );
    assert!(retrato(copia.path()) == antes, "{texto}");
}

/// O programa nasce formatado como os outros de `examples/`.
#[test]
fn o_modelo_se_formata_como_os_programas() {
    let modelos = fs::read_to_string(raiz().join("editora/modelos/rustfmt.toml")).unwrap();
    let programas = fs::read_to_string(raiz().join("examples/rustfmt.toml")).unwrap();
    assert_eq!(modelos, programas);
}
