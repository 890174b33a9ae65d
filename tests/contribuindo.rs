//! `CONTRIBUINDO.md` diz a verdade: as mensagens que ele cita são as do código, os passos são
//! os do portão, e o que ele manda abrir existe.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex::Regex;

fn ler(arquivo: &str) -> String {
    let texto = fs::read_to_string(provas::raiz().join(arquivo)).expect(arquivo);
    texto.replace("\r\n", "\n")
}

/// Todo o Rust abaixo de uma pasta, em um texto só, com as frases partidas em duas linhas
/// emendadas.
fn fontes(pasta: &Path, texto: &mut String) {
    for entrada in fs::read_dir(pasta).unwrap() {
        let caminho = entrada.unwrap().path();
        if caminho.is_dir() {
            fontes(&caminho, texto);
        } else if caminho.extension().is_some_and(|tipo| tipo == "rs") {
            *texto += &fs::read_to_string(&caminho).unwrap().replace("\r\n", "\n");
        }
    }
}

#[test]
fn cada_mensagem_da_tabela_e_uma_do_codigo() {
    let mut codigo = String::new();
    for pasta in ["editora/src", "tests/apoio"] {
        fontes(&provas::raiz().join(pasta), &mut codigo);
    }
    codigo += &ler("tests/cenas.rs");
    let emenda = Regex::new(r"\\\n\s*").unwrap();
    let codigo = emenda.replace_all(&codigo, "");
    let texto = ler("CONTRIBUINDO.md");
    let (_, tabela) = texto.split_once("| o que aparece |").unwrap();
    let tabela = &tabela[..tabela.find("\n\n").unwrap()];
    let mensagem = Regex::new(r"(?m)^\| `([^`]+)` \|").unwrap();
    let mensagens: Vec<String> = mensagem
        .captures_iter(tabela)
        .map(|achada| achada[1].to_string())
        .collect();
    assert!(mensagens.len() > 10);
    for mensagem in mensagens {
        assert!(codigo.contains(&mensagem), "ninguém diz «{mensagem}»");
    }
}

#[test]
fn os_passos_sao_os_do_portao() {
    let portao = ler(".ci/run");
    let texto = ler("CONTRIBUINDO.md");
    let (_, tabela) = texto.split_once("| passo | o que fazer |").unwrap();
    let tabela = &tabela[..tabela.find("\n\n").unwrap()];
    let linhas: Vec<&str> = tabela.lines().skip(2).collect();
    assert!(linhas.len() > 5);
    for linha in linhas {
        let passo = linha.trim_matches('|').split('|').next().unwrap().trim();
        assert!(
            portao.contains(&format!("passo '{passo}")),
            "o portão não tem o passo «{passo}»"
        );
    }
}

#[test]
fn as_ligacoes_levam_a_arquivos_da_casa() {
    let ligacao = Regex::new(r"\]\(([^)#]+)(?:#[^)]*)?\)").unwrap();
    for arquivo in ["CONTRIBUINDO.md", "README.md", "CHANGELOG.md"] {
        for achada in ligacao.captures_iter(&ler(arquivo)) {
            let alvo = &achada[1];
            let existe = alvo.starts_with("https://") || provas::raiz().join(alvo).exists();
            assert!(existe, "{arquivo}: {alvo} não existe");
        }
    }
}

#[test]
fn cada_diretiva_da_tabela_existe_e_nenhuma_falta() {
    let conferir = ler("editora/src/conferir.rs");
    let (_, lista) = conferir
        .split_once("não conheço a diretiva «{nome}»: há ")
        .unwrap();
    let lista = &lista[..lista.find('"').unwrap()].replace('\\', " ");
    let separador = Regex::new(r"[,\s]+(?:e\s+)?").unwrap();
    let texto = ler("CONTRIBUINDO.md");
    let (_, tabela) = texto.split_once("| diretiva | mostra |").unwrap();
    let tabela = &tabela[..tabela.find("\n\n").unwrap()];
    let citada = Regex::new(r"\{\{#([a-z]+)").unwrap();
    let citadas: BTreeSet<&str> = citada
        .captures_iter(tabela)
        .map(|achada| achada.get(1).unwrap().as_str())
        .collect();
    let ha: BTreeSet<&str> = separador.split(lista.trim()).collect();
    assert_eq!(citadas, ha);
}
