//! O que se troca nos arquivos do mdBook: o inglês, pelo português.
//!
//! Cada linha diz quantas vezes o original aparece. Se a conta não bate, o mdBook
//! mudou, e a construção do livro falha: veja [`super::aplicar`].

use super::Troca;

/// As frases que o leitor vê ou ouve, nos arquivos que o tema alcança.
pub const NO_TEMA: &[Troca] = &[
    // A ajuda do teclado.
    Troca::nova("index.hbs", "Keyboard shortcuts", "Atalhos do teclado", 1),
    Troca::nova(
        "index.hbs",
        "<p>Press <kbd>←</kbd> or <kbd>→</kbd> to navigate between chapters</p>",
        "<p><kbd>←</kbd> e <kbd>→</kbd> vão ao capítulo anterior e ao próximo</p>",
        1,
    ),
    Troca::nova(
        "index.hbs",
        "<p>Press <kbd>S</kbd> or <kbd>/</kbd> to search in the book</p>",
        "<p><kbd>S</kbd> ou <kbd>/</kbd> abre a busca</p>",
        1,
    ),
    Troca::nova(
        "index.hbs",
        "<p>Press <kbd>?</kbd> to show this help</p>",
        "<p><kbd>G</kbd> liga e desliga a letra grande</p>
                <p><kbd>?</kbd> mostra esta ajuda</p>",
        1,
    ),
    Troca::nova(
        "index.hbs",
        "<p>Press <kbd>Esc</kbd> to hide this help</p>",
        "<p><kbd>Esc</kbd> fecha o que estiver aberto</p>",
        1,
    ),
    // A barra do alto e a barra lateral.
    Troca::nova(
        "index.hbs",
        r#"aria-label="Table of contents""#,
        r#"aria-label="Sumário""#,
        1,
    ),
    Troca::nova("index.hbs", "Change theme", "Mudar o tema", 2),
    Troca::nova(
        "index.hbs",
        r#"aria-label="Themes""#,
        r#"aria-label="Temas""#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"title="Search (`/`)""#,
        r#"title="Buscar (tecla /)""#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"aria-label="Toggle Searchbar""#,
        r#"aria-label="Buscar no livro""#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        "Print this book",
        "Imprimir o livro inteiro",
        2,
    ),
    Troca::nova("index.hbs", "Git repository", "Repositório do livro", 2),
    Troca::nova("index.hbs", "Suggest an edit", "Sugerir uma correção", 2),
    // A navegação entre capítulos.
    Troca::nova(
        "index.hbs",
        r#"aria-label="Page navigation""#,
        r#"aria-label="Capítulos vizinhos""#,
        2,
    ),
    Troca::nova("index.hbs", "Previous chapter", "Capítulo anterior", 2),
    Troca::nova("index.hbs", "Next chapter", "Próximo capítulo", 2),
    // Os botões dos blocos de código.
    Troca::nova("book.js", "'Running...'", "'Executando...'", 1),
    Troca::nova("book.js", "'No output'", "'Nenhuma saída'", 1),
    Troca::nova(
        "book.js",
        "'Playground Communication: '",
        "'Não foi possível falar com o playground: '",
        1,
    ),
    Troca::nova(
        "book.js",
        "new Error('timeout')",
        "new Error('o prazo acabou')",
        1,
    ),
    Troca::nova(
        "book.js",
        "Show hidden lines",
        "Mostrar as linhas ocultas",
        4,
    ),
    Troca::nova("book.js", "'Hide lines'", "'Esconder as linhas'", 2),
    Troca::nova("book.js", "'Copy to clipboard'", "'Copiar o código'", 2),
    Troca::nova("book.js", "'Run this code'", "'Executar este código'", 1),
    Troca::nova("book.js", "'Undo changes'", "'Desfazer as mudanças'", 1),
    Troca::nova("book.js", "'Copied!'", "'Copiado!'", 1),
    Troca::nova(
        "book.js",
        "'Clipboard error!'",
        "'Não foi possível copiar.'",
        1,
    ),
    Troca::nova("css/chrome.css", "Copy to clipboard", "Copiar o código", 1),
];

/// As frases dos arquivos que só existem depois da construção.
pub const NA_SAIDA: &[Troca] = &[
    Troca::nova(
        "searcher.js",
        r"count + ' search result for \'' + searchterm + '\':'",
        r"count + ' resultado para “' + searchterm + '”:'",
        1,
    ),
    Troca::nova(
        "searcher.js",
        r"'No search results for \'' + searchterm + '\'.'",
        r"'Nada encontrado para “' + searchterm + '”.'",
        1,
    ),
    Troca::nova(
        "searcher.js",
        r"count + ' search results for \'' + searchterm + '\':'",
        r"count + ' resultados para “' + searchterm + '”:'",
        1,
    ),
    Troca::nova(
        "searcher.js",
        "`Failed to load \\`${url}\\`: ${error}`",
        "`Não foi possível carregar ${url}: ${error}`",
        1,
    ),
];

/// As páginas que o mdBook escreve só para levar o leitor a outra.
pub const NO_REDIRECIONAMENTO: &[Troca] = &[
    Troca::nova("", r#"<html lang="en">"#, r#"<html lang="pt-BR">"#, 1),
    Troca::nova(
        "",
        "<title>Redirecting...</title>",
        "<title>Esta página mudou de lugar</title>",
        1,
    ),
    Troca::nova(
        "",
        "<p>Redirecting to... <a",
        "<p>Esta página mudou de lugar: <a",
        1,
    ),
];

/// Como o mdBook reconhece as suas páginas de redirecionamento.
pub const MARCA_DE_REDIRECIONAMENTO: &str = "<title>Redirecting...</title>";

/// O título da página 404, que o mdBook não deixa mudar.
pub const TITULO_404: Troca = Troca::nova(
    "404.html",
    "<title>Page not found",
    "<title>Página não encontrada",
    1,
);

/// Os títulos de `> [!NOTE]` e companhia.
pub const ADMONICOES: &[(&str, &str)] = &[
    ("Note", "Nota"),
    ("Tip", "Dica"),
    ("Important", "Importante"),
    ("Warning", "Atenção"),
    ("Caution", "Cuidado"),
];
