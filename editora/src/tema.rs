//! O tema do livro: o do mdBook, traduzido e consertado.
//!
//! O mdBook não traduz a sua interface. Em vez de manter uma cópia do tema dele,
//! a editora pega o tema que vem dentro da biblioteca, a cada construção, e troca
//! nele as frases e os trechos das tabelas de `tema/traducoes.rs` e
//! `tema/consertos.rs`. Cada linha das tabelas diz quantas vezes o original
//! aparece, e `tema/impressoes.rs` guarda a impressão digital de cada original:
//! uma versão nova do mdBook que mude qualquer um deles impede a construção, em
//! vez de trazer o inglês de volta sem que ninguém veja.
//!
//! O que é só nosso (cores, medidas, busca em português) está em `book/tema/`.

mod codigo;
mod consertos;
mod impressoes;
mod traducoes;

#[cfg(test)]
mod testes;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::{Context, Result};
use mdbook::config::HtmlConfig;
use mdbook_html::theme::Theme;
use regex::{Captures, Regex};
use sha2::{Digest, Sha256};

use crate::lista::arquivos;
use crate::problema::Problema;

/// Onde se lê, na mensagem de um problema, o que consertar.
const TABELAS: &str = "editora/src/tema/traducoes.rs";
/// Onde ficam as impressões digitais dos originais.
const IMPRESSOES: &str = "editora/src/tema/impressoes.rs";

/// Uma troca em um arquivo do mdBook.
#[derive(Debug, Clone, Copy)]
struct Troca {
    /// O arquivo, como o mdBook o chama.
    arquivo: &'static str,
    /// O trecho do mdBook.
    original: &'static str,
    /// O que fica no lugar.
    nosso: &'static str,
    /// Quantas vezes o original tem de aparecer.
    vezes: usize,
}

impl Troca {
    const fn nova(
        arquivo: &'static str,
        original: &'static str,
        nosso: &'static str,
        vezes: usize,
    ) -> Self {
        Self {
            arquivo,
            original,
            nosso,
            vezes,
        }
    }
}

/// Escreve em `destino` o tema padrão do mdBook, traduzido e consertado.
///
/// `raiz` é a raiz do projeto e `destino` uma pasta que já existe, vazia, que vira
/// o `output.html.theme` do livro. Cada diferença entre o mdBook de agora e o que
/// foi traduzido é um problema.
///
/// # Errors
///
/// Um arquivo que não se consegue ler ou escrever.
pub fn preparar(raiz: &Path, destino: &Path) -> Result<Vec<Problema>> {
    let originais = extrair_originais(&destino.join("originais"))?;
    let mut problemas = Vec::new();
    // Uma folha de estilo só: cada arquivo a mais é uma espera antes da primeira letra.
    let mut folha = variaveis(raiz)?;
    for arquivo in DO_MDBOOK {
        let caminho = originais.join(arquivo);
        let texto = ler(&caminho)?;
        let texto = adaptar(arquivo, &texto, &mut problemas);
        if *arquivo == "css/print.css" {
            let _ = write!(folha, "@media print {{\n{texto}}}\n");
        } else if arquivo.starts_with("css/") {
            folha.push_str(&texto);
        } else {
            escrever(&destino.join(arquivo), texto.as_bytes())?;
        }
    }
    folha.push_str(&ler(&raiz.join("book/tema/codigo.css"))?);
    escrever(&destino.join("css/variables.css"), folha.as_bytes())?;
    // O `fonts.css` vazio diz ao mdBook que não leve as letras dele, onze arquivos de 44 KB: o
    // livro usa as do sistema, que não se esperam e não mexem no que já se lia.
    escrever(&destino.join("fonts/fonts.css"), b"")?;
    Ok(problemas)
}

/// Corrige, na pasta do livro pronto, o que o tema não alcança.
///
/// São os arquivos que o mdBook escreve sem passar pelo tema: a busca, o sumário,
/// os redirecionamentos, os títulos das admonições e o da página 404.
///
/// # Errors
///
/// Um arquivo que não se consegue ler ou escrever.
pub fn ajustar_saida(livro: &Path) -> Result<Vec<Problema>> {
    let mut problemas = Vec::new();
    for nome in ["searcher", "toc", "searchindex"] {
        let Some(caminho) = com_impressao(livro, nome, "js")? else {
            problemas.push(mudou(&format!("{nome}.js"), "o mdBook não o escreve mais"));
            continue;
        };
        let texto = ler(&caminho)?;
        let novo = match nome {
            "searchindex" => enxugar_indice(&texto, &mut problemas),
            "toc" => itens_do_sumario(&adaptar("toc.js", &texto, &mut problemas)),
            _ => adaptar("searcher.js", &texto, &mut problemas),
        };
        escrever(&caminho, novo.as_bytes())?;
    }
    for (pasta, nome, extensao) in SOBRAS {
        match com_impressao(&livro.join(pasta), nome, extensao)? {
            Some(sobra) => fs::remove_file(&sobra)
                .with_context(|| format!("não foi possível apagar {}", sobra.display()))?,
            None => problemas.push(mudou(
                &format!("{nome}.{extensao}"),
                "o mdBook não o escreve mais",
            )),
        }
    }
    let arquivos =
        arquivos(livro).with_context(|| format!("não foi possível listar {}", livro.display()))?;
    for arquivo in arquivos
        .iter()
        .filter(|arquivo| arquivo.extension().is_some_and(|e| e == "html"))
    {
        let pagina = livro.join(arquivo);
        let texto = ler(&pagina)?;
        let nome = arquivo.to_string_lossy().replace('\\', "/");
        let mut novo = ajustar_pagina(&nome, &texto, &mut problemas);
        if nome == "index.html" {
            novo = ligacoes_do_indice(livro, &novo)?;
        }
        if novo != texto {
            escrever(&pagina, novo.as_bytes())?;
        }
    }
    Ok(problemas)
}

/// Os arquivos do tema do mdBook que entram no livro com as nossas trocas.
const DO_MDBOOK: &[&str] = &[
    "index.hbs",
    "book.js",
    "css/general.css",
    "css/chrome.css",
    "css/print.css",
];

/// O que o mdBook escreve sempre e nenhuma página nossa usa: pasta, nome e extensão.
const SOBRAS: &[(&str, &str, &str)] = &[
    ("", "highlight", "js"),
    ("", "highlight", "css"),
    ("", "tomorrow-night", "css"),
    ("", "ayu-highlight", "css"),
    ("css", "general", "css"),
    ("css", "chrome", "css"),
    ("css", "print", "css"),
];

/// Pede ao mdBook que escreva o seu tema padrão em `pasta`; devolve onde ele ficou.
fn extrair_originais(pasta: &Path) -> Result<PathBuf> {
    let config = HtmlConfig::default();
    Theme::copy_theme(&config, pasta)
        .context("o mdBook não conseguiu escrever o seu tema padrão")?;
    Ok(config.theme_dir(pasta))
}

/// Confere a impressão digital de um original e faz nele todas as trocas.
fn adaptar(arquivo: &str, original: &str, problemas: &mut Vec<Problema>) -> String {
    impressoes::conferir(arquivo, original, problemas);
    [
        consertos::NO_TEMA,
        traducoes::NO_TEMA,
        consertos::NA_SAIDA,
        traducoes::NA_SAIDA,
    ]
    .into_iter()
    .flatten()
    .filter(|troca| troca.arquivo == arquivo)
    .fold(original.to_owned(), |texto, troca| {
        aplicar(troca, arquivo, &texto, problemas)
    })
}

/// Faz uma troca; a conta errada é um problema, e o texto fica como está.
fn aplicar(troca: &Troca, arquivo: &str, texto: &str, problemas: &mut Vec<Problema>) -> String {
    let vezes = texto.matches(troca.original).count();
    if vezes != troca.vezes {
        let trecho = troca.original.trim().lines().next().unwrap_or_default();
        problemas.push(mudou(
            arquivo,
            &format!("“{trecho}” aparece {vezes} vezes, e não {}", troca.vezes),
        ));
        return texto.to_owned();
    }
    texto.replace(troca.original, troca.nosso)
}

/// O problema de um arquivo do mdBook que não é mais o que foi traduzido.
fn mudou(arquivo: &str, o_que: &str) -> Problema {
    Problema::novo(
        TABELAS,
        1,
        format!(
            "o mdBook mudou em {arquivo}: {o_que}; compare o arquivo novo com o antigo e \
             atualize as trocas em editora/src/tema/"
        ),
    )
}

/// As variáveis dos temas, montadas com as cores de `book/tema/`.
///
/// As cores escuras servem ao tema escuro e ao sistema escuro sem JavaScript; as
/// claras, ao resto e a tudo o que se imprime.
fn variaveis(raiz: &Path) -> Result<String> {
    let medidas = ler(&raiz.join("book/tema/medidas.css"))?;
    let claras = declaracoes(&raiz.join("book/tema/cores-claras.css"))?;
    let escuras = declaracoes(&raiz.join("book/tema/cores-escuras.css"))?;
    Ok(format!(
        "{medidas}\n\
         .claro, html:not(.js) {{{claras}}}\n\
         .escuro {{{escuras}}}\n\
         @media screen and (prefers-color-scheme: dark) {{ html:not(.js) {{{escuras}}} }}\n\
         @media print {{ .escuro {{{claras}}} }}\n"
    ))
}

/// O que há entre a primeira `{` e a última `}` de uma folha de estilo.
fn declaracoes(caminho: &Path) -> Result<String> {
    let texto = ler(caminho)?;
    texto
        .split_once('{')
        .and_then(|(_, resto)| resto.rsplit_once('}'))
        .map(|(dentro, _)| dentro.to_owned())
        .with_context(|| format!("não há uma regra {{…}} em {}", caminho.display()))
}

/// Faz as trocas de uma página pronta.
fn ajustar_pagina(nome: &str, texto: &str, problemas: &mut Vec<Problema>) -> String {
    if texto.contains(traducoes::MARCA_DE_REDIRECIONAMENTO) {
        return traducoes::NO_REDIRECIONAMENTO
            .iter()
            .fold(texto.to_owned(), |texto, troca| {
                aplicar(troca, nome, &texto, problemas)
            });
    }
    match nome {
        "toc.html" => {
            let texto = adaptar(nome, texto, problemas);
            itens_do_sumario(&folhas_do_sumario(&texto, problemas))
        }
        "404.html" => {
            let texto = aplicar(&traducoes::TITULO_404, nome, texto, problemas);
            admonicoes(nome, &cantos_das_tabelas(&texto), problemas)
        }
        _ => {
            let texto = admonicoes(nome, &cantos_das_tabelas(texto), problemas);
            codigo::colorir(&texto).into_owned()
        }
    }
}

/// Conserta as ligações de `index.html`, cópia do primeiro capítulo em outra pasta.
///
/// O mdBook copia a página sem mexer no conteúdo: o que era relativo à pasta do
/// capítulo passa a não levar a lugar nenhum.
fn ligacoes_do_indice(livro: &Path, texto: &str) -> Result<String> {
    static PRIMEIRO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<a href="(?:([^"]*)/)?[^"/]+\.html""#).expect("expressão regular válida")
    });
    static ENDERECO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r##" (href|src)="([^"#:/?][^":#?]*)([^"]*)""##)
            .expect("expressão regular válida")
    });
    let sumario = ler(&livro.join("toc.html"))?;
    let pasta = PRIMEIRO.captures(&sumario).and_then(|partes| partes.get(1));
    let (Some(pasta), Some((antes, resto))) = (pasta, texto.split_once("<main")) else {
        return Ok(texto.to_owned());
    };
    let (conteudo, depois) = resto.split_once("</main>").unwrap_or((resto, ""));
    let conteudo = ENDERECO.replace_all(conteudo, |partes: &Captures| {
        let caminho = &partes[2];
        let da_pasta = normalizar(&format!("{}/{caminho}", pasta.as_str()));
        let certo = if livro.join(&da_pasta).exists() {
            &da_pasta
        } else {
            caminho
        };
        format!(r#" {}="{certo}{}""#, &partes[1], &partes[3])
    });
    Ok(format!("{antes}<main{conteudo}</main>{depois}"))
}

/// Um caminho com `/` sem os seus `.` e `..`.
fn normalizar(caminho: &str) -> String {
    let mut partes: Vec<&str> = Vec::new();
    for parte in caminho.split('/') {
        match parte {
            "." | "" => {}
            ".." => {
                partes.pop();
            }
            _ => partes.push(parte),
        }
    }
    partes.join("/")
}

/// Traduz o título de cada admonição e esconde o desenho dela dos leitores de tela.
fn admonicoes(pagina: &str, texto: &str, problemas: &mut Vec<Problema>) -> String {
    let esperadas = texto.matches(r#"class="blockquote-tag-title""#).count();
    if esperadas == 0 {
        return texto.to_owned();
    }
    let mut feitas = 0;
    let mut novo = String::with_capacity(texto.len());
    let mut resto = texto;
    while let Some(achada) = admonicao(resto) {
        feitas += 1;
        let portugues = traducoes::ADMONICOES
            .iter()
            .find(|(original, _)| *original == achada.palavra)
            .map_or(achada.palavra, |(_, portugues)| portugues);
        if portugues == achada.palavra {
            let texto = format!("a admonição “{portugues}” não tem tradução");
            problemas.push(mudou(pagina, &texto));
        }
        let Admonicao {
            antes,
            classe,
            titulo,
            desenho,
            ..
        } = achada;
        let _ = write!(
            novo,
            r#"{antes}<blockquote class="{classe}" role="note">{titulo}<svg aria-hidden="true" viewBox={desenho}</svg>{portugues}</p>"#
        );
        resto = achada.depois;
    }
    novo.push_str(resto);
    if feitas != esperadas {
        problemas.push(mudou(
            pagina,
            &format!("{esperadas} admonições, mas só {feitas} com a forma esperada"),
        ));
    }
    novo
}

/// Uma admonição, como o mdBook a escreve, e o que há em volta.
struct Admonicao<'t> {
    antes: &'t str,
    classe: &'t str,
    /// A abertura do parágrafo do título.
    titulo: &'t str,
    /// Do `viewbox` ao fim do desenho.
    desenho: &'t str,
    /// A palavra do título.
    palavra: &'t str,
    depois: &'t str,
}

/// A primeira admonição de `texto`.
fn admonicao(texto: &str) -> Option<Admonicao<'_>> {
    const ABERTURA: &str = r#"<blockquote class=""#;
    let comeco = texto.find(r#"<blockquote class="blockquote-tag"#)?;
    let (classe, resto) = texto[comeco + ABERTURA.len()..].split_once(r#"">"#)?;
    let (titulo, resto) = resto.split_once("<svg viewbox=")?;
    let (desenho, resto) = resto.split_once("</svg>")?;
    let (palavra, depois) = resto.split_once("</p>")?;
    let certa = titulo.trim_start() == r#"<p class="blockquote-tag-title">"#
        && !classe.contains('"')
        && !palavra.contains('<');
    certa.then_some(Admonicao {
        antes: &texto[..comeco],
        classe,
        titulo,
        desenho,
        palavra,
        depois,
    })
}

/// Faz do canto vazio de uma tabela uma célula comum: um título vazio não diz nada.
fn cantos_das_tabelas(texto: &str) -> String {
    static CANTO: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"<th( [^>]*)?>\s*</th>").expect("expressão regular válida"));
    CANTO.replace_all(texto, "<td$1></td>").into_owned()
}

/// Tira de `toc.html`, que não é do tema, as folhas de estilo que estão em uma só.
fn folhas_do_sumario(texto: &str, problemas: &mut Vec<Problema>) -> String {
    static FOLHA: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"\s*<link rel="stylesheet" href="(?:css/(?:general|chrome|print)|fonts/fonts)[^"]*\.css"[^>]*>"#,
        )
        .expect("expressão regular válida")
    });
    let quantas = FOLHA.find_iter(texto).count();
    if quantas != 4 {
        problemas.push(mudou(
            "toc.html",
            &format!("há {quantas} folhas de estilo por tirar, e não 4"),
        ));
    }
    FOLHA.replace_all(texto, "").into_owned()
}

/// Tira do sumário os itens vazios em volta dos títulos das partes e dos espaços.
fn itens_do_sumario(texto: &str) -> String {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r#"<li class="chapter-item (?:expanded )?">(<li class="(?:part-title|spacer)">[^<]*</li>)</li>"#,
        )
        .expect("expressão regular válida")
    });
    ITEM.replace_all(texto, "$1").into_owned()
}

/// Tira do índice da busca as palavras em inglês que o mdBook pôs nele.
///
/// O índice invertido é refeito em português por `book/tema/busca.js`, a partir
/// dos textos guardados: o que o mdBook escreve só pesaria. Entre aspas sem barra
/// só há nomes de campos, de modo que os dois cortes não caem dentro de um texto.
fn enxugar_indice(texto: &str, problemas: &mut Vec<Problema>) -> String {
    static TITULO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"([.:!?»”)"] )(Note|Tip|Important|Warning|Caution) ([^\p{Ll}])"#)
            .expect("expressão regular válida")
    });
    const INICIO: &str = r#""fields":["title","body","breadcrumbs"],"index":{"#;
    const FIM: &str = r#"},"lang":"English","pipeline":["#;
    let partes = texto.split_once(INICIO).and_then(|(antes, resto)| {
        let (indice, depois) = resto.split_once(FIM)?;
        (!depois.contains(FIM) && !indice.contains(INICIO)).then_some((antes, depois))
    });
    let Some((antes, depois)) = partes else {
        problemas.push(mudou("searchindex.js", "o índice da busca tem outra forma"));
        return texto.to_owned();
    };
    let antes = TITULO.replace_all(antes, |partes: &Captures| {
        let portugues = traducoes::ADMONICOES
            .iter()
            .find(|(original, _)| *original == &partes[2])
            .map_or("", |(_, portugues)| portugues);
        format!("{}{portugues} {}", &partes[1], &partes[3])
    });
    format!("{antes}{INICIO}{FIM}{depois}")
}

/// O arquivo `nome.extensao` de `pasta`, com ou sem a impressão que o mdBook põe no nome.
fn com_impressao(pasta: &Path, nome: &str, extensao: &str) -> Result<Option<PathBuf>> {
    let itens = fs::read_dir(pasta)
        .with_context(|| format!("não foi possível listar {}", pasta.display()))?;
    for item in itens {
        let caminho = item
            .with_context(|| format!("não foi possível listar {}", pasta.display()))?
            .path();
        let e_este = caminho
            .file_name()
            .and_then(|arquivo| arquivo.to_str())
            .and_then(|arquivo| {
                arquivo
                    .strip_prefix(nome)?
                    .strip_suffix(extensao)?
                    .strip_suffix('.')
            })
            .is_some_and(|meio| {
                meio.is_empty()
                    || meio.strip_prefix('-').is_some_and(|impressao| {
                        impressao.len() == 8 && impressao.chars().all(|c| c.is_ascii_hexdigit())
                    })
            });
        if e_este {
            return Ok(Some(caminho));
        }
    }
    Ok(None)
}

fn ler(caminho: &Path) -> Result<String> {
    fs::read_to_string(caminho)
        .with_context(|| format!("não foi possível ler {}", caminho.display()))
}

fn escrever(caminho: &Path, conteudo: &[u8]) -> Result<()> {
    if let Some(pasta) = caminho.parent() {
        fs::create_dir_all(pasta)
            .with_context(|| format!("não foi possível criar {}", pasta.display()))?;
    }
    fs::write(caminho, conteudo)
        .with_context(|| format!("não foi possível escrever {}", caminho.display()))
}

/// O SHA-256 de `texto`, em hexadecimal.
fn impressao(texto: &str) -> String {
    Sha256::digest(texto)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
