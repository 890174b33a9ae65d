//! O que uma pessoa lê em um texto em Markdown, bloco por bloco, com a linha de cada
//! pedaço. Blocos de código, endereços, etiquetas de HTML e diretivas não se leem.

use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use regex::{Captures, Regex};

/// Uma diretiva do livro: `{{#numero mediana}}`, `{{#figura x}}`.
static DIRETIVA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\\?\{\{#([a-z_]+)[^}\n]*\}\}").expect("a expressão é constante"));

/// Uma etiqueta ou um comentário de HTML.
static ETIQUETA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s)<!--.*?-->|<[^>]*>").expect("a expressão é constante"));

/// Onde um bloco está.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Especie {
    /// Um título.
    Titulo,
    /// Um parágrafo, ou um item de uma lista.
    Corrido,
    /// A célula de uma tabela.
    Celula,
    /// O texto entre etiquetas de HTML.
    Etiquetado,
}

/// Um bloco: o que se lê sem parar, até o próximo.
#[derive(Debug, PartialEq, Eq)]
pub struct Bloco {
    /// Onde ele está.
    pub especie: Especie,
    /// As partes, na ordem.
    pub pedacos: Vec<Pedaco>,
}

/// Uma parte de um bloco, toda da mesma linha e do mesmo jeito.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pedaco {
    /// A linha, a partir de 1.
    pub linha: usize,
    /// O que se lê.
    pub texto: String,
    /// Como se lê.
    pub jeito: Jeito,
}

/// Como um pedaço está escrito.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jeito {
    /// Como o resto.
    Comum,
    /// Em itálico: uma palavra de outra língua, o título de uma obra, ou uma ênfase.
    Italico,
    /// O texto de uma ligação.
    Ligado,
    /// Entre crases: não é prosa.
    Codigo,
}

impl Bloco {
    /// A linha em que o bloco começa.
    #[must_use]
    pub fn linha(&self) -> usize {
        self.pedacos.first().map_or(0, |pedaco| pedaco.linha)
    }
}

/// Os blocos de um texto. `{{#numero …}}` se lê como um número e `{{#captura …}}` como
/// código; o que as outras diretivas põem na página não é prosa desta.
#[must_use]
pub fn ler(texto: &str) -> Vec<Bloco> {
    let texto = DIRETIVA.replace_all(texto, |partes: &Captures<'_>| match &partes[1] {
        "numero" => "0",
        "captura" => "`0`",
        _ => "",
    });
    let mut leitura = Leitura {
        blocos: Vec::new(),
        atual: Vec::new(),
        especie: Especie::Corrido,
        italicos: 0,
        ligacoes: 0,
        mudos: 0,
        quebras: texto.match_indices('\n').map(|(lugar, _)| lugar).collect(),
    };
    for (evento, intervalo) in Parser::new_ext(&texto, opcoes()).into_offset_iter() {
        leitura.evento(evento, intervalo);
    }
    leitura.fechar();
    leitura.blocos
}

/// As mesmas do mdBook, menos a que troca as aspas.
fn opcoes() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
}

struct Leitura {
    blocos: Vec<Bloco>,
    atual: Vec<Pedaco>,
    especie: Especie,
    italicos: usize,
    ligacoes: usize,
    mudos: usize,
    quebras: Vec<usize>,
}

impl Leitura {
    fn evento(&mut self, evento: Event<'_>, intervalo: Range<usize>) {
        match evento {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented | CodeBlockKind::Fenced(_))) => {
                self.fechar();
                self.mudos += 1;
            }
            Event::End(TagEnd::CodeBlock) => self.mudos -= 1,
            Event::Start(Tag::Heading { .. }) => self.abrir(Especie::Titulo),
            Event::Start(Tag::TableCell) => self.abrir(Especie::Celula),
            Event::End(TagEnd::Heading(_) | TagEnd::TableCell) => {
                self.fechar();
                self.especie = Especie::Corrido;
            }
            Event::Start(Tag::Emphasis) => self.italicos += 1,
            Event::End(TagEnd::Emphasis) => self.italicos -= 1,
            // O que se lê em uma ligação automática é um endereço.
            Event::Start(Tag::Link {
                link_type: LinkType::Autolink | LinkType::Email,
                ..
            }) => {
                self.mudos += 1;
            }
            Event::End(TagEnd::Link) if self.mudos > 0 => self.mudos -= 1,
            Event::Start(Tag::Link { .. }) => self.ligacoes += 1,
            Event::End(TagEnd::Link) => self.ligacoes -= 1,
            Event::Start(
                Tag::Paragraph
                | Tag::Item
                | Tag::BlockQuote(_)
                | Tag::FootnoteDefinition(_)
                | Tag::DefinitionListTitle
                | Tag::DefinitionListDefinition,
            )
            | Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::BlockQuote(_)
                | TagEnd::FootnoteDefinition
                | TagEnd::DefinitionListTitle
                | TagEnd::DefinitionListDefinition,
            ) => self.fechar(),
            Event::Text(texto) if self.mudos == 0 => self.por(&texto, &intervalo, None),
            Event::Code(texto) => self.por(&texto, &intervalo, Some(Jeito::Codigo)),
            Event::Html(html) => self.html(&html, &intervalo),
            Event::SoftBreak | Event::HardBreak => self.por(" ", &intervalo, None),
            _ => {}
        }
    }

    fn html(&mut self, html: &str, intervalo: &Range<usize>) {
        let lido = ETIQUETA.replace_all(html, " ");
        if !lido.trim().is_empty() {
            self.abrir(Especie::Etiquetado);
            self.por(lido.trim(), intervalo, None);
            self.fechar();
            self.especie = Especie::Corrido;
        }
    }

    fn abrir(&mut self, especie: Especie) {
        self.fechar();
        self.especie = especie;
    }

    fn por(&mut self, texto: &str, intervalo: &Range<usize>, jeito: Option<Jeito>) {
        let linha = self
            .quebras
            .partition_point(|quebra| *quebra < intervalo.start)
            + 1;
        let corrido = match (self.italicos, self.ligacoes) {
            (0, 0) => Jeito::Comum,
            (0, _) => Jeito::Ligado,
            _ => Jeito::Italico,
        };
        let jeito = jeito.unwrap_or(corrido);
        // O leitor entrega “a[b]” em pedaços: quem lê vê um só.
        match self.atual.last_mut() {
            Some(ultimo) if ultimo.linha == linha && ultimo.jeito == jeito => {
                ultimo.texto.push_str(texto);
            }
            _ => self.atual.push(Pedaco {
                linha,
                texto: texto.to_string(),
                jeito,
            }),
        }
    }

    fn fechar(&mut self) {
        let pedacos = std::mem::take(&mut self.atual);
        if pedacos.iter().any(|pedaco| !pedaco.texto.trim().is_empty()) {
            self.blocos.push(Bloco {
                especie: self.especie,
                pedacos,
            });
        }
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn lido(markdown: &str) -> Vec<(Especie, usize, String)> {
        let um = |bloco: &Bloco| {
            let texto: String = bloco
                .pedacos
                .iter()
                .filter(|pedaco| pedaco.jeito != Jeito::Codigo)
                .map(|pedaco| pedaco.texto.as_str())
                .collect();
            (bloco.especie, bloco.linha(), texto)
        };
        ler(markdown).iter().map(um).collect()
    }

    #[test]
    fn so_fica_o_que_se_le() {
        let markdown = "# O `bind` {#bind}\n\nVeja [isto](x.md#y), <https://a.br> e *timeout*.\n\
            São {{#numero x}} ms.\n\n```sh\ncargo run\n```\n\n{{#figura y}}\n\n- Um\n- Dois\n";
        let esperado = [
            (Especie::Titulo, 1, "O "),
            (Especie::Corrido, 3, "Veja isto,  e timeout. São 0 ms."),
            (Especie::Corrido, 12, "Um"),
            (Especie::Corrido, 13, "Dois"),
        ];
        let esperado = esperado.map(|(especie, linha, texto)| (especie, linha, texto.to_string()));
        assert_eq!(lido(markdown), esperado);
    }

    #[test]
    fn tabelas_caixas_e_html_tambem_se_leem() {
        let markdown = "> [!NOTE]\n> Uma nota.\n\n| a | b |\n| - | - |\n| c | d |\n\n\
            <details>\n<summary>Uma <b>dica</b></summary>\n\nAberta.\n\n</details>\n";
        let textos: Vec<String> = lido(markdown).into_iter().map(|(_, _, t)| t).collect();
        let esperados = ["Uma nota.", "a", "b", "c", "d", "Uma  dica", "Aberta."];
        assert_eq!(textos, esperados);
    }

    #[test]
    fn o_italico_e_o_codigo_se_distinguem() {
        let blocos = ler("O *peer* em `recv`.");
        let jeitos: Vec<Jeito> = blocos[0].pedacos.iter().map(|p| p.jeito).collect();
        let esperados = [
            Jeito::Comum,
            Jeito::Italico,
            Jeito::Comum,
            Jeito::Codigo,
            Jeito::Comum,
        ];
        assert_eq!(jeitos, esperados);
    }
}
