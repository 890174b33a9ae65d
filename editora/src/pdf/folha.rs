//! A página que o Chromium imprime: a capa, o sumário e o livro inteiro.
//!
//! Sai da página de impressão que o mdBook já fez (`print.html`), com as mesmas
//! folhas de estilo. O que só existe no papel está em `book/tema/pdf.css`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use regex::{Captures, Regex};

use crate::html::{desescapar, escapar};

/// O que o mdBook escreve entre um capítulo e o seguinte.
const ENTRE_CAPITULOS: &str =
    r#"<div style="break-before: page; page-break-before: always;"></div>"#;
/// O que fica no lugar do número de uma página enquanto não se sabe qual é.
const POR_SABER: &str = "000";
/// As licenças do livro, como a capa as diz.
const LICENCA: &str = "Texto e figuras: CC BY 4.0. Código: MIT ou Apache 2.0.";

/// Em que página do papel está cada destino.
pub type Paginas = BTreeMap<String, usize>;

/// O que a capa e as propriedades do arquivo dizem do livro.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ficha {
    /// O título.
    pub titulo: String,
    /// O que ele é, em uma frase.
    pub descricao: String,
    /// Quem o fez.
    pub autores: String,
    /// A versão do projeto.
    pub versao: &'static str,
}

impl Ficha {
    /// Lê a de `book/book.toml`.
    ///
    /// # Errors
    /// O arquivo que não se lê ou em que falta algo.
    pub fn ler(raiz: &Path) -> Result<Self> {
        let caminho = raiz.join("book/book.toml");
        let ficha = || -> Result<Self> {
            let tabela: toml::Table = fs::read_to_string(&caminho)?.parse()?;
            let livro = tabela.get("book").context("falta a seção [book]")?;
            let texto = |nome: &str| {
                let valor = livro.get(nome).and_then(toml::Value::as_str);
                valor
                    .map(str::to_string)
                    .with_context(|| format!("falta {nome} em [book]"))
            };
            let autores = livro.get("authors").and_then(toml::Value::as_array);
            let autores: Vec<_> = autores
                .into_iter()
                .flatten()
                .filter_map(toml::Value::as_str)
                .collect();
            Ok(Self {
                titulo: texto("title")?,
                descricao: texto("description")?,
                autores: autores.join(", "),
                versao: env!("CARGO_PKG_VERSION"),
            })
        };
        ficha().with_context(|| format!("não foi possível ler {}", caminho.display()))
    }
}

/// Um título que o sumário mostra.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entrada {
    id: String,
    /// O texto, em HTML e sem ligações.
    titulo: String,
}

/// Um capítulo, pronto para o papel.
#[derive(Debug)]
struct Capitulo {
    entrada: Entrada,
    secoes: Vec<Entrada>,
    corpo: String,
}

/// Uma parte do livro, com os seus capítulos.
#[derive(Debug)]
struct Parte {
    /// Como a parte se chama: `Parte 2`, ou nada nos apêndices.
    rotulo: Option<String>,
    titulo: String,
    capitulos: Vec<Capitulo>,
}

/// O destino da parte que está nesta posição.
fn id_da_parte(posicao: usize) -> String {
    format!("pdf-parte-{posicao}")
}

/// O livro montado, em partes, à espera dos números das páginas.
#[derive(Debug)]
pub struct Folha {
    ficha: Ficha,
    /// As folhas de estilo do livro e as do papel.
    estilos: String,
    /// Quem pinta o código, se alguém o faz no navegador.
    scripts: String,
    partes: Vec<Parte>,
}

impl Folha {
    /// Lê o livro montado em `livro` e o que só o papel tem, em `raiz`.
    ///
    /// # Errors
    /// Um arquivo que não se lê, ou uma página de impressão com outra forma.
    pub fn ler(raiz: &Path, livro: &Path, ficha: Ficha) -> Result<Self> {
        let impressao = ler(&livro.join("print.html"))?;
        let sumario = ler(&livro.join("toc.html"))?;
        let do_papel = ler(&raiz.join("book/tema/pdf.css"))?;
        let conteudo = entre(&impressao, "<main", "</main>")
            .and_then(|conteudo| conteudo.split_once('>'))
            .map(|(_, conteudo)| conteudo)
            .context("o mdBook mudou a página de impressão: não achei nela o <main>")?;
        Ok(Self {
            estilos: format!("{}\n<style>\n{do_papel}</style>", estilos(&impressao)),
            scripts: scripts(&impressao),
            partes: partes(&sumario, conteudo)?,
            ficha,
        })
    }

    /// Os destinos de que o sumário precisa saber a página.
    pub fn destinos(&self) -> Vec<String> {
        let mut destinos = Vec::new();
        for (numero, parte) in self.partes.iter().enumerate() {
            destinos.push(id_da_parte(numero));
            for capitulo in &parte.capitulos {
                destinos.push(capitulo.entrada.id.clone());
                destinos.extend(capitulo.secoes.iter().map(|secao| secao.id.clone()));
            }
        }
        destinos
    }

    /// A página inteira, com os números de `paginas` no sumário.
    pub fn html(&self, paginas: &Paginas) -> String {
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"pt-BR\" class=\"claro pdf\" dir=\"ltr\">\n<head>\n\
             <meta charset=\"UTF-8\">\n<title>{}</title>\n{}\n<style>\n{}</style>\n</head>\n<body>\n\
             <div class=\"page-wrapper\"><div class=\"page\"><div class=\"content\"><main>\n",
            escapar(&self.ficha.titulo),
            self.estilos,
            self.cabecalhos(),
        );
        html.push_str(&self.capa());
        html.push_str(&self.sumario(paginas));
        let mut folha = 0;
        for (numero, parte) in self.partes.iter().enumerate() {
            let _ = write!(
                html,
                "<section class=\"pdf-parte\" id=\"{}\">\n{}<h1>{}</h1>\n<ol>\n",
                id_da_parte(numero),
                rotulo(parte),
                parte.titulo
            );
            for capitulo in &parte.capitulos {
                let _ = writeln!(html, "<li>{}</li>", linha(&capitulo.entrada, paginas));
            }
            html.push_str("</ol>\n</section>\n");
            for capitulo in &parte.capitulos {
                let _ = writeln!(
                    html,
                    "<section class=\"pdf-capitulo\" style=\"page:f{folha}\">\n{}\n</section>",
                    capitulo.corpo
                );
                folha += 1;
            }
        }
        html.push_str("</main></div></div></div>\n");
        html.push_str(&self.scripts);
        html.push_str("</body>\n</html>\n");
        html
    }

    fn capa(&self) -> String {
        format!(
            "<section class=\"pdf-capa\">\n<p class=\"pdf-selo\">Um livro vivo</p>\n\
             <p class=\"pdf-titulo\">{}</p>\n<p class=\"pdf-subtitulo\">{}</p>\n{}\
             <p class=\"pdf-autores\">{}</p>\n<p class=\"pdf-edicao\">Versão {}</p>\n\
             <p class=\"pdf-licenca\">{LICENCA}</p>\n</section>\n",
            escapar(&self.ficha.titulo),
            escapar(&self.ficha.descricao),
            DESENHO_DA_CAPA,
            escapar(&self.ficha.autores),
            self.ficha.versao,
        )
    }

    fn sumario(&self, paginas: &Paginas) -> String {
        let mut html = String::from(
            "<nav class=\"pdf-sumario\" aria-labelledby=\"pdf-sumario\">\n\
             <h1 id=\"pdf-sumario\">Sumário</h1>\n",
        );
        for (numero, parte) in self.partes.iter().enumerate() {
            let da_parte = Entrada {
                id: id_da_parte(numero),
                titulo: parte.titulo.clone(),
            };
            let _ = write!(
                html,
                "<div class=\"pdf-da-parte\">{}{}</div>\n<ol>\n",
                rotulo(parte),
                linha(&da_parte, paginas)
            );
            for capitulo in &parte.capitulos {
                let _ = write!(html, "<li>{}", linha(&capitulo.entrada, paginas));
                if !capitulo.secoes.is_empty() {
                    html.push_str("<ul>");
                    for secao in &capitulo.secoes {
                        let _ = write!(
                            html,
                            "<li><a href=\"#{}\">{}\u{a0}<span class=\"pdf-pagina\">{}</span></a></li> ",
                            secao.id,
                            secao.titulo,
                            numero_da_pagina(&secao.id, paginas)
                        );
                    }
                    html.push_str("</ul>");
                }
                html.push_str("</li>\n");
            }
            html.push_str("</ol>\n");
        }
        html.push_str("</nav>\n");
        html
    }

    /// O cabeçalho das páginas de cada capítulo. O Chromium não sabe levar um título
    /// do texto à margem: cada capítulo tem a sua página, com nome.
    fn cabecalhos(&self) -> String {
        let mut css = String::new();
        let capitulos = self.partes.iter().flat_map(|parte| {
            let capitulos = parte.capitulos.iter();
            capitulos.map(move |capitulo| (parte, &capitulo.entrada))
        });
        for (folha, (parte, entrada)) in capitulos.enumerate() {
            let _ = writeln!(
                css,
                "@page f{folha} {{ @top-left {{ content: {} }} @top-right {{ content: {} }} }}",
                em_css(&parte.titulo),
                em_css(&entrada.titulo)
            );
        }
        css
    }
}

/// Duas tomadas ligadas por um fio: o que um socket é.
const DESENHO_DA_CAPA: &str = r##"<svg class="pdf-desenho" viewBox="0 0 480 220" aria-hidden="true">
<g fill="none" stroke="#0b6473" stroke-width="3" stroke-linejoin="round">
<rect x="12" y="60" width="100" height="100" rx="14"/><rect x="368" y="60" width="100" height="100" rx="14"/>
<circle cx="62" cy="110" r="30"/><circle cx="418" cy="110" r="30"/>
<path d="M92 110 C190 20 290 200 388 110"/>
</g>
<g fill="#0b6473"><circle cx="51" cy="110" r="5"/><circle cx="73" cy="110" r="5"/><circle cx="407" cy="110" r="5"/><circle cx="429" cy="110" r="5"/></g>
<g fill="#fff" stroke="#b3261e" stroke-width="3"><rect x="150" y="66" width="30" height="20" rx="3"/><rect x="225" y="100" width="30" height="20" rx="3"/><rect x="300" y="134" width="30" height="20" rx="3"/></g>
</svg>
"##;

/// As partes do livro, com os capítulos na ordem do sumário.
fn partes(sumario: &str, conteudo: &str) -> Result<Vec<Parte>> {
    static ITEM: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r##"<li class="part-title">([^<]*)</li>|<a href="[^"#]+\.html""##)
            .expect("a expressão é constante")
    });
    let mut partes: Vec<Parte> = Vec::new();
    let mut corpos = conteudo.split(ENTRE_CAPITULOS);
    for item in ITEM.captures_iter(sumario) {
        if let Some(titulo) = item.get(1) {
            let titulo = titulo.as_str();
            partes.push(Parte {
                rotulo: (titulo != "Apêndices").then(|| format!("Parte {}", partes.len())),
                titulo: titulo.to_string(),
                capitulos: Vec::new(),
            });
        } else {
            let corpo = corpos
                .next()
                .context("a página de impressão tem menos capítulos que o sumário")?;
            let parte = partes
                .last_mut()
                .context("o sumário começa com um capítulo que não está em parte nenhuma")?;
            parte.capitulos.push(capitulo(corpo)?);
        }
    }
    if partes.is_empty() || corpos.next().is_some() {
        bail!("a página de impressão tem mais capítulos que o sumário");
    }
    Ok(partes)
}

/// Um capítulo do mdBook, pronto para o papel.
fn capitulo(corpo: &str) -> Result<Capitulo> {
    static TITULO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r##"<h([1-6]) id="([^"]*)"([^>]*)><a class="header" href="#[^"]*">(.*?)</a></h[1-6]>"##,
        )
        .expect("a expressão é constante")
    });
    static DO_LIVRO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r##"(?s)<a href="([^"#:]+)"[^>]*>(.*?)</a>"##).expect("a expressão é constante")
    });
    let mut titulos: Vec<(u8, Entrada)> = Vec::new();
    // O nível de um título no papel desce um: o primeiro é das partes. Quem o diz é o
    // atributo, e a letra continua a do livro.
    let corpo = TITULO.replace_all(corpo, |partes: &Captures| {
        let nivel: u8 = partes[1].parse().unwrap_or(1);
        let entrada = Entrada {
            id: partes[2].to_string(),
            titulo: sem_ligacoes(&partes[4]),
        };
        let novo = format!(
            "<h{nivel} id=\"{}\" aria-level=\"{}\"{}>{}</h{nivel}>",
            entrada.id,
            nivel + 1,
            &partes[3],
            &partes[4]
        );
        titulos.push((nivel, entrada));
        novo
    });
    // O papel não tem onde clicar para abrir, nem a pasta do livro ao lado.
    let corpo = corpo
        .replace("<details open", "<details")
        .replace("<details", "<details open");
    let corpo = DO_LIVRO.replace_all(&corpo, |partes: &Captures| {
        format!(
            "{} <span class=\"pdf-arquivo\">(book/{})</span>",
            &partes[2], &partes[1]
        )
    });
    let mut titulos = titulos.into_iter();
    let Some((1, entrada)) = titulos.next() else {
        bail!("um capítulo da página de impressão não começa com o seu título");
    };
    Ok(Capitulo {
        entrada,
        secoes: titulos
            .filter(|(nivel, _)| *nivel == 2)
            .map(|(_, secao)| secao)
            .collect(),
        corpo: corpo.into_owned(),
    })
}

/// Uma linha do sumário: o título, os pontos e a página.
fn linha(entrada: &Entrada, paginas: &Paginas) -> String {
    format!(
        "<a class=\"pdf-linha\" href=\"#{}\"><span>{}</span><span class=\"pdf-pontos\"></span>\
         <span class=\"pdf-pagina\">{}</span></a>",
        entrada.id,
        entrada.titulo,
        numero_da_pagina(&entrada.id, paginas)
    )
}

fn numero_da_pagina(id: &str, paginas: &Paginas) -> String {
    paginas
        .get(id)
        .map_or_else(|| POR_SABER.to_string(), usize::to_string)
}

fn rotulo(parte: &Parte) -> String {
    parte.rotulo.as_ref().map_or_else(String::new, |rotulo| {
        format!("<p class=\"pdf-rotulo\">{rotulo}</p>\n")
    })
}

/// As folhas de estilo da página de impressão.
fn estilos(impressao: &str) -> String {
    static ESTILO: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<link rel="stylesheet"[^>]*>"#).expect("a expressão é constante")
    });
    let achados = ESTILO.find_iter(impressao).map(|achado| achado.as_str());
    achados.collect::<Vec<_>>().join("\n")
}

/// O script que pinta o código, se a página de impressão tem um, e como se chama.
fn scripts(impressao: &str) -> String {
    static PINTOR: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<script src="[^"]*highlight[^"]*"></script>"#)
            .expect("a expressão é constante")
    });
    let Some(pintor) = PINTOR.find(impressao) else {
        return String::new();
    };
    format!(
        "{}\n<script>\nhljs.configure({{ languages: [] }});\n\
         for (const bloco of document.querySelectorAll('code')) {{\n\
         const linguagem = /\\blanguage-(\\S+)/.exec(bloco.className);\n\
         if (linguagem && hljs.getLanguage(linguagem[1])) hljs.highlightBlock(bloco);\n\
         bloco.classList.add('hljs');\n}}\n</script>\n",
        pintor.as_str()
    )
}

fn sem_ligacoes(html: &str) -> String {
    static LIGACAO: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"</?a\b[^>]*>").expect("a expressão é constante"));
    LIGACAO.replace_all(html, "").into_owned()
}

/// Um título como um texto do CSS.
fn em_css(titulo: &str) -> String {
    static ETIQUETA: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"<[^>]*>").expect("a expressão é constante"));
    let texto = ETIQUETA.replace_all(titulo, "");
    let texto = desescapar(&texto)
        .replace('\\', "\\5c ")
        .replace('"', "\\22 ")
        .replace('<', "\\3c ");
    format!("\"{texto}\"")
}

/// O que há em `texto` entre `antes` e o primeiro `depois` que o segue.
fn entre<'t>(texto: &'t str, antes: &str, depois: &str) -> Option<&'t str> {
    texto
        .split_once(antes)?
        .1
        .split_once(depois)
        .map(|(meio, _)| meio)
}

fn ler(caminho: &Path) -> Result<String> {
    fs::read_to_string(caminho)
        .with_context(|| format!("não foi possível ler {}", caminho.display()))
}
