//! A editora rodada como a pessoa roda, quando o lugar do livro, os argumentos ou
//! o ambiente não ajudam.

mod comum;

use std::fs;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use comum::{copiar, editora, erros, raiz};

/// Um livro de uma página, com o tema de verdade.
fn livro() -> TempDir {
    let pasta = tempfile::tempdir().unwrap();
    let raiz = raiz();
    copiar(&raiz.join("book/tema"), &pasta.path().join("book/tema"));
    let src = pasta.path().join("book/src");
    fs::create_dir_all(&src).unwrap();
    fs::copy(
        raiz.join("book/book.toml"),
        pasta.path().join("book/book.toml"),
    )
    .unwrap();
    fs::write(src.join("SUMMARY.md"), "# Sumário\n\n- [Um](um.md)\n").unwrap();
    fs::write(src.join("um.md"), "# Um\n\nOlá.\n").unwrap();
    fs::write(src.join("404.md"), "# Nada {#nada}\n\nVolte.\n").unwrap();
    pasta
}

fn rodar(pasta: &Path, argumentos: &[&str]) -> Output {
    editora(pasta).args(argumentos).output().unwrap()
}

#[test]
fn um_destino_que_nao_serve_tem_codigo_2_e_nao_deixa_nada() {
    let livro = livro();
    let montado = rodar(livro.path(), &["construir"]);
    assert!(montado.status.success(), "{}", erros(&montado));
    let longo = "n".repeat(300);
    for (destino, palavras) in [
        ("target/livro/sub", "dentro do livro montado"),
        (longo.as_str(), "não foi possível"),
        ("/", "/"),
    ] {
        let saida = rodar(livro.path(), &["construir", "--destino", destino]);
        let texto = erros(&saida);
        assert_eq!(saida.status.code(), Some(2), "{destino}: {texto}");
        assert!(texto.contains(palavras), "{destino}: {texto}");
    }
    assert_eq!(
        fs::read_dir(livro.path().join("target")).unwrap().count(),
        1
    );
    assert!(rodar(livro.path(), &["construir"]).status.success());
}

#[test]
fn um_livro_errado_nao_deixa_as_pastas_do_destino_para_tras() {
    let livro = livro();
    fs::write(livro.path().join("book/src/um.md"), "# Um\n\n[x](y.md)\n").unwrap();
    let saida = rodar(livro.path(), &["construir", "--destino", "a/b/c"]);
    assert_eq!(saida.status.code(), Some(1), "{}", erros(&saida));
    assert!(!livro.path().join("a").exists());
}

#[test]
fn um_argumento_nao_comanda_o_terminal_nem_finge_ser_outra_linha() {
    let livro = livro();
    for argumento in ["\u{1b}[2J", "\u{202e}abc", "x\nerro: outro"] {
        let saida = rodar(livro.path(), &[argumento]);
        let texto = erros(&saida);
        assert_eq!(saida.status.code(), Some(2), "{texto}");
        assert_eq!(texto.lines().count(), 1, "{texto}");
        assert!(!texto.contains(['\u{1b}', '\u{202e}']), "{texto}");
    }
    let ajuda = rodar(livro.path(), &["--ajuda"]);
    let ajuda = String::from_utf8(ajuda.stdout).unwrap();
    assert!(ajuda.lines().count() > 5, "{ajuda}");
}

#[cfg(unix)]
#[test]
fn o_nome_de_um_arquivo_nao_comanda_o_terminal() {
    let livro = livro();
    let nome = "book/src/a\u{1b}[2J\nb.md";
    fs::write(livro.path().join(nome), "# A\n").unwrap();
    let texto = erros(&rodar(livro.path(), &["construir"]));
    assert!(!texto.contains('\u{1b}'), "{texto}");
    assert!(!texto.lines().any(|linha| linha.starts_with("b.md")));
}

#[cfg(unix)]
#[test]
fn um_arquivo_de_nome_estranho_no_livro_nao_o_faz_recusar_a_si_mesmo() {
    let livro = livro();
    fs::write(livro.path().join("book/src/duas\nlinhas.txt"), "").unwrap();
    for _ in 0..2 {
        let saida = rodar(livro.path(), &["construir"]);
        assert_ne!(saida.status.code(), Some(2), "{}", erros(&saida));
    }
}

#[test]
fn as_variaveis_do_mdbook_nao_mudam_o_livro() {
    let livro = livro();
    let mut comando = editora(livro.path());
    comando
        .arg("construir")
        .env("MDBOOK_book__src", "\"/etc\"")
        .env("MDBOOK_book", "{}");
    comando
        .env("TMPDIR", "nao-existe")
        .env("TMP", "nao-existe")
        .env("TEMP", "nao-existe");
    let saida = comando.output().unwrap();
    assert!(saida.status.success(), "{}", erros(&saida));
}

#[cfg(target_os = "linux")]
#[test]
fn de_uma_pasta_apagada_a_editora_diz_o_que_fazer() {
    let livro = livro();
    let saida = std::process::Command::new("sh")
        .args([
            "-c",
            "mkdir x && cd x && rmdir ../x && exec \"$0\" construir",
        ])
        .arg(env!("CARGO_BIN_EXE_editora"))
        .current_dir(livro.path())
        .output()
        .unwrap();
    let texto = erros(&saida);
    assert_eq!(saida.status.code(), Some(1), "{texto}");
    assert!(texto.contains("Entre com cd"), "{texto}");
}
