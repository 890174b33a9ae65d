//! A leitura do Markdown de uma página, evento por evento, à procura do que ela
//! oferece e do que está errado nela.

use std::ops::Range;
use std::sync::LazyLock;

use mdbook_markdown::pulldown_cmark::{Event, HeadingLevel, LinkType, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;

use crate::diretivas::{self, Linhas, Pedido};
use crate::enderecos;
use crate::html::{self, Etiqueta};
use crate::paginas::Pagina;

/// Atributos que fazem o navegador buscar um arquivo, fora o `href` de `<a>`.
const ATRIBUTOS_DE_RECURSO: &[&str] = &[
    "src",
    "srcset",
    "imagesrcset",
    "poster",
    "data",
    "xlink:href",
    "background",
];

/// Elementos que carregam, ou mandam, coisas por conta própria.
const ELEMENTOS_DE_FORA: &[&str] = &[
    "script", "style", "link", "meta", "base", "iframe", "object", "embed", "form", "input",
];

/// A parte do livro em que todo número com casas decimais vem dos dados.
const MEDIDA: &str = "experimentos/";

/// Um número com casas decimais.
static DECIMAL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d[\d.]*,\d+").expect("a expressão é constante"));

/// Uma etiqueta de HTML.
static ETIQUETA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<[^>]*>").expect("a expressão é constante"));

/// Os números com casas decimais digitados em `texto`, com a posição. O que o texto diz
/// de uma medida tem de vir dela.
pub fn decimais(texto: &str) -> impl Iterator<Item = (usize, String)> {
    DECIMAL.find_iter(texto).map(|numero| {
        let frase = format!(
            "«{}» foi digitado: o que se mediu vem dos dados, com {{{{#numero nome}}}}; uma \
             condição ou uma constante, de um número com «citado» e «fonte»",
            numero.as_str()
        );
        (numero.start(), frase)
    })
}

/// Anota em `pagina` tudo que o `texto` dela tem.
pub fn ler(pagina: &mut Pagina, texto: &str) {
    Leitura {
        pagina,
        texto,
        linhas: Linhas::de(texto),
        html: None,
        titulo: None,
        imagem: None,
        em_codigo: false,
        a_vista: Vec::new(),
        em_titulos: Vec::new(),
        nivel: 0,
    }
    .ler();
}

/// Um título em leitura.
struct Titulo {
    linha: usize,
    nivel: HeadingLevel,
    id: Option<String>,
    texto: String,
}

/// O estado da leitura de uma página.
struct Leitura<'p> {
    pagina: &'p mut Pagina,
    texto: &'p str,
    linhas: Linhas,
    /// O bloco de HTML em leitura: onde começou e o que já se juntou.
    html: Option<(usize, String)>,
    titulo: Option<Titulo>,
    /// A imagem em leitura: a linha e a descrição.
    imagem: Option<(usize, String)>,
    em_codigo: bool,
    /// Onde há texto corrido, que o leitor vê como texto.
    a_vista: Vec<Range<usize>>,
    /// O que, do texto corrido, está em um título.
    em_titulos: Vec<Range<usize>>,
    /// O nível do último título; 0 antes do primeiro.
    nivel: usize,
}

impl Leitura<'_> {
    fn ler(mut self) {
        let mut eventos =
            new_cmark_parser(self.texto, &MarkdownOptions::default()).into_offset_iter();
        for (evento, intervalo) in eventos.by_ref() {
            let linha = self.linhas.em(intervalo.start);
            if let Event::Html(pedaco) = &evento {
                let (_, bloco) = self.html.get_or_insert_with(|| (linha, String::new()));
                bloco.push_str(pedaco);
                continue;
            }
            self.fechar_html();
            self.evento(&evento, linha, intervalo);
        }
        self.fechar_html();
        let definicoes: Vec<_> = eventos
            .reference_definitions()
            .iter()
            .map(|(_, definicao)| (definicao.dest.to_string(), definicao.span.start))
            .collect();
        for (destino, posicao) in definicoes {
            self.pagina.ligacao(&destino, self.linhas.em(posicao));
        }
        self.chaves();
    }

    fn evento(&mut self, evento: &Event<'_>, linha: usize, intervalo: Range<usize>) {
        match evento {
            Event::InlineHtml(pedaco) => self.etiquetas(linha, pedaco),
            Event::Start(Tag::CodeBlock(_)) => self.em_codigo = true,
            Event::End(TagEnd::CodeBlock) => self.em_codigo = false,
            Event::Start(Tag::Heading { level, id, .. }) => {
                let id = id.as_ref().map(ToString::to_string);
                self.titulo = Some(Titulo {
                    linha,
                    nivel: *level,
                    id,
                    texto: String::new(),
                });
            }
            Event::End(TagEnd::Heading(_)) => self.fechar_titulo(),
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.pagina.recurso(dest_url, linha);
                self.imagem = Some((linha, String::new()));
            }
            Event::End(TagEnd::Image) => {
                if let Some((linha, descricao)) = self.imagem.take()
                    && vazio(&descricao)
                {
                    self.pagina
                        .problema(linha, "a imagem não tem descrição: ![o que ela mostra](…)");
                }
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) if *link_type != LinkType::Email => {
                self.pagina.ligacao(dest_url, linha);
            }
            Event::Text(trecho) if !self.em_codigo => {
                self.trecho(trecho);
                self.colchetes(linha, &intervalo);
                self.decimais(linha, &self.texto[intervalo.clone()]);
                if self.titulo.is_some() {
                    self.em_titulos.push(intervalo.clone());
                }
                self.a_vista.push(intervalo);
            }
            Event::Code(trecho) => self.trecho(trecho),
            Event::TaskListMarker(_) => {
                self.pagina.problema(
                    linha,
                    "uma lista de tarefas não se lê bem sem a tela: use uma lista comum",
                );
            }
            _ => {}
        }
    }

    /// Texto que pode fazer parte de um título ou da descrição de uma imagem.
    fn trecho(&mut self, trecho: &str) {
        if let Some(titulo) = &mut self.titulo {
            titulo.texto.push_str(trecho);
        }
        if let Some((_, descricao)) = &mut self.imagem {
            descricao.push_str(trecho);
        }
    }

    /// O que tem a forma de uma referência e chegou como texto: `[texto][nome]`
    /// e `[^nota]` sem definição, e `[!PALAVRA]` que não é uma admonição.
    fn colchetes(&mut self, linha: usize, intervalo: &Range<usize>) {
        let daqui = &self.texto[intervalo.start..];
        let ate_fechar = |texto: &str| texto.split([']', '\n']).next().unwrap_or("").to_string();
        if let Some(nota) = daqui.strip_prefix("[^") {
            let nota = ate_fechar(nota);
            self.pagina.problema(
                linha,
                format!("a nota [^{nota}] não está definida na página"),
            );
        } else if let Some(nome) = daqui.strip_prefix("[!") {
            let nome = ate_fechar(nome);
            self.pagina.problema(
                linha,
                format!(
                    "[!{nome}] não é uma admonição: há NOTE, TIP, IMPORTANT, WARNING e CAUTION"
                ),
            );
        } else if let Some(nome) = daqui.strip_prefix("][") {
            let nome = ate_fechar(nome);
            self.pagina.problema(
                linha,
                format!("a referência [{nome}] não está definida na página"),
            );
        }
    }

    fn decimais(&mut self, primeira_linha: usize, texto: &str) {
        if !self.pagina.caminho.starts_with(MEDIDA) {
            return;
        }
        for (posicao, frase) in decimais(texto) {
            let linha = primeira_linha + texto[..posicao].matches('\n').count();
            self.pagina.problema(linha, frase);
        }
    }

    fn fechar_titulo(&mut self) {
        let Some(Titulo {
            linha,
            nivel,
            id,
            texto,
        }) = self.titulo.take()
        else {
            return;
        };
        let nivel = nivel as usize;
        if vazio(&texto) {
            return self.pagina.problema(linha, "o título está vazio");
        }
        if nivel == 1 && self.nivel > 0 {
            self.pagina.problema(
                linha,
                "a página tem outro título de nível 1: é um por página",
            );
        } else if nivel > self.nivel + 1 {
            self.pagina
                .problema(linha, "o título pula um nível: depois de # vem ##");
        } else if nivel == 1 {
            self.pagina.titulo = Some(texto.clone());
        }
        self.nivel = nivel;
        self.pagina
            .id(id.unwrap_or_else(|| id_do_titulo(&texto)), linha);
    }

    fn fechar_html(&mut self) {
        if let Some((linha, bloco)) = self.html.take() {
            self.etiquetas(linha, &bloco);
            let quebras = |etiqueta: &regex::Captures<'_>| {
                let quebras = etiqueta[0].matches('\n').count();
                "\n".repeat(quebras)
            };
            self.decimais(linha, &ETIQUETA.replace_all(&bloco, quebras));
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
        let sem = |nomes: &[&str]| {
            nomes
                .iter()
                .all(|nome| atributo(nome).is_none_or(|v| vazio(&v)))
        };
        match etiqueta.nome.as_str() {
            "img" if sem(&["alt"]) => {
                pagina.problema(
                    linha,
                    "a imagem não tem descrição: <img alt=\"o que ela mostra\">",
                );
            }
            "svg" if sem(&["aria-label", "aria-labelledby", "aria-hidden"]) => {
                pagina.problema(
                    linha,
                    "o desenho não tem descrição: <svg role=\"img\" aria-label=\"…\">",
                );
            }
            nome if ELEMENTOS_DE_FORA.contains(&nome) => {
                pagina.problema(
                    linha,
                    format!("<{nome}> não cabe em um capítulo: o CSS e o JavaScript do livro ficam em book/tema"),
                );
            }
            _ => {}
        }
        if let Some(id) = atributo("id") {
            pagina.id(id.into_owned(), linha);
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
            for endereco in enderecos::do_atributo(nome, &valor) {
                pagina.recurso(endereco, linha);
            }
        }
        for endereco in enderecos::do_css(&atributo("style").unwrap_or_default()) {
            pagina.recurso(endereco, linha);
        }
    }

    /// Toda diretiva tem de estar à vista, sozinha na linha se não é um número nem uma
    /// captura; e tudo
    /// que começa como uma diretiva, com `{{`, tem de ser uma.
    fn chaves(&mut self) {
        let em = |trechos: &[Range<usize>], posicao: usize| {
            trechos.iter().any(|trecho| trecho.contains(&posicao))
        };
        let a_vista = |posicao: usize| em(&self.a_vista, posicao);
        let mut problemas = Vec::new();
        let diretivas = diretivas::encontrar(self.texto);
        for achada in &diretivas {
            let nossa = matches!(
                achada.pedido,
                Pedido::Listagem { .. }
                    | Pedido::Figura { .. }
                    | Pedido::Cena(_)
                    | Pedido::Grafico(_)
                    | Pedido::Execucao(_)
                    | Pedido::Ambiente
                    | Pedido::Perguntas
                    | Pedido::Exercicios
                    | Pedido::Respostas
                    | Pedido::Atlas(_)
                    | Pedido::Desconhecida(_)
            );
            let numero = matches!(achada.pedido, Pedido::Numero { .. } | Pedido::Captura(_));
            let linha = self
                .texto
                .lines()
                .nth(achada.linha - 1)
                .unwrap_or("")
                .trim_end();
            if (nossa || numero) && !a_vista(achada.intervalo.start) {
                problemas.push((
                    achada.linha,
                    "a diretiva está em um código ou em um comentário, onde ninguém a vê",
                ));
            } else if nossa && linha != &self.texto[achada.intervalo.clone()] {
                problemas.push((
                    achada.linha,
                    "a diretiva tem de estar sozinha na linha, sem recuo",
                ));
            } else if numero && em(&self.em_titulos, achada.intervalo.start) {
                problemas.push((
                    achada.linha,
                    "um título não leva número medido: ele vai para o sumário e para os endereços",
                ));
            }
        }
        let em_diretiva = |posicao| {
            diretivas
                .iter()
                .any(|achada| achada.intervalo.contains(&posicao))
        };
        for (posicao, _) in self.texto.match_indices("{{") {
            let desligada = self.texto[..posicao].ends_with('\\');
            if a_vista(posicao) && !em_diretiva(posicao) && !desligada {
                problemas.push((
                    self.linhas.em(posicao),
                    "isto parece uma diretiva e não é: {{#nome argumento}}",
                ));
            }
        }
        for (linha, texto) in problemas {
            self.pagina.problema(linha, texto);
        }
    }
}

/// Se um texto não mostra nada: só espaços e caracteres sem largura.
fn vazio(texto: &str) -> bool {
    let invisivel = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || ('\u{200b}'..='\u{200f}').contains(&c)
            || c == '\u{feff}'
    };
    texto.chars().all(invisivel)
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

    /// O texto, depois de um título, tem de ter exatamente um problema por linha dada.
    fn acusa(texto: &str, esperados: &[(usize, &str)]) {
        let achados = problemas(&format!("# T\n\n{texto}\n"));
        let mut linhas: Vec<_> = achados.iter().map(|(linha, _)| *linha).collect();
        linhas.sort_unstable();
        assert_eq!(
            linhas,
            esperados
                .iter()
                .map(|(linha, _)| *linha)
                .collect::<Vec<_>>(),
            "{texto}: {achados:?}"
        );
        for (linha, palavras) in esperados {
            assert!(
                achados
                    .iter()
                    .any(|(l, t)| l == linha && t.contains(palavras)),
                "{texto}: {achados:?}"
            );
        }
    }

    #[test]
    fn uma_pagina_boa_nao_tem_problemas() {
        let texto = "# Título {#titulo}\n\nVeja [isto](x.md#y), <https://exemplo.com>, [HOST:PORTA] e [aqui][r].[^n]\n\n\
                     ![uma tomada](t.png)\n\n```sh\n[a][b] ![](http://x) {{x}}\n```\n\n<details>\n<summary>R</summary>\n\n## Outro\n\n</details>\n\n\
                     > [!NOTE]\n> Use `{{x}}` ou \\{{#figura x}}.\n\n{{#figura z}}\n\n[r]: w.md\n[^n]: Nota.\n";
        assert_eq!(problemas(texto), []);
        let pagina = Pagina::ler("b.md", texto);
        let ids: Vec<_> = pagina
            .ids
            .iter()
            .map(|(id, linha)| (id.as_str(), *linha))
            .collect();
        assert_eq!(ids, [("titulo", 1), ("outro", 14), ("figura-z", 21)]);
        let ligacoes: Vec<_> = pagina
            .ligacoes
            .iter()
            .map(|(destino, linha)| (destino.as_str(), *linha))
            .collect();
        assert_eq!(
            ligacoes,
            [("x.md#y", 3), ("w.md", 3), ("t.png", 5), ("w.md", 23)]
        );
        assert_eq!(pagina.titulo.as_deref(), Some("Título"));
    }

    #[test]
    fn ids_e_titulos() {
        acusa("## Conexão", &[(3, "{#conexao}")]);
        acusa("## t", &[(3, "o id «t» já existe na linha 1")]);
        acusa("<p id=\"t\">x</p>", &[(3, "já existe")]);
        acusa("<p id=\"é\">x</p>", &[(3, "não é ASCII")]);
        acusa("## X {#a\"b}", &[(3, "não serve")]);
        acusa("## 🙂", &[(3, "id")]);
        acusa("##", &[(3, "vazio")]);
        acusa("# Outro", &[(3, "outro título de nível 1")]);
        acusa("#### Fundo", &[(3, "pula um nível")]);
        acusa("{{#figura x}}\n\n{{#figura x}}", &[(5, "já existe")]);
    }

    #[test]
    fn imagens_sem_descricao_e_recursos_da_rede() {
        acusa("![](a.png)", &[(3, "descrição")]);
        acusa("![\u{200b}](a.png)", &[(3, "descrição")]);
        acusa(
            "<p>\n<img src=\"a.png\"\n alt=\" \">\n</p>",
            &[(4, "descrição")],
        );
        acusa("<svg></svg>", &[(3, "descrição")]);
        acusa("![x](https://h/a.png)", &[(3, "vem da rede")]);
        acusa(
            "<img alt=x srcset=\"a.png 1x, //h/b.png 2x\">",
            &[(3, "vem da rede")],
        );
        acusa(
            "<p style=\"a:url(data:x);b:URL('https://h/d')\">x</p>",
            &[(3, "vem da rede")],
        );
        acusa(
            "<video src=\"HTTP://h/v.mp4\"></video>",
            &[(3, "vem da rede")],
        );
    }

    #[test]
    fn elementos_que_carregam_coisas_nao_cabem_em_um_capitulo() {
        for nome in ELEMENTOS_DE_FORA {
            acusa(
                &format!("<{nome} x>\n</{nome}>"),
                &[(3, "não cabe em um capítulo")],
            );
        }
    }

    #[test]
    fn o_que_parece_referencia_e_nao_e() {
        acusa("Um [texto][nada].", &[(3, "[nada]")]);
        acusa("Um [texto][].", &[(3, "não está definida")]);
        acusa("Texto[^nota].", &[(3, "[^nota]")]);
        acusa("> [!NOTA]\n> x", &[(3, "[!NOTA]")]);
    }

    #[test]
    fn diretivas_mal_escritas_ou_escondidas() {
        for ruim in [
            "{{ #figura x}}",
            "{{# include x.rs}}",
            "{{figura x}}",
            "{{#figura x}",
            "{{#figura a}b}}",
        ] {
            acusa(ruim, &[(3, "parece uma diretiva")]);
        }
        acusa("<!-- {{#figura x}} -->", &[(3, "ninguém a vê")]);
        acusa("    {{#figura x}}", &[(3, "ninguém a vê")]);
        acusa("```\n{{#cena x}}\n```", &[(4, "ninguém a vê")]);
        acusa("Veja {{#figura x}}", &[(3, "sozinha na linha")]);
        acusa(" {{#grafico x}}", &[(3, "sozinha na linha")]);
        acusa(" {{#execucao x}}", &[(3, "sozinha na linha")]);
        acusa("O {{#ambiente}}", &[(3, "sozinha na linha")]);
        acusa("`{{#numero x}}`", &[(3, "ninguém a vê")]);
        acusa("## O {{#numero x}} {#o}", &[(3, "não leva número medido")]);
        acusa("{{ #numero x}}", &[(3, "parece uma diretiva")]);
    }

    #[test]
    fn numeros_cabem_no_meio_do_texto() {
        acusa(
            "São {{#numero x}} e **{{#numero y faixa}}**.\n\n- [{{#numero z}}](x.md)\n\n\
             | a | b |\n| --- | --- |\n| {{#numero w puro}} | 2 |",
            &[],
        );
    }

    #[test]
    fn nos_experimentos_nenhum_decimal_e_digitado() {
        let texto = "# T\n\nSão 11,6 s, ou `1,5`.\n\n## A 2,5 {#a}\n\n<p title=\"1,5\">\n\
                     1.234,5</p>\n\n```\n1,5\n```\n\n| a |\n| --- |\n| 0,5 % |\n\n\
                     Um, 2, 3 e a porta 50000, 50001.\n";
        let achados = |caminho: &str| {
            let pagina = Pagina::ler(caminho, texto);
            let linhas: Vec<_> = pagina.problemas.into_iter().map(|p| p.linha).collect();
            linhas
        };
        assert_eq!(achados("experimentos/tempo.md"), [3, 5, 8, 16]);
        assert_eq!(achados("chat/tempo.md"), [0; 0]);
    }
}
