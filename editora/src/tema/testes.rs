//! O tema contra o mdBook de agora: as tabelas batem e nenhum inglês sobra.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use regex::Regex;
use tempfile::TempDir;

use super::{
    DO_MDBOOK, Problema, SOBRAS, adaptar, admonicoes, ajustar_saida, cantos_das_tabelas,
    com_impressao, consertos, declaracoes, enxugar_indice, extrair_originais, itens_do_sumario,
    ler, ligacoes_do_indice, preparar, traducoes,
};
use crate::lista::arquivos;

/// Tudo o que a interface diz no livro de prova, fora o que vem do próprio livro.
///
/// Um texto que não está aqui é novo: se for inglês, falta traduzi-lo; se for nosso,
/// entra na lista.
const INTERFACE: &[&str] = &[
    "Anterior",
    "Atalhos do teclado",
    "Automático",
    "Buscar (tecla /)",
    "Buscar no livro",
    "Capítulo anterior",
    "Capítulos vizinhos",
    "Claro",
    "Escuro",
    "Esta página mudou de lugar",
    "Esta página mudou de lugar:",
    "Imprimir o livro inteiro",
    "Letra grande",
    "Letra grande, para projetar (tecla G)",
    "Mostrar ou esconder o sumário",
    "Mudar o tema",
    "Próximo",
    "Próximo capítulo",
    "Pular para o conteúdo",
    "Página não encontrada - Livro de prova",
    "Repositório do livro",
    "Sugerir uma correção",
    "Sumário",
    "Temas",
    "abre a busca",
    "e",
    "fecha o que estiver aberto",
    "liga e desliga a letra grande",
    "mostra esta ajuda",
    "ou",
    "vão ao capítulo anterior e ao próximo",
    // O desenho do botão da letra grande.
    "Aa",
    // Os nomes das teclas, como estão no teclado, e a pontuação.
    "/",
    "?",
    "Esc",
    "S",
    "G",
    "←",
    "→",
    ".",
];

/// O que o livro de prova diz fora do conteúdo das páginas.
const DO_LIVRO: &[&str] = &[
    "Livro de prova",
    "O livro que prova o tema.",
    "Primeiro",
    "Segundo",
    "Parte",
    "1.",
    "2.",
    "Primeiro - Livro de prova",
    "Segundo - Livro de prova",
    "segundo.html",
];

/// Palavras que só aparecem em texto escrito em inglês.
const INGLES: &str = r"(?i)\b(the|this|that|to|of|and|for|not|search|theme|themes|contents|change|changes|print|book|next|previous|chapter|page|navigation|keyboard|shortcuts|press|show|hide|hidden|lines|copy|copied|clipboard|results?|found|suggest|edit|repository|note|tip|warning|caution|important|light|dark|running|output|undo|run|failed|unable|error|unknown|timeout)\b";

/// Textos de script que a expressão acusa, mas que ninguém lê.
///
/// Cada um tem de aparecer: uma exceção de que não se precisa mais é um erro.
const NAO_E_TEXTO: &[&str] = &[
    "(prefers-color-scheme: dark)",
    "AND",
    "result hljs language-bash",
];

fn raiz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a editora fica dentro do projeto")
        .into()
}

/// Um livro pequeno com um pouco de tudo, já montado com o nosso tema.
struct LivroDeProva {
    _pasta: TempDir,
    saida: PathBuf,
    problemas: Vec<Problema>,
}

fn montar() -> LivroDeProva {
    let pasta = tempfile::tempdir().expect("pasta temporária");
    let (tema, fonte, saida) = (
        pasta.path().join("theme"),
        pasta.path().join("src"),
        pasta.path().join("livro"),
    );
    fs::create_dir_all(&tema).expect("criar o tema");
    fs::create_dir_all(&fonte).expect("criar a fonte");
    let escrever = |nome: &str, texto: &str| fs::write(fonte.join(nome), texto).expect("escrever");
    escrever(
        "SUMMARY.md",
        "# Sumário\n\n[Primeiro](primeiro.md)\n\n# Parte\n\n- [Segundo](segundo.md)\n",
    );
    escrever(
        "primeiro.md",
        "# Primeiro\n\n> [!NOTE]\n> a\n\n> [!TIP]\n> b\n\n> [!IMPORTANT]\n> c\n\n> [!WARNING]\n> d\n\n\
         > [!CAUTION]\n> e\n\nTexto[^n]. Fim.\n\n> [!NOTE]\n> A porta.\n\n[^n]: Nota.\n",
    );
    escrever(
        "segundo.md",
        "# Segundo\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```rust\n# oculta\nfn main() {}\n```\n",
    );
    escrever("404.md", "# Não há\n");
    let config = r#"
[book]
title = "Livro de prova"
description = "O livro que prova o tema."
language = "pt-BR"
[build]
build-dir = "livro"
create-missing = false
[output.html]
default-theme = "claro"
preferred-dark-theme = "escuro"
git-repository-url = "repositorio"
edit-url-template = "repositorio/{path}"
[output.html.playground]
runnable = false
[output.html.redirect]
"/velho.html" = "segundo.html"
"#;
    let config = config.parse().expect("configuração válida");
    let mut problemas = preparar(&raiz(), &tema).expect("preparar o tema");
    mdbook::MDBook::load_with_config(pasta.path(), config)
        .and_then(|livro| livro.build())
        .expect("montar o livro");
    problemas.extend(ajustar_saida(&saida).expect("ajustar a saída"));
    LivroDeProva {
        _pasta: pasta,
        saida,
        problemas,
    }
}

/// Junta o que a página diz fora de `main`: textos e atributos que se leem ou ouvem.
#[derive(Default)]
struct Casca {
    textos: RefCell<Vec<String>>,
    linguas: RefCell<Vec<String>>,
    dentro_de: RefCell<Option<String>>,
}

impl TokenSink for Casca {
    type Handle = ();

    fn process_token(&self, token: Token, _linha: u64) -> TokenSinkResult<()> {
        let guardar = |texto: &str| {
            if !texto.trim().is_empty() {
                self.textos.borrow_mut().push(texto.trim().to_owned());
            }
        };
        match token {
            Token::TagToken(tag) => {
                let nome = tag.name.to_string();
                let mut dentro_de = self.dentro_de.borrow_mut();
                if tag.kind == TagKind::EndTag {
                    if dentro_de.as_deref() == Some(&nome) {
                        *dentro_de = None;
                    }
                    return TokenSinkResult::Continue;
                }
                let valor = |procurado: &str| {
                    tag.attrs
                        .iter()
                        .find(|atributo| &*atributo.name.local == procurado)
                        .map(|atributo| atributo.value.to_string())
                };
                if nome == "html" {
                    self.linguas
                        .borrow_mut()
                        .push(valor("lang").unwrap_or_default());
                }
                if dentro_de.is_none() {
                    for atributo in ["title", "aria-label", "placeholder", "alt"] {
                        guardar(&valor(atributo).unwrap_or_default());
                    }
                    if valor("name").as_deref() == Some("description") {
                        guardar(&valor("content").unwrap_or_default());
                    }
                    if ["main", "script", "style"].contains(&&*nome) {
                        *dentro_de = Some(nome.clone());
                    }
                }
                match &*nome {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" => TokenSinkResult::RawData(RawKind::Rawtext),
                    _ => TokenSinkResult::Continue,
                }
            }
            Token::CharacterTokens(texto) => {
                if self.dentro_de.borrow().is_none() {
                    guardar(&texto);
                }
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

fn casca(html: &str) -> Casca {
    let fila = BufferQueue::default();
    fila.push_back(StrTendril::from(html));
    let leitor = Tokenizer::new(Casca::default(), TokenizerOpts::default());
    let _ = leitor.feed(&fila);
    leitor.end();
    leitor.sink
}

/// Os textos entre aspas de um script, sem os comentários.
fn textos_do_script(script: &str) -> Vec<String> {
    let partes = Regex::new(
        r#"(?s)//[^\n]*|/\*.*?\*/|'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`"#,
    )
    .expect("expressão regular válida");
    partes
        .captures_iter(script)
        .filter_map(|achado| (1..=3).find_map(|grupo| achado.get(grupo)))
        .map(|texto| texto.as_str().to_owned())
        .collect()
}

#[test]
fn as_tabelas_batem_com_o_mdbook_de_agora() {
    let destino = tempfile::tempdir().expect("pasta temporária");
    assert_eq!(preparar(&raiz(), destino.path()).expect("preparar"), []);
    let do_tema = DO_MDBOOK
        .iter()
        .filter(|arquivo| !arquivo.starts_with("css/"));
    for arquivo in do_tema.chain(&["css/variables.css", "fonts/fonts.css"]) {
        assert!(destino.path().join(arquivo).is_file(), "falta {arquivo}");
    }
}

#[test]
fn cada_pagina_pede_uma_folha_do_tema_e_nenhuma_letra() {
    let livro = montar();
    let folha = com_impressao(&livro.saida.join("css"), "variables", "css")
        .expect("listar")
        .expect("a folha");
    let folha = ler(&folha).expect("ler");
    for parte in [".c-comentario", ".sidebar", "@media print"] {
        assert!(folha.contains(parte), "{parte}");
    }
    for pagina in ["primeiro.html", "toc.html", "404.html", "print.html"] {
        let texto = ler(&livro.saida.join(pagina)).expect("ler");
        assert_eq!(texto.matches("rel=\"stylesheet\"").count(), 1, "{pagina}");
        assert!(!texto.contains("highlight"), "{pagina}");
    }
    let todos = arquivos(&livro.saida).expect("listar");
    let letras = todos.iter().filter(|arquivo| arquivo.starts_with("fonts"));
    assert_eq!(letras.count(), 0);
    for (_, nome, extensao) in SOBRAS {
        let sobra = com_impressao(&livro.saida, nome, extensao).expect("listar");
        assert_eq!(sobra, None);
    }
}

#[test]
fn a_versao_conferida_e_a_que_se_usa() {
    // O que o mdBook escreve sem passar por um arquivo do tema (admonições, título da
    // página 404) foi lido nesta versão: outra pede nova leitura de mdbook-html/src.
    let cargo = include_str!("../../Cargo.toml");
    assert!(cargo.contains(r#"package = "mdbook-driver", version = "=0.5.4""#));
}

#[test]
fn o_livro_pronto_nao_tem_divergencias() {
    assert_eq!(montar().problemas, []);
}

#[test]
fn todo_texto_da_interface_e_conhecido() {
    let livro = montar();
    let mut paginas = arquivos(&livro.saida).expect("listar");
    paginas.retain(|arquivo| {
        arquivo
            .extension()
            .is_some_and(|extensao| extensao == "html")
    });
    assert!(paginas.len() >= 7, "{paginas:?}");
    let mut vistos = BTreeSet::new();
    for pagina in paginas {
        let nome = pagina.display();
        let casca = casca(&ler(&livro.saida.join(&pagina)).expect("ler"));
        assert_eq!(*casca.linguas.borrow(), ["pt-BR"], "a língua de {nome}");
        for texto in casca.textos.take() {
            assert!(
                INTERFACE.contains(&&*texto) || DO_LIVRO.contains(&&*texto),
                "{nome}: “{texto}” não é um texto conhecido da interface"
            );
            vistos.insert(texto);
        }
    }
    for texto in INTERFACE {
        assert!(
            vistos.contains(*texto),
            "“{texto}” não aparece mais: tire-o da lista"
        );
    }
}

#[test]
fn as_admonicoes_estao_em_portugues() {
    let livro = montar();
    let pagina = ler(&livro.saida.join("primeiro.html")).expect("ler");
    for (ingles, portugues) in traducoes::ADMONICOES {
        assert!(!pagina.contains(&format!("</svg>{ingles}</p>")), "{ingles}");
        assert!(
            pagina.contains(&format!("</svg>{portugues}</p>")),
            "{portugues}"
        );
    }
    let indice = com_impressao(&livro.saida, "searchindex", "js")
        .expect("listar")
        .expect("índice");
    let indice = ler(&indice).expect("ler");
    assert!(indice.contains("Fim. Nota A porta"), "{indice}");
}

#[test]
fn nenhum_script_fala_ingles() {
    let livro = montar();
    let ingles = Regex::new(INGLES).expect("expressão regular válida");
    let marcas = Regex::new(
        r#"\b(?:class|id|href|aria-hidden)="[^"]*"|</?\w+|\b[\w-]+=|[#.][\w-]+|\w+-[\w-]+|\[[^\]]*\]|\$\{[^}]*\}"#,
    )
        .expect("expressão regular válida");
    let mut usadas = BTreeSet::new();
    for nome in ["book", "searcher", "toc"] {
        let caminho = com_impressao(&livro.saida, nome, "js")
            .expect("listar")
            .expect(nome);
        for texto in textos_do_script(&ler(&caminho).expect("ler")) {
            // Uma palavra só, em minúsculas, é um nome do programa: classe, id, evento.
            let dito = marcas.replace_all(&texto, " ");
            let frase = dito.trim().contains(' ') || dito.trim().starts_with(char::is_uppercase);
            if frase && ingles.is_match(&dito) {
                assert!(NAO_E_TEXTO.contains(&&*texto), "{nome}.js: “{texto}”");
            }
            if let Some(excecao) = NAO_E_TEXTO.iter().find(|excecao| **excecao == texto) {
                usadas.insert(*excecao);
            }
        }
    }
    assert_eq!(
        usadas.len(),
        NAO_E_TEXTO.len(),
        "há exceções que não servem mais"
    );
}

#[test]
fn nenhum_original_da_tabela_sobra() {
    let livro = montar();
    let todas = traducoes::NO_TEMA
        .iter()
        .chain(traducoes::NA_SAIDA)
        .chain(consertos::NA_SAIDA);
    for troca in todas {
        let Some(nome) = troca.arquivo.strip_suffix(".js") else {
            continue;
        };
        let caminho = com_impressao(&livro.saida, nome, "js")
            .expect("listar")
            .expect(nome);
        let texto = ler(&caminho).expect("ler");
        if !troca.nosso.contains(troca.original) {
            assert!(
                !texto.contains(troca.original),
                "{}: {}",
                troca.arquivo,
                troca.original
            );
        }
        assert!(
            texto.contains(troca.nosso),
            "{}: {}",
            troca.arquivo,
            troca.nosso
        );
    }
}

#[test]
fn um_texto_mudado_e_acusado() {
    let pasta = tempfile::tempdir().expect("pasta temporária");
    let originais = extrair_originais(pasta.path()).expect("originais");
    for troca in traducoes::NO_TEMA.iter().chain(consertos::NO_TEMA) {
        let original = ler(&originais.join(troca.arquivo)).expect("ler");
        let mudado = original.replacen(troca.original, "Brand new text", 1);
        // Um conserto pode só aparecer depois de outro; o que conta é a tabela acusar.
        if mudado == original {
            continue;
        }
        let mut problemas = Vec::new();
        adaptar(troca.arquivo, &mudado, &mut problemas);
        assert!(
            problemas
                .iter()
                .any(|problema| problema.arquivo.ends_with("traducoes.rs")
                    && problema.texto.contains("vezes")
                    && problema.texto.contains(troca.arquivo)),
            "{}: {problemas:?}",
            troca.original
        );
    }
}

#[test]
fn um_texto_novo_e_acusado() {
    let pasta = tempfile::tempdir().expect("pasta temporária");
    let originais = extrair_originais(pasta.path()).expect("originais");
    for arquivo in DO_MDBOOK {
        let mut novo = ler(&originais.join(arquivo)).expect("ler");
        novo.push_str("<p>Something new</p>");
        let mut problemas = Vec::new();
        adaptar(arquivo, &novo, &mut problemas);
        assert_eq!(problemas.len(), 1, "{arquivo}: {problemas:?}");
        assert!(problemas[0].arquivo.ends_with("impressoes.rs"));
        assert!(
            problemas[0].texto.contains("impressão nova"),
            "{}",
            problemas[0].texto
        );
    }
}

#[test]
fn uma_saida_diferente_e_acusada() {
    let mut livro = montar();
    // Já ajustada, a saída não é mais a que se espera: cada parte tem de reclamar.
    livro.problemas = ajustar_saida(&livro.saida).expect("ajustar");
    for arquivo in [
        "searcher.js",
        "toc.js",
        "toc.html",
        "404.html",
        "primeiro.html",
    ] {
        assert!(
            livro
                .problemas
                .iter()
                .any(|problema| problema.texto.contains(arquivo)),
            "{arquivo}: {:#?}",
            livro.problemas
        );
    }
    let busca = com_impressao(&livro.saida, "searcher", "js")
        .expect("listar")
        .expect("searcher");
    fs::remove_file(busca).expect("remover");
    let problemas = ajustar_saida(&livro.saida).expect("ajustar");
    assert!(
        problemas
            .iter()
            .any(|problema| problema.texto.contains("não o escreve mais"))
    );
}

#[test]
fn admonicao_desconhecida_e_acusada() {
    let mut problemas = Vec::new();
    let html = "<blockquote class=\"blockquote-tag blockquote-tag-danger\">\n\
                <p class=\"blockquote-tag-title\"><svg viewbox=\"0\"></svg>Danger</p>";
    admonicoes("x.html", html, &mut problemas);
    assert_eq!(problemas.len(), 1);
    assert!(problemas[0].texto.contains("Danger"));
    problemas.clear();
    admonicoes(
        "x.html",
        "<div class=\"blockquote-tag-title\">Note</div>",
        &mut problemas,
    );
    assert_eq!(
        problemas.len(),
        1,
        "outra forma de admonição: {problemas:?}"
    );
}

#[test]
fn indice_de_outra_forma_e_acusado() {
    let mut problemas = Vec::new();
    assert_eq!(enxugar_indice("{}", &mut problemas), "{}");
    assert_eq!(problemas.len(), 1);
}

#[test]
fn os_titulos_das_partes_nao_ficam_dentro_de_itens_vazios() {
    let antes = r#"<ol><li class="chapter-item expanded "><li class="part-title">Parte</li></li><li class="chapter-item ">x</li></ol>"#;
    let depois = r#"<ol><li class="part-title">Parte</li><li class="chapter-item ">x</li></ol>"#;
    assert_eq!(itens_do_sumario(antes), depois);
}

#[test]
fn o_canto_vazio_de_uma_tabela_nao_e_um_titulo() {
    let antes = r#"<tr><th></th><th style="text-align: left"> </th><th>TCP</th></tr>"#;
    let depois = r#"<tr><td></td><td style="text-align: left"></td><th>TCP</th></tr>"#;
    assert_eq!(cantos_das_tabelas(antes), depois);
}

#[test]
fn o_indice_leva_aonde_o_primeiro_capitulo_leva() {
    let pasta = tempfile::tempdir().expect("pasta temporária");
    let livro = pasta.path();
    fs::create_dir_all(livro.join("inicio")).expect("criar");
    fs::create_dir_all(livro.join("chamadas")).expect("criar");
    for nome in [
        "inicio/um.html",
        "inicio/dois.html",
        "chamadas/bind.html",
        "raiz.html",
    ] {
        fs::write(livro.join(nome), "").expect("escrever");
    }
    fs::write(
        livro.join("toc.html"),
        r#"<li><a href="inicio/um.html" target="_parent">Um</a>"#,
    )
    .expect("escrever");
    let antes = r##"<a href="raiz.html">fora</a><main><a href="dois.html#x">a</a><a href="../chamadas/bind.html">b</a><a href="#c">c</a><a href="https://x.org/y">d</a><a href="raiz.html">e</a></main><a href="inicio/dois.html">"##;
    let depois = r##"<a href="raiz.html">fora</a><main><a href="inicio/dois.html#x">a</a><a href="chamadas/bind.html">b</a><a href="#c">c</a><a href="https://x.org/y">d</a><a href="raiz.html">e</a></main><a href="inicio/dois.html">"##;
    assert_eq!(
        ligacoes_do_indice(livro, antes).expect("ler o sumário"),
        depois
    );
    assert_eq!(
        ligacoes_do_indice(livro, depois).expect("ler o sumário"),
        depois
    );
}

#[test]
fn os_dois_temas_definem_as_mesmas_cores() {
    let nomes = |arquivo: &str| -> BTreeSet<String> {
        declaracoes(&raiz().join("book/tema").join(arquivo))
            .expect("ler as cores")
            .lines()
            .filter_map(|linha| linha.trim().strip_prefix("--")?.split_once(':'))
            .map(|(nome, _)| nome.to_owned())
            .collect()
    };
    assert_eq!(nomes("cores-claras.css"), nomes("cores-escuras.css"));
}
