//! O que a editora diz a quem escreve: a legibilidade de cada página e os endereços de fora.

mod comum;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

use regex::Regex;

use comum::{copiar, editora, erros, raiz};

fn rodar(pasta: &Path, argumentos: &[&str]) -> Output {
    editora(pasta).args(argumentos).output().unwrap()
}

fn dito(saida: &Output) -> String {
    assert!(saida.status.success(), "{}", erros(saida));
    String::from_utf8(saida.stdout.clone()).unwrap()
}

#[test]
fn toda_pagina_tem_a_sua_linha_no_relatorio() {
    let relatorio = dito(&rodar(raiz(), &["legibilidade"]));
    let pagina =
        Regex::new(r"(?m)^ *(?:\d+,\d|—) +\d+ +\d+,\d +\d,\d\d  book/src/\S+\.md$").unwrap();
    let linhas = pagina.find_iter(&relatorio).count();
    assert_eq!(linhas, relatorio.lines().count() - 2, "{relatorio}");
    assert!(linhas > 40, "{relatorio}");

    let uma = dito(&rodar(raiz(), &["legibilidade", "chamadas/bind.md"]));
    assert_eq!(pagina.find_iter(&uma).count(), 1, "{uma}");
    assert!(uma.contains("\nbook/src/chamadas/bind.md:"), "{uma}");

    let nenhuma = rodar(raiz(), &["legibilidade", "nada.md"]);
    assert_eq!(nenhuma.status.code(), Some(1));
    assert!(erros(&nenhuma).contains("não achei a página «nada.md»"));
}

#[test]
fn todo_endereco_de_fora_esta_na_lista() {
    let lista = dito(&rodar(raiz(), &["ligacoes-externas"]));
    let listados: BTreeSet<&str> = lista
        .lines()
        .filter_map(|linha| linha.split_once(' '))
        .map(|(endereco, _)| endereco)
        .collect();
    assert_eq!(listados.len(), lista.lines().count(), "um por linha");

    // O livro montado sabe para onde manda, venha o endereço do texto ou dos dados.
    let pasta = tempfile::tempdir().unwrap();
    let destino = pasta.path().join("livro");
    let montar = rodar(
        raiz(),
        &["construir", "--destino", destino.to_str().unwrap()],
    );
    dito(&montar);
    let ligacao = Regex::new(r#"<a [^>]*href="(https?://[^"]+)""#).unwrap();
    let mut vistos = 0;
    let mut pastas = vec![destino];
    while let Some(pasta) = pastas.pop() {
        for entrada in fs::read_dir(pasta).unwrap() {
            let caminho = entrada.unwrap().path();
            if caminho.is_dir() {
                pastas.push(caminho);
            } else if caminho.extension().is_some_and(|tipo| tipo == "html") {
                let html = fs::read_to_string(&caminho).unwrap();
                for partes in ligacao.captures_iter(&html) {
                    let endereco = partes[1].replace("&amp;", "&");
                    let onde = caminho.display();
                    assert!(listados.contains(endereco.as_str()), "{onde}: {endereco}");
                    vistos += 1;
                }
            }
        }
    }
    assert!(vistos > 100, "{vistos} ligações");
}

#[test]
fn um_endereco_novo_entra_na_lista_com_o_lugar() {
    let pasta = tempfile::tempdir().unwrap();
    let src = pasta.path().join("book").join("src");
    fs::create_dir_all(&src).unwrap();
    fs::write(pasta.path().join("book/book.toml"), "").unwrap();
    fs::write(
        src.join("um.md"),
        "# Um\n\nVeja [isto](https://pikchr.org/home).\n",
    )
    .unwrap();
    fs::write(
        pasta.path().join("a.rs"),
        "// Em https://docs.rs/socket2.\n",
    )
    .unwrap();
    // Dos dados sai o endereço de cada RFC, que ninguém escreveu.
    copiar(&raiz().join("book/dados"), &pasta.path().join("book/dados"));
    let lista = dito(&rodar(pasta.path(), &["ligacoes-externas"]));
    for linha in [
        "https://docs.rs/socket2 a.rs:1",
        "https://pikchr.org/home book/src/um.md:3",
        "https://www.rfc-editor.org/rfc/rfc9293 book/dados/referencias.toml:",
    ] {
        assert!(
            lista.lines().any(|dita| dita.starts_with(linha)),
            "{linha}: {lista}"
        );
    }
}
