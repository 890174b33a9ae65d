//! O que se troca nos arquivos do mdBook para que todos consigam ler o livro.
//!
//! São defeitos de acessibilidade do tema padrão (botão da barra lateral que o
//! teclado não alcança, referências a ids que não existem, conteúdo fora das
//! regiões da página) e as poucas mudanças de estrutura de que `book/tema/`
//! precisa.

use super::Troca;

/// Consertos nos arquivos que o tema alcança.
pub const NO_TEMA: &[Troca] = &[
    // Uma folha de estilo só: veja [`super::preparar`].
    Troca::nova(
        "index.hbs",
        r#"        <link rel="stylesheet" href="{{ resource "css/general.css" }}">
        <link rel="stylesheet" href="{{ resource "css/chrome.css" }}">
        {{#if print_enable}}
        <link rel="stylesheet" href="{{ resource "css/print.css" }}" media="print">
        {{/if}}

        <!-- Fonts -->
        <link rel="stylesheet" href="{{ resource "fonts/fonts.css" }}">

        <!-- Highlight.js Stylesheets -->
        <link rel="stylesheet" id="mdbook-highlight-css" href="{{ resource "highlight.css" }}">
        <link rel="stylesheet" id="mdbook-tomorrow-night-css" href="{{ resource "tomorrow-night.css" }}">
        <link rel="stylesheet" id="mdbook-ayu-highlight-css" href="{{ resource "ayu-highlight.css" }}">
"#,
        "",
        1,
    ),
    // O sumário espera a página: antes dela ele não sabe que seções mostrar, e o que já
    // se lia na barra lateral pularia de lugar.
    Troca::nova(
        "index.hbs",
        r#"        <!-- Start loading toc.js asap -->
        <script src="{{ resource "toc.js" }}"></script>"#,
        r#"        <script src="{{ resource "toc.js" }}" defer></script>"#,
        1,
    ),
    // O código já vem colorido: veja `codigo.rs`.
    Troca::nova(
        "index.hbs",
        r#"        <script src="{{ resource "highlight.js" }}"></script>
"#,
        "",
        1,
    ),
    // Um tema gravado por outro livro do mesmo endereço não é um dos nossos.
    Troca::nova(
        "index.hbs",
        "if (theme === null || theme === undefined) { theme = default_theme; }",
        "if (theme !== 'claro' && theme !== 'escuro') { theme = default_theme; }",
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"    <body>
    <div id="mdbook-help-container">
        <div id="mdbook-help-popup">
            <h2 class="mdbook-help-title">"#,
        r##"    <body>
    <a class="pular" href="#conteudo">Pular para o conteúdo</a>
    <div id="aviso" class="so-leitor" role="status"></div>
    <div id="mdbook-help-container">
        <div id="mdbook-help-popup" role="dialog" aria-modal="true" aria-labelledby="ajuda-titulo" tabindex="-1">
            <h2 class="mdbook-help-title" id="ajuda-titulo">"##,
        1,
    ),
    // A barra lateral: um botão de verdade a abre. Sem JavaScript ela fica aberta
    // nas telas largas e, nas estreitas, há um caminho para `toc.html`.
    Troca::nova(
        "index.hbs",
        r#"class="sidebar-iframe-outer" src="#,
        r#"class="sidebar-iframe-outer" title="Sumário" src="#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"<label id="mdbook-sidebar-toggle" class="icon-button" for="mdbook-sidebar-toggle-anchor" title="Toggle Table of Contents" aria-label="Toggle Table of Contents" aria-controls="mdbook-sidebar">
                            {{fa "solid" "bars"}}
                        </label>"#,
        r#"<noscript><a class="icon-button sumario-sem-script" href="{{ path_to_root }}toc.html">Sumário</a></noscript>
                        <button id="mdbook-sidebar-toggle" class="icon-button" type="button" title="Mostrar ou esconder o sumário" aria-label="Sumário" aria-expanded="false" aria-controls="mdbook-sidebar">
                            {{fa "solid" "bars"}}
                        </button>"#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r"
                    document.getElementById('mdbook-sidebar').setAttribute('aria-hidden', sidebar !== 'visible');
                    Array.from(document.querySelectorAll('#mdbook-sidebar a')).forEach(function(link) {
                        link.setAttribute('tabIndex', sidebar === 'visible' ? 0 : -1);
                    });",
        "",
        1,
    ),
    // A barra do alto é o cabeçalho da página; o título do livro não é um segundo `h1`.
    Troca::nova(
        "index.hbs",
        r#"<div id="mdbook-menu-bar" class="menu-bar sticky">"#,
        r#"<header id="mdbook-menu-bar" class="menu-bar sticky">"#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"
                    </div>
                </div>

                {{#if search_enabled}}
                <div id="mdbook-search-wrapper" class="hidden">"#,
        r#"
                    </div>
                </header>

                {{#if search_enabled}}
                <div id="mdbook-search-wrapper" class="hidden" role="search">"#,
        1,
    ),
    // O botão da letra grande fica ao lado do da busca: veja `livro.js`.
    Troca::nova(
        "index.hbs",
        r#"                    </div>

                    <h1 class="menu-title">{{ book_title }}</h1>"#,
        r#"                        <button id="letra-grande" class="icon-button" type="button" title="Letra grande, para projetar (tecla G)" aria-label="Letra grande" aria-pressed="false" aria-keyshortcuts="g">
                            <span aria-hidden="true">Aa</span>
                        </button>
                    </div>

                    <a class="menu-title" href="{{ path_to_root }}index.html">{{ book_title }}</a>"#,
        1,
    ),
    // Quem escolheu a letra grande já recebe a página com ela, e sem a barra lateral.
    Troca::nova(
        "index.hbs",
        r#"            html.classList.add("js");
"#,
        r#"            html.classList.add("js");
            try { html.classList.toggle('letra-grande', localStorage.getItem('letra-grande') === 'sim'); } catch(e) { }
"#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        "if (document.body.clientWidth >= 1080) {",
        "if (document.body.clientWidth >= 1080 && !html.classList.contains('letra-grande')) {",
        1,
    ),
    Troca::nova(
        "index.hbs",
        r"                    document.getElementById('mdbook-sidebar-toggle').setAttribute('aria-expanded', sidebar === 'visible');
",
        r"                    document.getElementById('mdbook-sidebar-toggle').setAttribute('aria-expanded', sidebar === 'visible');
                    document.getElementById('letra-grande').setAttribute('aria-pressed', html.classList.contains('letra-grande'));
",
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"<li role="none"><button role="menuitem" class="theme" id="mdbook-theme-default_theme">Auto</button></li>
                            <li role="none"><button role="menuitem" class="theme" id="mdbook-theme-light">Light</button></li>
                            <li role="none"><button role="menuitem" class="theme" id="mdbook-theme-rust">Rust</button></li>
                            <li role="none"><button role="menuitem" class="theme" id="mdbook-theme-coal">Coal</button></li>
                            <li role="none"><button role="menuitem" class="theme" id="mdbook-theme-navy">Navy</button></li>
                            <li role="none"><button role="menuitem" class="theme" id="mdbook-theme-ayu">Ayu</button></li>"#,
        r#"<li role="none"><button type="button" role="menuitemradio" aria-checked="false" class="theme" id="mdbook-theme-default_theme">Automático</button></li>
                            <li role="none"><button type="button" role="menuitemradio" aria-checked="false" class="theme" id="mdbook-theme-claro">Claro</button></li>
                            <li role="none"><button type="button" role="menuitemradio" aria-checked="false" class="theme" id="mdbook-theme-escuro">Escuro</button></li>"#,
        1,
    ),
    // A busca.
    Troca::nova(
        "index.hbs",
        r#"placeholder="Search this book ..." aria-controls="mdbook-searchresults-outer" aria-describedby="searchresults-header""#,
        r#"placeholder="Buscar no livro" aria-label="Buscar no livro" aria-controls="mdbook-searchresults-outer" aria-describedby="mdbook-searchresults-header" autocomplete="off""#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"id="mdbook-searchresults-header" class="searchresults-header""#,
        r#"id="mdbook-searchresults-header" class="searchresults-header" role="status""#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        "<main>",
        r#"<main id="conteudo" tabindex="-1">"#,
        1,
    ),
    // Os vizinhos pelo nome, no fim da página; `Left` e `Right` não são nomes de teclas.
    Troca::nova(
        "index.hbs",
        r#"class="mobile-nav-chapters previous" title="Previous chapter" aria-label="Previous chapter" aria-keyshortcuts="Left">"#,
        r#"class="mobile-nav-chapters previous" aria-keyshortcuts="ArrowLeft"><span class="vizinho"><span class="vizinho-rotulo">Anterior</span> {{previous.title}}</span>"#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"class="mobile-nav-chapters next" title="Next chapter" aria-label="Next chapter" aria-keyshortcuts="Right">"#,
        r#"class="mobile-nav-chapters next" aria-keyshortcuts="ArrowRight"><span class="vizinho"><span class="vizinho-rotulo">Próximo</span> {{next.title}}</span>"#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"aria-keyshortcuts="Left""#,
        r#"aria-keyshortcuts="ArrowLeft""#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"aria-keyshortcuts="Right""#,
        r#"aria-keyshortcuts="ArrowRight""#,
        1,
    ),
    // Os nossos scripts vêm antes da busca e de book.js, que eles preparam.
    Troca::nova(
        "index.hbs",
        r#"        <script src="{{ resource "searcher.js" }}"></script>
        {{/if}}

        <script src="{{ resource "clipboard.min.js" }}"></script>"#,
        r#"        {{/if}}
        {{#each additional_js}}
        <script src="{{ resource this}}"></script>
        {{/each}}
        {{#if search_js}}
        <script src="{{ resource "searcher.js" }}"></script>
        {{/if}}

        <script src="{{ resource "clipboard.min.js" }}"></script>"#,
        1,
    ),
    Troca::nova(
        "index.hbs",
        r#"
        <!-- Custom JS scripts -->
        {{#each additional_js}}
        <script src="{{ resource this}}"></script>
        {{/each}}
"#,
        "",
        1,
    ),
    // A folha de estilo do código é uma só, nos dois temas.
    Troca::nova(
        "book.js",
        r"    const stylesheets = {
        ayuHighlight: document.querySelector('#mdbook-ayu-highlight-css'),
        tomorrowNight: document.querySelector('#mdbook-tomorrow-night-css'),
        highlight: document.querySelector('#mdbook-highlight-css'),
    };
",
        "",
        1,
    ),
    Troca::nova(
        "book.js",
        r"        let ace_theme;

        if (theme === 'coal' || theme === 'navy') {
            stylesheets.ayuHighlight.disabled = true;
            stylesheets.tomorrowNight.disabled = false;
            stylesheets.highlight.disabled = true;

            ace_theme = 'ace/theme/tomorrow_night';
        } else if (theme === 'ayu') {
            stylesheets.ayuHighlight.disabled = false;
            stylesheets.tomorrowNight.disabled = true;
            stylesheets.highlight.disabled = true;
            ace_theme = 'ace/theme/tomorrow_night';
        } else {
            stylesheets.ayuHighlight.disabled = true;
            stylesheets.tomorrowNight.disabled = true;
            stylesheets.highlight.disabled = false;
            ace_theme = 'ace/theme/dawn';
        }
",
        r"        const ace_theme = theme === 'escuro' ? 'ace/theme/tomorrow_night' : 'ace/theme/dawn';
",
        1,
    ),
    // Quem espera por `unload` impede o navegador de guardar a página para a tecla Voltar.
    Troca::nova(
        "book.js",
        r"// Fix back button cache problem
window.onunload = function() { };
",
        "",
        1,
    ),
    // O código já vem colorido: veja `codigo.rs`.
    Troca::nova(
        "book.js",
        r"    // Syntax highlighting Configuration
    hljs.configure({
        tabReplace: '    ', // 4 spaces
        languages: [], // Languages used for auto-detection
    });

    const code_nodes = Array
        .from(document.querySelectorAll('code'))
        // Don't highlight `inline code` blocks in headers.
        .filter(function(node) {
            return !node.parentElement.classList.contains('header');
        });

    if (window.ace) {
        // language-rust class needs to be removed for editable
        // blocks or highlightjs will capture events
        code_nodes
            .filter(function(node) {
                return node.classList.contains('editable');
            })
            .forEach(function(block) {
                block.classList.remove('language-rust');
            });

        code_nodes
            .filter(function(node) {
                return !node.classList.contains('editable');
            })
            .forEach(function(block) {
                hljs.highlightBlock(block);
            });
    } else {
        code_nodes.forEach(function(block) {
            hljs.highlightBlock(block);
        });
    }

    // Adding the hljs class gives code blocks the color css
    // even if highlighting doesn't apply
    code_nodes.forEach(function(block) {
        block.classList.add('hljs');
    });

    Array.from(document.querySelectorAll('code.hljs'))",
        r"    Array.from(document.querySelectorAll('code'))",
        1,
    ),
    // O tema escolhido é dito também a quem não vê a marca.
    Troca::nova(
        "book.js",
        r"            el.classList.remove('theme-selected');
        });",
        r"            el.classList.remove('theme-selected');
            el.setAttribute('aria-checked', 'false');
        });",
        1,
    ),
    Troca::nova(
        "book.js",
        r"        element.classList.add('theme-selected');
",
        r"        element.classList.add('theme-selected');
        element.setAttribute('aria-checked', 'true');
",
        1,
    ),
    // O tema gravado por outro livro não tem botão aqui.
    Troca::nova(
        "book.js",
        "themePopup.querySelector('button#mdbook-theme-' + get_theme());",
        "themePopup.querySelector('#mdbook-theme-default_theme');",
        1,
    ),
    // O botão da barra lateral: o teclado o aciona, e abrir leva o foco ao capítulo
    // atual. Quem esconde a barra é a folha de estilo, com `visibility`.
    Troca::nova(
        "book.js",
        r#"
    /* Because we cannot change the `display` using only CSS after/before the transition, we
       need JS to do it. We change the display to prevent the browsers search to find text inside
       the collapsed sidebar. */
    if (!document.documentElement.classList.contains('sidebar-visible')) {
        sidebar.style.display = 'none';
    }
    sidebar.addEventListener('transitionend', () => {
        /* We only change the display to "none" if we're collapsing the sidebar. */
        if (!sidebarCheckbox.checked) {
            sidebar.style.display = 'none';
        }
    });
    sidebarToggleButton.addEventListener('click', () => {
        /* To allow the sidebar expansion animation, we first need to put back the display. */
        if (!sidebarCheckbox.checked) {
            sidebar.style.display = '';
            // Workaround for Safari skipping the animation when changing
            // `display` and a transform in the same event loop. This forces a
            // reflow after updating the display.
            sidebar.offsetHeight;
        }
    });
"#,
        r"
    sidebarToggleButton.addEventListener('click', e => {
        sidebarCheckbox.checked = !sidebarCheckbox.checked;
        sidebarCheckbox.dispatchEvent(new Event('change'));
        // `detail` é 0 quando quem acionou o botão foi o teclado.
        if (sidebarCheckbox.checked && e.detail === 0) {
            const alvo = sidebar.querySelector('a.active') || sidebar.querySelector('a');
            if (alvo) {
                alvo.focus({ preventScroll: true });
            }
        }
    });
    sidebar.addEventListener('keydown', e => {
        if (e.key === 'Escape' && sidebarCheckbox.checked) {
            e.preventDefault();
            e.stopPropagation();
            hideSidebar();
            sidebarToggleButton.focus();
        }
    });
",
        1,
    ),
    Troca::nova(
        "book.js",
        r"    const sidebarLinks = document.querySelectorAll('#mdbook-sidebar a');
",
        "",
        1,
    ),
    Troca::nova(
        "book.js",
        r"        document.documentElement.classList.add('sidebar-visible');
        Array.from(sidebarLinks).forEach(function(link) {
            link.setAttribute('tabIndex', 0);
        });
        sidebarToggleButton.setAttribute('aria-expanded', true);
        sidebar.setAttribute('aria-hidden', false);
",
        r"        sidebarCheckbox.checked = true;
        document.documentElement.classList.add('sidebar-visible');
        sidebarToggleButton.setAttribute('aria-expanded', true);
",
        1,
    ),
    Troca::nova(
        "book.js",
        r"        document.documentElement.classList.remove('sidebar-visible');
        Array.from(sidebarLinks).forEach(function(link) {
            link.setAttribute('tabIndex', -1);
        });
        sidebarToggleButton.setAttribute('aria-expanded', false);
        sidebar.setAttribute('aria-hidden', true);
",
        r"        sidebarCheckbox.checked = false;
        document.documentElement.classList.remove('sidebar-visible');
        sidebarToggleButton.setAttribute('aria-expanded', false);
",
        1,
    ),
    // A ajuda do teclado recebe o foco e o devolve.
    Troca::nova(
        "book.js",
        r"            container.style.display = 'flex';
",
        r"            const antes = document.activeElement;
            container.style.display = 'flex';
            overlay.focus();
",
        1,
    ),
    Troca::nova(
        "book.js",
        r"                document.removeEventListener('mousedown', mouseHandler);
                hideHelp();
",
        r"                container.removeEventListener('mousedown', mouseHandler);
                document.removeEventListener('keydown', escapeKeyHandler, true);
                hideHelp(antes);
",
        1,
    ),
    Troca::nova(
        "book.js",
        r"                    document.removeEventListener('keydown', escapeKeyHandler, true);
                    hideHelp();
",
        r"                    document.removeEventListener('keydown', escapeKeyHandler, true);
                    container.removeEventListener('mousedown', mouseHandler);
                    hideHelp(antes);
",
        1,
    ),
    Troca::nova(
        "book.js",
        r"        function hideHelp() {
            document.getElementById('mdbook-help-container').style.display = 'none';
",
        r"        function hideHelp(antes) {
            document.getElementById('mdbook-help-container').style.display = 'none';
            antes.focus();
",
        1,
    ),
    // O que o botão de copiar responde é dito também em voz alta.
    Troca::nova(
        "book.js",
        r"        elem.firstChild.innerText = msg;
",
        r"        elem.firstChild.innerText = msg;
        document.getElementById('aviso').textContent = msg;
",
        1,
    ),
    Troca::nova(
        "book.js",
        "this.setAttribute('aria-label', e.target.title);",
        "this.setAttribute('aria-label', this.title);",
        2,
    ),
    // O título do livro leva à primeira página.
    Troca::nova(
        "book.js",
        r"(function scrollToTop() {
    const menuTitle = document.querySelector('.menu-title');

    menuTitle.addEventListener('click', function() {
        document.scrollingElement.scrollTo({ top: 0, behavior: 'smooth' });
    });
})();

",
        "",
        1,
    ),
];

/// Consertos nos arquivos que só existem depois da construção.
pub const NA_SAIDA: &[Troca] = &[
    Troca::nova(
        "toc.js",
        "link.classList.add('active');",
        "link.classList.add('active');\n                link.setAttribute('aria-current', 'page');",
        1,
    ),
    // A busca compara as palavras como `book/tema/busca.js` as entende.
    Troca::nova(
        "searcher.js",
        "return elasticlunr.stemmer(w.toLowerCase());",
        "return w.toLowerCase();",
        1,
    ),
    Troca::nova(
        "searcher.js",
        r"                        if (elasticlunr.stemmer(word).startsWith(
                            stemmed_searchterms[searchtermindex])
                        ) {",
        r"                        if (window.busca.combina(word, stemmed_searchterms[searchtermindex])) {",
        1,
    ),
    Troca::nova(
        "searcher.js",
        r"            marker.mark(words, {
                exclude: mark_exclude,
            });
",
        r"            window.busca.marcar(marker, words);
",
        1,
    ),
    Troca::nova(
        "searcher.js",
        r#" + '" aria-label="Search Result Teaser">' + teaser"#,
        r#" + '">' + teaser"#,
        1,
    ),
    Troca::nova(
        "toc.html",
        r#"<meta name="robots" content="noindex">"#,
        r#"<meta name="robots" content="noindex">
        <title>Sumário</title>"#,
        1,
    ),
    Troca::nova(
        "toc.html",
        r#"<body class="sidebar-iframe-inner">"#,
        r#"<body class="sidebar-iframe-inner">
        <main>
        <h1 class="so-leitor">Sumário</h1>"#,
        1,
    ),
    Troca::nova("toc.html", "</body>", "</main>\n    </body>", 1),
];
