//! Uma página do livro por dentro: os ids que ela oferece, as ligações que ela
//! faz e o que está errado nela sem olhar para nenhuma outra.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{Event, LinkType, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use crate::diretivas::{self, Achada, Linhas, Pedido};
use crate::html::{self, Etiqueta};
use crate::problema::Problema;

/// Atributos que fazem o navegador buscar um arquivo, fora os de `<a>`.
const ATRIBUTOS_DE_RECURSO: &[&str] = &[
    "src",
    "srcset",
    "poster",
    "data",
    "xlink:href",
    "background",
];

/// Uma página em Markdown, lida.
#[derive(Debug, Default)]
pub struct Pagina {
    /// O caminho a partir de `book/src`, com `/`.
    pub caminho: String,
    /// O texto como está no arquivo.
    pub texto: String,
    /// Cada id da página e a linha em que aparece.
    pub ids: Vec<(String, usize)>,
    /// Cada ligação para dentro do livro (ou arquivo mostrado) e a linha dela.
    pub ligacoes: Vec<(String, usize)>,
    /// O que está errado na própria página.
    pub problemas: Vec<Problema>,
}

impl Pagina {
    /// Lê o `texto` da página em `caminho`, relativo a `book/src`.
    pub fn ler(caminho: &str, texto: &str) -> Self {
        let mut pagina = Self {
            caminho: caminho.into(),
            texto: texto.into(),
            ..Self::default()
        };
        Leitura {
            pagina: &mut pagina,
            texto,
            html: None,
            titulo: None,
            figura: None,
        }
        .ler();
        for Achada { linha, pedido, .. } in diretivas::encontrar(texto) {
            match pedido {
                Pedido::Figura(nome) => pagina.id(format!("figura-{nome}"), linha),
                Pedido::Cena(nome) => pagina.id(format!("cena-{nome}"), linha),
                _ => {}
            }
        }
        pagina
    }

    /// O nome do arquivo a partir da raiz do projeto, como aparece nos problemas.
    pub fn arquivo(&self) -> String {
        format!("book/src/{}", self.caminho)
    }

    /// As diretivas da página.
    pub fn diretivas(&self) -> Vec<Achada<'_>> {
        diretivas::encontrar(&self.texto)
    }

    fn problema(&mut self, linha: usize, texto: impl Into<String>) {
        self.problemas
            .push(Problema::novo(self.arquivo(), linha, texto));
    }

    fn id(&mut self, id: String, linha: usize) {
        if let Some((_, antes)) = self.ids.iter().find(|(outro, _)| *outro == id) {
            let antes = *antes;
            self.problema(linha, format!("o id «{id}» já existe na linha {antes}"));
        } else {
            self.ids.push((id, linha));
        }
    }

    fn ligacao(&mut self, destino: &str, linha: usize) {
        match esquema(destino) {
            None if destino.starts_with("//") => {}
            None => self.ligacoes.push((destino.to_string(), linha)),
            Some("http" | "https" | "mailto") => {}
            Some(outro) => {
                self.problema(
                    linha,
                    format!("ligação «{destino}»: o livro não usa endereços {outro}:"),
                );
            }
        }
    }

    fn recurso(&mut self, endereco: &str, linha: usize) {
        if da_rede(endereco) {
            self.problema(
                linha,
                format!("«{endereco}» vem da rede: o livro tem de abrir sem internet. Guarde o arquivo aqui"),
            );
        } else if esquema(endereco) != Some("data") {
            self.ligacoes.push((endereco.to_string(), linha));
        }
    }
}

/// Se abrir este recurso faria o navegador ir à rede.
pub fn da_rede(endereco: &str) -> bool {
    endereco.starts_with("//")
        || matches!(
            esquema(endereco),
            Some("http" | "https" | "ftp" | "ws" | "wss")
        )
}

/// O esquema de um endereço (`https` em `https://…`), em minúsculas como escrito.
fn esquema(endereco: &str) -> Option<&str> {
    let (esquema, _) = endereco.split_once(':')?;
    let valido = esquema.len() > 1
        && esquema
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    valido.then_some(esquema)
}

/// O estado da leitura de uma página.
struct Leitura<'p> {
    pagina: &'p mut Pagina,
    texto: &'p str,
    /// O bloco de HTML em leitura: onde começou e o que já se juntou.
    html: Option<(usize, String)>,
    /// O título em leitura: a linha, o id dado e o texto.
    titulo: Option<(usize, Option<String>, String)>,
    /// A imagem em leitura: a linha e a descrição.
    figura: Option<(usize, String)>,
}

impl Leitura<'_> {
    fn ler(mut self) {
        let texto = self.texto;
        let linhas = Linhas::de(texto);
        let eventos = new_cmark_parser(texto, &MarkdownOptions::default()).into_offset_iter();
        for (evento, intervalo) in eventos {
            let linha = linhas.em(intervalo.start);
            if let Event::Html(pedaco) = &evento {
                let (_, bloco) = self.html.get_or_insert_with(|| (linha, String::new()));
                bloco.push_str(pedaco);
                continue;
            }
            self.fechar_html();
            self.evento(&evento, linha, &intervalo);
        }
        self.fechar_html();
    }

    fn evento(&mut self, evento: &Event<'_>, linha: usize, intervalo: &Range<usize>) {
        match evento {
            Event::InlineHtml(pedaco) => self.etiquetas(linha, pedaco),
            Event::Start(Tag::Heading { id, .. }) => {
                self.titulo = Some((linha, id.as_ref().map(ToString::to_string), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => self.fechar_titulo(),
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.pagina.recurso(dest_url, linha);
                self.figura = Some((linha, String::new()));
            }
            Event::End(TagEnd::Image) => {
                if let Some((linha, descricao)) = self.figura.take()
                    && descricao.trim().is_empty()
                {
                    self.pagina
                        .problema(linha, "a imagem não tem descrição: ![o que ela mostra](…)");
                }
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                let automatico = matches!(link_type, LinkType::Email);
                if !automatico {
                    self.pagina.ligacao(dest_url, linha);
                }
            }
            Event::Text(trecho) | Event::Code(trecho) => {
                if let Some((_, _, titulo)) = &mut self.titulo {
                    titulo.push_str(trecho);
                }
                if let Some((_, descricao)) = &mut self.figura {
                    descricao.push_str(trecho);
                }
                if matches!(evento, Event::Text(_)) {
                    self.referencia_sem_definicao(linha, intervalo);
                }
            }
            _ => {}
        }
    }

    /// `[texto][nome]` sem `[nome]: destino` chega como texto comum.
    fn referencia_sem_definicao(&mut self, linha: usize, intervalo: &Range<usize>) {
        let depois = &self.texto[intervalo.end..];
        if &self.texto[intervalo.clone()] == "]"
            && let Some(nome) = depois
                .strip_prefix('[')
                .and_then(|resto| resto.split_once(']'))
                .map(|(n, _)| n)
            && !nome.is_empty()
            && !nome.contains('\n')
        {
            self.pagina.problema(
                linha,
                format!("a referência [{nome}] não está definida na página"),
            );
        }
    }

    fn fechar_titulo(&mut self) {
        let Some((linha, dado, texto)) = self.titulo.take() else {
            return;
        };
        let id = dado.unwrap_or_else(|| id_do_titulo(&texto));
        if id.is_ascii() {
            self.pagina.id(id, linha);
        } else {
            self.pagina.problema(
                linha,
                format!(
                    "o id do título, «{id}», não é ASCII: ponha um, como {{#{}}}",
                    sem_acentos(&id)
                ),
            );
        }
    }

    fn fechar_html(&mut self) {
        if let Some((linha, bloco)) = self.html.take() {
            self.etiquetas(linha, &bloco);
        }
    }

    fn etiquetas(&mut self, primeira_linha: usize, html: &str) {
        for etiqueta in html::etiquetas(html) {
            let linha = primeira_linha + etiqueta.linha.saturating_sub(1);
            self.etiqueta(linha, &etiqueta);
        }
    }

    fn etiqueta(&mut self, linha: usize, etiqueta: &Etiqueta<'_>) {
        let pagina = &mut *self.pagina;
        let atributo = |nome: &str| etiqueta.atributo(nome);
        if let Some(id) = atributo("id") {
            pagina.id(id.into_owned(), linha);
        }
        let sem_nome = |nomes: &[&str]| {
            nomes
                .iter()
                .all(|nome| atributo(nome).is_none_or(|v| v.trim().is_empty()))
        };
        match etiqueta.nome.as_str() {
            "img" if sem_nome(&["alt"]) => {
                pagina.problema(
                    linha,
                    "a imagem não tem descrição: <img alt=\"o que ela mostra\">",
                );
            }
            "svg" if sem_nome(&["aria-label", "aria-labelledby", "aria-hidden"]) => {
                pagina.problema(
                    linha,
                    "o desenho não tem descrição: <svg role=\"img\" aria-label=\"…\">",
                );
            }
            _ => {}
        }
        if let Some(destino) = atributo("href") {
            if etiqueta.nome == "a" {
                pagina.ligacao(&destino, linha);
            } else {
                pagina.recurso(&destino, linha);
            }
        }
        for nome in ATRIBUTOS_DE_RECURSO {
            let valor = atributo(nome).unwrap_or_default();
            for endereco in enderecos(nome, &valor) {
                pagina.recurso(endereco, linha);
            }
        }
        if let Some(endereco) = atributo("style").as_deref().and_then(endereco_de_css) {
            pagina.recurso(endereco, linha);
        }
    }
}

/// Os endereços em um atributo: `srcset` tem vários, os outros têm um.
pub fn enderecos<'v>(nome: &str, valor: &'v str) -> Vec<&'v str> {
    if nome == "srcset" {
        valor
            .split(',')
            .filter_map(|parte| parte.split_whitespace().next())
            .collect()
    } else {
        Some(valor.trim())
            .filter(|endereco| !endereco.is_empty())
            .into_iter()
            .collect()
    }
}

/// O primeiro endereço em `url(…)` de um texto em CSS.
fn endereco_de_css(css: &str) -> Option<&str> {
    let (_, depois) = css.split_once("url(")?;
    Some(depois.split_once(')')?.0.trim_matches(['"', '\'', ' ']))
}

/// O id que o mdBook dá a um título sem id.
fn id_do_titulo(texto: &str) -> String {
    let letra = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    };
    texto
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(letra)
        .collect()
}

/// Uma sugestão de id em ASCII.
fn sem_acentos(id: &str) -> String {
    let simples = |c: char| match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'ê' | 'è' => 'e',
        'í' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'ü' => 'u',
        'ç' => 'c',
        outro => outro,
    };
    id.chars().map(simples).filter(char::is_ascii).collect()
}

#[cfg(test)]
mod testes {
    use super::*;

    fn problemas(texto: &str) -> Vec<(usize, String)> {
        let pagina = Pagina::ler("a/b.md", texto);
        assert!(
            pagina
                .problemas
                .iter()
                .all(|p| p.arquivo == "book/src/a/b.md")
        );
        pagina
            .problemas
            .into_iter()
            .map(|p| (p.linha, p.texto))
            .collect()
    }

    #[test]
    fn uma_pagina_boa_nao_tem_problemas() {
        let texto = "# Título {#titulo}\n\nVeja [isto](x.md#y), <https://exemplo.com> e [HOST:PORTA].\n\n\
                     ![uma tomada](t.png)\n\n```sh\n[a][b] ![](http://x)\n```\n\n<details>\n<summary>R</summary>\n\n## Outro\n\n</details>\n";
        assert_eq!(problemas(texto), []);
        let pagina = Pagina::ler("b.md", texto);
        assert_eq!(
            pagina.ids,
            [("titulo".to_string(), 1), ("outro".to_string(), 14)]
        );
        assert_eq!(
            pagina.ligacoes,
            [("x.md#y".to_string(), 3), ("t.png".to_string(), 5)]
        );
    }

    #[test]
    fn ids_repetidos_ou_com_acento_tem_a_linha() {
        let achados = problemas("# Um\n\n## Conexão\n\n## um\n\n<p id=\"um\">x</p>\n");
        let linhas: Vec<_> = achados.iter().map(|(linha, _)| *linha).collect();
        assert_eq!(linhas, [3, 5, 7], "{achados:?}");
        assert!(achados[0].1.contains("{#conexao}"));
    }

    #[test]
    fn imagens_sem_descricao_e_recursos_da_rede() {
        let achados = problemas(
            "![](a.png)\n\n![x](https://h/a.png)\n\n<div>\n<img src=\"//h/b.png\"\n alt=\"\">\n</div>\n\n\
             <script src=\"http://h/c.js\"></script>\n\n<p style=\"background:url('https://h/d')\">x</p>\n\n<svg></svg>\n",
        );
        let linhas: Vec<_> = achados.iter().map(|(linha, _)| *linha).collect();
        assert_eq!(linhas.len(), 7, "{achados:?}");
        assert_eq!((linhas[0], linhas[1]), (1, 3));
        assert!(
            achados
                .iter()
                .filter(|(_, t)| t.contains("vem da rede"))
                .count()
                == 4,
            "{achados:?}"
        );
    }

    #[test]
    fn referencia_que_ninguem_definiu() {
        let achados = problemas("Um [texto][nada] e [outro][certo].\n\n[certo]: x.md\n");
        assert_eq!(achados.len(), 1, "{achados:?}");
        assert!(achados[0].1.contains("[nada]"));
    }

    #[test]
    fn a_mesma_figura_duas_vezes_repete_o_id() {
        let achados = problemas("{{#figura x}}\n\n{{#figura x}}\n");
        assert_eq!(achados[0].0, 3);
    }
}
