//! O acabamento do pacote: o que um leitor digital pede dele, e o `mdbook-epub` não põe.
//!
//! O `mdbook-epub` chama as páginas de `.html`, sorteia um identificador a cada vez, não
//! declara os desenhos e põe os capítulos em uma lista só. As páginas e a folha de
//! estilo ficam como ele as deixou; o índice do pacote e os sumários são escritos aqui.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Cursor, Read, Write};

use anyhow::{Context, Result, bail};
use mdbook::config::BookConfig;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::xhtml::{Pagina, em_xhtml};
use crate::html::escapar;

/// O identificador do livro, o mesmo em toda edição: é por ele que um leitor digital
/// sabe que um arquivo novo substitui o antigo, e guarda em que página a pessoa estava.
const IDENTIFICADOR: &str = "urn:uuid:6f0a4c7e-2d1b-5e8a-9c35-7b1f0d4e50c7";

/// A pasta do pacote em que tudo fica.
const PASTA: &str = "OEBPS/";

/// O tipo de uma página.
const PAGINA: &str = "application/xhtml+xml";

const LICENCA: &str = "Texto e figuras: CC BY 4.0 \
     (https://creativecommons.org/licenses/by/4.0/deed.pt-br). \
     Código: MIT ou Apache-2.0, à sua escolha.";

/// O que um leitor de tela encontra no livro.
const ACESSO: &[(&str, &str)] = &[
    ("accessMode", "textual"),
    ("accessMode", "visual"),
    ("accessModeSufficient", "textual"),
    ("accessibilityFeature", "alternativeText"),
    ("accessibilityFeature", "structuralNavigation"),
    ("accessibilityFeature", "tableOfContents"),
    ("accessibilityFeature", "readingOrder"),
    ("accessibilityHazard", "none"),
    (
        "accessibilitySummary",
        "Todo o texto se lê sem as figuras: cada uma tem um título e uma descrição que conta o \
         mesmo que ela, e cada gráfico tem a tabela dos seus números.",
    ),
];

/// Uma parte do livro.
#[derive(Debug, Default)]
pub struct Parte {
    /// O título; a que reúne o que vem antes da primeira não tem um.
    pub titulo: Option<String>,
    /// Os capítulos, na ordem.
    pub capitulos: Vec<Capitulo>,
}

/// Um capítulo no sumário.
#[derive(Debug)]
pub struct Capitulo {
    /// O título, com o número se ele tem um.
    pub titulo: String,
    /// A página dele na web, a partir da raiz do livro.
    pub pagina: String,
}

/// O livro que vai no pacote.
pub struct Obra<'t> {
    /// O título, os autores, a língua e a descrição.
    pub livro: &'t BookConfig,
    /// As partes, na ordem.
    pub partes: &'t [Parte],
    /// Cada página, pelo caminho dela na web.
    pub paginas: &'t BTreeMap<String, Pagina>,
}

/// O pacote pronto, a partir do que o `mdbook-epub` gerou.
///
/// # Errors
/// Um pacote que não se lê, ou em que falta um capítulo.
pub fn acabar(gerado: &[u8], obra: &Obra<'_>) -> Result<Vec<u8>> {
    let mut gerado = ZipArchive::new(Cursor::new(gerado))?;
    let mut novo = ZipWriter::new(Cursor::new(Vec::new()));
    // O formato pede que este venha antes de todos, e sem compressão.
    let inteiro = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    novo.start_file("mimetype", inteiro)?;
    novo.write_all(b"application/epub+zip")?;
    let mut arquivos = Vec::new();
    for indice in 0..gerado.len() {
        let mut entrada = gerado.by_index(indice)?;
        let nome = em_xhtml(entrada.name());
        let refeito = ["content.opf", "nav.xhtml", "toc.ncx"]
            .iter()
            .any(|refeito| nome.strip_prefix(PASTA) == Some(refeito));
        if nome == "mimetype" || nome.ends_with('/') || refeito {
            continue;
        }
        let mut conteudo = Vec::new();
        entrada.read_to_end(&mut conteudo)?;
        if let Some(nome) = nome.strip_prefix(PASTA) {
            arquivos.push(nome.to_string());
        }
        if tipo(&nome) == Some(PAGINA) {
            conteudo = obra.preencher(&nome, conteudo)?.into_bytes();
        }
        por(&mut novo, &nome, &conteudo)?;
    }
    for capitulo in obra.capitulos() {
        let pagina = em_xhtml(&capitulo.pagina);
        if !arquivos.contains(&pagina) {
            bail!("o mdbook-epub deixou de fora {pagina}");
        }
    }
    for (nome, conteudo) in [
        ("capa.svg", obra.capa()),
        ("capa.xhtml", obra.pagina_da_capa()),
        ("nav.xhtml", obra.sumario()),
        ("toc.ncx", obra.sumario_antigo()),
        ("content.opf", obra.indice(&arquivos)?),
    ] {
        por(&mut novo, &format!("{PASTA}{nome}"), conteudo.as_bytes())?;
    }
    Ok(novo.finish()?.into_inner())
}

fn por(pacote: &mut ZipWriter<Cursor<Vec<u8>>>, nome: &str, conteudo: &[u8]) -> Result<()> {
    // Sem a hora: o mesmo livro dá sempre os mesmos bytes, menos a data no índice.
    pacote.start_file(nome, SimpleFileOptions::default())?;
    pacote.write_all(conteudo)?;
    Ok(())
}

/// O texto que fica no lugar do capítulo cuja página na web é `pagina`.
pub fn marca(pagina: &str) -> String {
    format!("<div id=\"capitulo de {}\"></div>", escapar(pagina))
}

impl Obra<'_> {
    /// A página que o `mdbook-epub` fez, com o texto no lugar da marca.
    fn preencher(&self, nome: &str, conteudo: Vec<u8>) -> Result<String> {
        let pagina = String::from_utf8(conteudo)
            .with_context(|| format!("{nome}, do mdbook-epub, não é texto"))?;
        let mut capitulos = self.paginas.iter();
        let cheia = capitulos.find_map(|(caminho, texto)| {
            let (antes, depois) = pagina.split_once(&marca(caminho))?;
            let corpo = &texto.corpo;
            Some(format!(
                "{antes}<div class=\"capitulo\">{corpo}</div>{depois}"
            ))
        });
        cheia.with_context(|| format!("{nome}, do mdbook-epub, não é de capítulo nenhum"))
    }

    fn capitulos(&self) -> impl Iterator<Item = &Capitulo> {
        self.partes.iter().flat_map(|parte| &parte.capitulos)
    }

    fn titulo(&self) -> String {
        escapar(self.livro.title.as_deref().unwrap_or_default())
    }

    fn descricao(&self) -> String {
        escapar(self.livro.description.as_deref().unwrap_or_default())
    }

    /// O índice do pacote: os metadados, cada arquivo e a ordem de leitura.
    fn indice(&self, arquivos: &[String]) -> Result<String> {
        let mut indice = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\" xml:lang=\"pt-BR\" \
             unique-identifier=\"livro\">\n\
             <metadata xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
             <dc:identifier id=\"livro\">{IDENTIFICADOR}</dc:identifier>\n\
             <dc:title>{}</dc:title>\n<dc:language>pt-BR</dc:language>\n",
            self.titulo()
        );
        for autor in &self.livro.authors {
            let _ = writeln!(indice, "<dc:creator>{}</dc:creator>", escapar(autor));
        }
        let _ = writeln!(
            indice,
            "<dc:description>{}</dc:description>\n<dc:rights>{LICENCA}</dc:rights>\n\
             <meta property=\"dcterms:modified\">{}</meta>\n\
             <meta name=\"cover\" content=\"capa-imagem\"/>",
            self.descricao(),
            chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ")
        );
        for (nome, valor) in ACESSO {
            let _ = writeln!(indice, "<meta property=\"schema:{nome}\">{valor}</meta>");
        }
        indice.push_str(
            "</metadata>\n<manifest>\n\
             <item id=\"nav\" href=\"nav.xhtml\" media-type=\"application/xhtml+xml\" properties=\"nav\"/>\n\
             <item id=\"ncx\" href=\"toc.ncx\" media-type=\"application/x-dtbncx+xml\"/>\n\
             <item id=\"capa-imagem\" href=\"capa.svg\" media-type=\"image/svg+xml\" properties=\"cover-image\"/>\n\
             <item id=\"capa\" href=\"capa.xhtml\" media-type=\"application/xhtml+xml\"/>\n",
        );
        for (numero, arquivo) in arquivos.iter().enumerate() {
            let mut capitulos = self.capitulos().enumerate();
            let capitulo = capitulos.find(|(_, capitulo)| em_xhtml(&capitulo.pagina) == *arquivo);
            let (id, propriedades) = match capitulo {
                Some((ordem, capitulo)) => {
                    let desenhos = self.paginas.get(&capitulo.pagina);
                    let desenhos = desenhos.is_some_and(|pagina| pagina.tem_svg);
                    (
                        format!("capitulo-{ordem}"),
                        if desenhos { " properties=\"svg\"" } else { "" },
                    )
                }
                None => (format!("arquivo-{numero}"), ""),
            };
            let tipo = tipo(arquivo)
                .with_context(|| format!("não sei que tipo de arquivo é {arquivo}, no EPUB"))?;
            let _ = writeln!(
                indice,
                "<item id=\"{id}\" href=\"{}\" media-type=\"{tipo}\"{propriedades}/>",
                escapar(arquivo)
            );
        }
        indice.push_str(
            "</manifest>\n<spine toc=\"ncx\">\n<itemref idref=\"capa\"/>\n<itemref idref=\"nav\"/>\n",
        );
        for (ordem, _) in self.capitulos().enumerate() {
            let _ = writeln!(indice, "<itemref idref=\"capitulo-{ordem}\"/>");
        }
        indice.push_str("</spine>\n</package>\n");
        Ok(indice)
    }

    /// O sumário, com as partes.
    fn sumario(&self) -> String {
        let mut itens = String::new();
        for parte in self.partes {
            let mut capitulos = String::new();
            for Capitulo { titulo, pagina } in &parte.capitulos {
                let pagina = escapar(&em_xhtml(pagina));
                let titulo = escapar(titulo);
                let _ = writeln!(capitulos, "<li><a href=\"{pagina}\">{titulo}</a></li>");
            }
            let _ = match &parte.titulo {
                Some(titulo) => writeln!(
                    itens,
                    "<li><span>{}</span>\n<ol>\n{capitulos}</ol></li>",
                    escapar(titulo)
                ),
                None => write!(itens, "{capitulos}"),
            };
        }
        let primeiro = self.capitulos().next();
        let primeiro = primeiro.map(|capitulo| escapar(&em_xhtml(&capitulo.pagina)));
        pagina(
            "Sumário",
            &format!(
                "<nav epub:type=\"toc\" id=\"sumario\">\n<h1>Sumário</h1>\n<ol>\n{itens}</ol>\n</nav>\n\
                 <nav epub:type=\"landmarks\" hidden=\"hidden\">\n<h2>Lugares</h2>\n<ol>\n\
                 <li><a epub:type=\"cover\" href=\"capa.xhtml\">Capa</a></li>\n\
                 <li><a epub:type=\"toc\" href=\"nav.xhtml\">Sumário</a></li>\n\
                 <li><a epub:type=\"bodymatter\" href=\"{}\">Começo</a></li>\n</ol>\n</nav>",
                primeiro.unwrap_or_default()
            ),
        )
    }

    /// O sumário que os leitores de antes do EPUB 3 procuram.
    fn sumario_antigo(&self) -> String {
        let mut pontos = String::new();
        for (ordem, Capitulo { titulo, pagina }) in self.capitulos().enumerate() {
            let _ = writeln!(
                pontos,
                "<navPoint id=\"ponto-{ordem}\" playOrder=\"{}\"><navLabel><text>{}</text></navLabel>\
                 <content src=\"{}\"/></navPoint>",
                ordem + 1,
                escapar(titulo),
                escapar(&em_xhtml(pagina))
            );
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <ncx xmlns=\"http://www.daisy.org/z3986/2005/ncx/\" version=\"2005-1\" xml:lang=\"pt-BR\">\n\
             <head><meta name=\"dtb:uid\" content=\"{IDENTIFICADOR}\"/></head>\n\
             <docTitle><text>{}</text></docTitle>\n<navMap>\n{pontos}</navMap>\n</ncx>\n",
            self.titulo()
        )
    }

    /// A capa: o título, o que o livro promete e os dois lados de uma conexão.
    fn capa(&self) -> String {
        let descricao = self.livro.description.as_deref().unwrap_or_default();
        let mut linhas = String::new();
        for (numero, linha) in em_linhas(descricao, 34).iter().enumerate() {
            let _ = write!(
                linhas,
                "<text x=\"90\" y=\"{}\" font-size=\"44\">{}</text>",
                560 + 62 * numero,
                escapar(linha)
            );
        }
        let titulo = self.titulo();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1000 1500\" width=\"1000\" \
             height=\"1500\" font-family=\"sans-serif\">\
             <title>{titulo}</title>\
             <rect width=\"1000\" height=\"1500\" fill=\"#10303a\"/>\
             <text x=\"84\" y=\"400\" font-size=\"176\" font-weight=\"bold\" fill=\"#fdfcfa\">{titulo}</text>\
             <g fill=\"#d3e6e8\">{linhas}</g>\
             <g fill=\"none\" stroke=\"#6fcbd8\" stroke-width=\"8\">\
             <rect x=\"90\" y=\"1080\" width=\"250\" height=\"190\" rx=\"24\"/>\
             <rect x=\"660\" y=\"1080\" width=\"250\" height=\"190\" rx=\"24\"/>\
             <path d=\"M340 1140H640M660 1210H360\"/></g>\
             <path d=\"M660 1140l-34 -18v36zM340 1210l34 -18v36z\" fill=\"#6fcbd8\"/>\
             <g fill=\"#fdfcfa\" font-size=\"40\" text-anchor=\"middle\">\
             <text x=\"215\" y=\"1190\">cliente</text><text x=\"785\" y=\"1190\">servidor</text></g>\
             </svg>\n"
        )
    }

    fn pagina_da_capa(&self) -> String {
        let titulo = self.titulo();
        let descricao = self.descricao();
        pagina(
            &titulo,
            &format!(
                "<section epub:type=\"cover\" class=\"capa\"><img src=\"capa.svg\" \
                 alt=\"Capa: {titulo}. {descricao}\"/></section>"
            ),
        )
    }
}

/// Uma página que não é de capítulo nenhum.
fn pagina(titulo: &str, corpo: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE html>\n\
         <html xmlns=\"http://www.w3.org/1999/xhtml\" xmlns:epub=\"http://www.idpf.org/2007/ops\" \
         lang=\"pt-BR\" xml:lang=\"pt-BR\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <title>{titulo}</title>\n\
         <link rel=\"stylesheet\" type=\"text/css\" href=\"stylesheet.css\"/>\n</head>\n\
         <body>\n{corpo}\n</body>\n</html>\n"
    )
}

/// O tipo de um arquivo do pacote, pela extensão.
fn tipo(arquivo: &str) -> Option<&'static str> {
    let (_, extensao) = arquivo.rsplit_once('.')?;
    Some(match extensao {
        "xhtml" => PAGINA,
        "css" => "text/css",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "svg" => "image/svg+xml",
        _ => return None,
    })
}

/// `texto` em linhas de até `largura` letras, cortadas entre palavras.
fn em_linhas(texto: &str, largura: usize) -> Vec<String> {
    let mut linhas: Vec<String> = Vec::new();
    for palavra in texto.split_whitespace() {
        match linhas.last_mut() {
            Some(linha) if linha.chars().count() + palavra.chars().count() < largura => {
                linha.push(' ');
                linha.push_str(palavra);
            }
            _ => linhas.push(palavra.to_string()),
        }
    }
    linhas
}

#[cfg(test)]
mod testes {
    use super::em_linhas;

    #[test]
    fn as_linhas_da_capa_se_cortam_entre_palavras() {
        assert_eq!(
            em_linhas("um dois três  quatro", 8),
            ["um dois", "três", "quatro"]
        );
        assert!(em_linhas("", 8).is_empty());
    }
}
