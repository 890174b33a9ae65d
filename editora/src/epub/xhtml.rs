//! De uma página da web, em HTML, para uma de EPUB, em XHTML.
//!
//! O HTML que o mdBook escreve tem cada elemento fechado, e por isso as etiquetas se
//! convertem uma a uma; o que não fecha é um erro. Sai também o que só serve a uma
//! página com programas: botões, âncoras dos títulos, lugares na grade da tela.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Result, bail};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer,
};

use super::cores::Cor;
use crate::enderecos::{decodificar, esquema, relativo};
use crate::html::escapar;

/// Os elementos que não têm conteúdo.
const VAZIOS: &[&str] = &["br", "hr", "img", "col", "wbr", "input"];

/// Os elementos que um EPUB não leva, com tudo que há neles.
const FORA: &[&str] = &["button", "script", "template", "noscript"];

/// As classes do que só arruma a tela larga: o fundo de cada terminal, e o nome no
/// alto dele, que cada passo já repete.
const SO_DA_GRADE: &[&str] = &["terminal-fundo", "terminal-nome"];

/// Os atributos de SVG que o HTML escreve em minúsculas e o XML não.
const EM_SVG: &[(&str, &str)] = &[
    ("viewbox", "viewBox"),
    ("preserveaspectratio", "preserveAspectRatio"),
    ("textlength", "textLength"),
    ("lengthadjust", "lengthAdjust"),
];

/// Uma página convertida.
#[derive(Debug, Default)]
pub struct Pagina {
    /// O conteúdo.
    pub corpo: String,
    /// Os ids que ela oferece.
    pub ids: BTreeSet<String>,
    /// As ligações que ela faz a outras páginas do livro e a si mesma: o caminho, a
    /// partir da raiz do livro, e o id, que pode ser vazio.
    pub ligacoes: Vec<(String, String)>,
    /// As cores que ela usa.
    pub cores: BTreeSet<Cor>,
    /// Se ela tem desenhos em SVG, o que o pacote tem de declarar.
    pub tem_svg: bool,
}

/// Converte `html`, o miolo da página que fica em `caminho` (`parte/nome.html`).
/// `e_capitulo` diz se um caminho é o de uma página que o EPUB leva: uma ligação para
/// outra coisa, como uma tabela de dados, fica sendo só o seu texto.
///
/// # Errors
/// Um elemento que não se fecha, ou que se fecha sem ter sido aberto.
pub fn converter(html: &str, caminho: &str, e_capitulo: &dyn Fn(&str) -> bool) -> Result<Pagina> {
    let conversor = Conversor {
        caminho,
        e_capitulo,
        estado: RefCell::default(),
    };
    let entrada = BufferQueue::default();
    entrada.push_back(StrTendril::from(html));
    let leitor = Tokenizer::new(conversor, html5ever::tokenizer::TokenizerOpts::default());
    let _ = leitor.feed(&entrada);
    leitor.end();
    let estado = leitor.sink.estado.into_inner();
    if let Some(defeito) = estado.defeito {
        bail!("{caminho}: {defeito}");
    }
    if let Some(aberto) = estado.abertos.last() {
        bail!("{caminho}: <{}> não se fecha", aberto.nome);
    }
    Ok(estado.pagina)
}

/// Um elemento aberto.
struct Aberto {
    /// O nome na página de origem.
    nome: String,
    /// O que o fecha na de destino.
    fecho: String,
    /// Se ele, com o que tem dentro, fica fora do EPUB.
    fora: bool,
}

#[derive(Default)]
struct Estado {
    pagina: Pagina,
    abertos: Vec<Aberto>,
    defeito: Option<String>,
}

struct Conversor<'t> {
    caminho: &'t str,
    e_capitulo: &'t dyn Fn(&str) -> bool,
    estado: RefCell<Estado>,
}

impl TokenSink for Conversor<'_> {
    type Handle = ();

    fn process_token(&self, pedaco: Token, _: u64) -> TokenSinkResult<()> {
        let mut estado = self.estado.borrow_mut();
        match pedaco {
            Token::TagToken(etiqueta) if etiqueta.kind == TagKind::StartTag => {
                self.abrir(&mut estado, &etiqueta);
            }
            Token::TagToken(etiqueta) => estado.fechar(&etiqueta.name),
            Token::CharacterTokens(texto) => estado.texto(&texto),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Estado {
    fn dentro_de(&self, nome: &str) -> bool {
        self.abertos.iter().any(|aberto| aberto.nome == nome)
    }

    fn fora(&self) -> bool {
        self.abertos.last().is_some_and(|aberto| aberto.fora)
    }

    fn texto(&mut self, texto: &str) {
        if self.fora() {
            return;
        }
        self.pagina.corpo.push_str(&escapar(texto));
    }

    fn fechar(&mut self, nome: &str) {
        match self.abertos.pop() {
            Some(aberto) if aberto.nome == nome => {
                if !aberto.fora {
                    self.pagina.corpo.push_str(&aberto.fecho);
                }
            }
            Some(aberto) => {
                let defeito = format!("</{nome}> no lugar de </{}>", aberto.nome);
                self.defeito.get_or_insert(defeito);
            }
            None => {
                let defeito = format!("</{nome}> fecha o que não foi aberto");
                self.defeito.get_or_insert(defeito);
            }
        }
    }
}

impl Conversor<'_> {
    fn abrir(&self, estado: &mut Estado, etiqueta: &Tag) {
        let nome = etiqueta.name.to_string();
        let classe = atributo(etiqueta, "class").unwrap_or_default();
        let tem = |procurada: &&str| classe.split(' ').any(|classe| classe == *procurada);
        let vazio = etiqueta.self_closing || VAZIOS.contains(&&*nome);
        let fora = estado.fora() || FORA.contains(&&*nome) || SO_DA_GRADE.iter().any(&tem);
        let mut fecho = String::new();
        if !fora {
            let nosso = match &*nome {
                "a" if tem(&"header") => None,
                "a" => self.ligacao(estado, etiqueta).map(|destino| {
                    let destino = escapar(&destino);
                    if !estado.dentro_de("svg") {
                        return format!(" href=\"{destino}\"");
                    }
                    let nome = atributo(etiqueta, "aria-label").unwrap_or_default();
                    let nome = escapar(&nome);
                    format!(" xlink:href=\"{destino}\" xlink:title=\"{nome}\"")
                }),
                "svg" => {
                    estado.pagina.tem_svg = true;
                    Some(
                        " xmlns=\"http://www.w3.org/2000/svg\" \
                         xmlns:xlink=\"http://www.w3.org/1999/xlink\""
                            .to_string(),
                    )
                }
                _ => Some(String::new()),
            };
            if let Some(nosso) = nosso {
                let _ = write!(estado.pagina.corpo, "<{nome}{nosso}");
                atributos(estado, etiqueta);
                estado.pagina.corpo.push_str(if vazio { "/>" } else { ">" });
                fecho = format!("</{nome}>");
            }
        }
        if !vazio {
            estado.abertos.push(Aberto { nome, fecho, fora });
        }
    }

    /// Para onde vai a ligação no EPUB; `None` se ela não leva a nada que ele tenha.
    fn ligacao(&self, estado: &mut Estado, etiqueta: &Tag) -> Option<String> {
        let destino = atributo(etiqueta, "href")?;
        if esquema(&destino).is_some() {
            return Some(destino);
        }
        let (arquivo, id) = destino.split_once('#').unwrap_or((&destino, ""));
        let lugar = if arquivo.is_empty() {
            self.caminho.to_string()
        } else {
            relativo(self.caminho, &decodificar(arquivo))?
        };
        if !(self.e_capitulo)(&lugar) {
            return None;
        }
        estado.pagina.ligacoes.push((lugar, decodificar(id)));
        let cerquilha = if destino.contains('#') { "#" } else { "" };
        Some(format!("{}{cerquilha}{id}", em_xhtml(arquivo)))
    }
}

/// O mesmo caminho, com a extensão que um EPUB pede.
pub fn em_xhtml(caminho: &str) -> String {
    match caminho.strip_suffix(".html") {
        Some(nome) => format!("{nome}.xhtml"),
        None => caminho.to_string(),
    }
}

fn atributo(etiqueta: &Tag, nome: &str) -> Option<String> {
    let mut atributos = etiqueta.attrs.iter();
    let achado = atributos.find(|atributo| &*atributo.name.local == nome)?;
    Some(achado.value.to_string())
}

/// Escreve os atributos que vão para o EPUB, e anota os ids e as cores.
fn atributos(estado: &mut Estado, etiqueta: &Tag) {
    let mut classes = atributo(etiqueta, "class").unwrap_or_default();
    let em_svg = estado.dentro_de("svg") || &*etiqueta.name == "svg";
    let mut escrita = String::new();
    for atributo in &etiqueta.attrs {
        let nome = &*atributo.name.local;
        let valor = &*atributo.value;
        match nome {
            // O lugar na grade da tela larga; no EPUB, um passo vem depois do outro.
            "style" if valor.starts_with("grid-") => {}
            "style" => {
                let mut resto = String::new();
                for declaracao in valor.split(';').filter(|texto| !texto.trim().is_empty()) {
                    match Cor::da_declaracao(declaracao) {
                        Some(cor) => pintar(estado, &mut classes, cor),
                        None => resto = format!("{resto}{};", declaracao.trim()),
                    }
                }
                if !resto.is_empty() {
                    let _ = write!(escrita, " style=\"{}\"", escapar(&resto));
                }
            }
            "fill" | "stroke" if valor.starts_with("var(") => {
                if let Some(cor) = Cor::da_declaracao(&format!("{nome}:{valor}")) {
                    pintar(estado, &mut classes, cor);
                }
            }
            "class" | "href" | "tabindex" | "download" => {}
            // O XHTML só deixa um desenho ser uma imagem, um documento ou um programa.
            "role" if em_svg && valor == "group" => escrita.push_str(" role=\"document\""),
            _ if nome.starts_with("data-") => {}
            _ => {
                if nome == "id" {
                    estado.pagina.ids.insert(valor.to_string());
                }
                let nome = EM_SVG
                    .iter()
                    .find(|(minusculo, _)| em_svg && *minusculo == nome)
                    .map_or(nome, |(_, certo)| certo);
                let _ = write!(escrita, " {nome}=\"{}\"", escapar(valor));
            }
        }
    }
    if !classes.is_empty() {
        let _ = write!(
            estado.pagina.corpo,
            " class=\"{}\"",
            escapar(classes.trim())
        );
    }
    estado.pagina.corpo.push_str(&escrita);
}

fn pintar(estado: &mut Estado, classes: &mut String, cor: Cor) {
    let _ = write!(classes, " {}", cor.classe());
    estado.pagina.cores.insert(cor);
}

#[cfg(test)]
mod testes {
    use super::*;

    fn pagina(html: &str) -> Pagina {
        converter(html, "parte/um.html", &|caminho| {
            ["parte/um.html", "parte/dois.html", "tres.html"].contains(&caminho)
        })
        .unwrap()
    }

    #[test]
    fn o_html_sai_bem_formado() {
        let convertida = pagina("<p>a &amp; b<br>c\n\nd</p>\n<pre>x\n\ny</pre><hr>");
        assert_eq!(
            convertida.corpo,
            "<p>a &amp; b<br/>c\n\nd</p>\n<pre>x\n\ny</pre><hr/>"
        );
    }

    #[test]
    fn uma_ligacao_segue_viva_ou_vira_texto() {
        let convertida = pagina(
            "<a href=\"dois.html#x\">2</a><a href=\"../tres.html\">3</a><a href=\"#y\">y</a>\
             <a href=\"../dados/x.csv\" download>d</a><a href=\"https://h/a.html\">r</a>\
             <h2 id=\"y\"><a class=\"header\" href=\"#y\">Y</a></h2>",
        );
        assert_eq!(
            convertida.corpo,
            "<a href=\"dois.xhtml#x\">2</a><a href=\"../tres.xhtml\">3</a><a href=\"#y\">y</a>\
             d<a href=\"https://h/a.html\">r</a><h2 id=\"y\">Y</h2>"
        );
        let ligacoes = [
            ("parte/dois.html", "x"),
            ("tres.html", ""),
            ("parte/um.html", "y"),
        ];
        let ligacoes = ligacoes.map(|(lugar, id)| (lugar.to_string(), id.to_string()));
        assert_eq!(convertida.ligacoes, ligacoes);
        assert!(convertida.ids.contains("y"));
    }

    #[test]
    fn um_desenho_leva_o_seu_espaco_de_nomes_e_as_cores_viram_classes() {
        let convertida = pagina(
            "<svg viewbox=\"0 0 1 1\"><path style=\"fill:none;stroke:var(--serie-1);\" d=\"M0\"/>\
             <text fill=\"var(--figura-apoio)\">t</text><a href=\"dois.html\" aria-label=\"l\">x</a></svg>",
        );
        assert!(convertida.tem_svg);
        assert!(
            convertida.corpo.contains("viewBox=\"0 0 1 1\""),
            "{}",
            convertida.corpo
        );
        assert!(
            convertida.corpo.contains(
                "<path class=\"stroke-serie-1\" style=\"fill:none;\" d=\"M0\"/>\
             <text class=\"fill-figura-apoio\">t</text><a xlink:href=\"dois.xhtml\" xlink:title=\"l\" aria-label=\"l\">x</a>"
            ),
            "{}",
            convertida.corpo
        );
        assert_eq!(convertida.cores.len(), 2);
    }

    #[test]
    fn o_que_so_serve_na_tela_fica_fora() {
        let convertida = pagina(
            "<div class=\"terminal-fundo\" style=\"grid-column:1\"></div>\
             <p class=\"terminal-nome\">a <b>c</b></p><button><i>x</i></button>\
             <div class=\"passo\" style=\"grid-row:2\" data-x=\"1\">p</div>",
        );
        assert_eq!(convertida.corpo, "<div class=\"passo\">p</div>");
    }

    #[test]
    fn o_que_nao_fecha_e_um_erro() {
        for torto in ["<p>a", "<p><b>a</p></b>", "a</p>"] {
            assert!(converter(torto, "x.html", &|_| true).is_err(), "{torto}");
        }
    }
}
