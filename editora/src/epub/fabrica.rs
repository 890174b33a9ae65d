//! A montagem do EPUB: o livro da web, as páginas convertidas, o pacote, a troca.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use mdbook::MDBook;
use mdbook::book::{Book, BookItem};
use mdbook::config::Config;
use mdbook_epub::Generator;
use mdbook_renderer::RenderContext;

use super::cores;
use super::pacote::{self, Capitulo, Obra, Parte};
use super::xhtml::{self, Pagina};
use crate::causa::causa;
use crate::construir::{self, Resultado};
use crate::destino::{self, MaesNovas, Recusa};
use crate::oficina::{self, Oficina};
use crate::registro::Avisos;
use crate::{CODIGO_DE_PROBLEMA, dizer, mostrar_problemas};

/// O modelo de cada página, que o `mdbook-epub` preenche.
const MODELO: &str = include_str!("pagina.hbs");

/// Monta em `arquivo` o EPUB do livro de `raiz`. O que estava lá só sai quando o novo
/// está inteiro.
///
/// # Errors
/// Uma [`Recusa`], se o arquivo não pode ir para ali; outro erro, se o disco recusa ou
/// uma página não se deixa converter.
pub fn montar(raiz: &Path, arquivo: &Path) -> Result<ExitCode> {
    let inicio = Instant::now();
    // Um EPUB é um ZIP.
    let arquivo = destino::validar_arquivo(arquivo, raiz, "sockets.epub", b"PK\x03\x04")?;
    let mae = arquivo.parent().context("o destino não tem uma pasta")?;
    let nao_escreve = |erro: io::Error| {
        Recusa::nova(format!(
            "não foi possível escrever em {}: {}",
            mae.display(),
            causa(&erro)
        ))
    };
    let _maes = MaesNovas::criar(mae).map_err(nao_escreve)?;
    oficina::recolher(mae);
    let oficina = Oficina::abrir(mae).map_err(nao_escreve)?;
    let destino = destino::validar(&oficina.obra().join("livro"), raiz)?;
    let contar = |passo: &str| dizer(io::stderr(), passo);
    if let Resultado::Problemas(problemas) = construir::construir(raiz, &destino, &contar)? {
        mostrar_problemas(&problemas, arquivo.exists());
        return Ok(ExitCode::from(CODIGO_DE_PROBLEMA));
    }
    contar("Convertendo as páginas e montando o EPUB…");
    let epub = empacotar(raiz, destino.pasta(), &oficina.obra())?;
    let novo = oficina.obra().join("novo.epub");
    fs::write(&novo, epub)
        .and_then(|()| fs::rename(&novo, &arquivo))
        .map_err(|erro| {
            let causa = causa(&erro);
            anyhow!("não foi possível escrever {}: {causa}", arquivo.display())
        })?;
    let segundos = format!("{:.2}", inicio.elapsed().as_secs_f64()).replace('.', ",");
    let onde = arquivo.display();
    dizer(
        io::stdout(),
        &format!("EPUB pronto em {segundos} s: {onde}"),
    );
    Ok(ExitCode::SUCCESS)
}

/// Os bytes do EPUB do livro já montado em `web`. `rascunho` é uma pasta para o que a
/// montagem precisa e o livro não leva.
fn empacotar(raiz: &Path, web: &Path, rascunho: &Path) -> Result<Vec<u8>> {
    let pasta = raiz.join("book");
    let mut config = Config::from_disk(pasta.join("book.toml"))?;
    let mut livro = MDBook::load_with_config(&pasta, config.clone())?.book;
    let partes = partes(&livro);
    let mut paginas = BTreeMap::new();
    for capitulo in partes.iter().flat_map(|parte| &parte.capitulos) {
        let e_capitulo = |caminho: &str| {
            let mut todos = partes.iter().flat_map(|parte| &parte.capitulos);
            todos.any(|capitulo| capitulo.pagina == caminho)
        };
        let pagina = &capitulo.pagina;
        let html = fs::read_to_string(web.join(pagina))
            .with_context(|| format!("não foi possível ler {pagina} do livro montado"))?;
        let convertida = xhtml::converter(miolo(&html, pagina)?, pagina, &e_capitulo)?;
        paginas.insert(pagina.clone(), convertida);
    }
    conferir_ligacoes(&paginas)?;
    marcar_textos(&mut livro);

    let modelo = rascunho.join("pagina.hbs");
    let folha = rascunho.join("epub.css");
    fs::write(&modelo, MODELO)
        .and_then(|()| fs::write(&folha, folha_de_estilo(&pasta, &paginas)?))
        .context("não foi possível preparar o EPUB")?;
    config.set("output.epub.index-template", &modelo)?;
    config.set("output.epub.additional-css", [&folha])?;
    config.set("output.epub.use-default-css", false)?;
    config.set("output.epub.epub-version", 3)?;
    let contexto = RenderContext::new(&pasta, livro, config.clone(), rascunho);
    let (gerado, avisos) = Avisos::durante(|| {
        let mut bytes = Vec::new();
        Generator::new(&contexto)?.generate(&mut bytes)?;
        Ok::<_, mdbook_epub::errors::Error>(bytes)
    });
    let gerado = gerado.context("o mdbook-epub não montou o pacote")?;
    if let Some(aviso) = avisos.first() {
        bail!("o mdbook-epub avisou: {aviso}");
    }
    pacote::acabar(
        &gerado,
        &Obra {
            livro: &config.book,
            partes: &partes,
            paginas: &paginas,
        },
    )
}

/// As partes do livro, com os capítulos de cada uma; os que vêm antes da primeira
/// ficam em uma sem título.
fn partes(livro: &Book) -> Vec<Parte> {
    let mut partes = vec![Parte::default()];
    for item in livro.iter() {
        match item {
            BookItem::PartTitle(titulo) => partes.push(Parte {
                titulo: Some(titulo.clone()),
                capitulos: Vec::new(),
            }),
            BookItem::Chapter(capitulo) => {
                if let (Some(caminho), Some(parte)) = (&capitulo.path, partes.last_mut()) {
                    parte.capitulos.push(Capitulo {
                        titulo: match &capitulo.number {
                            Some(numero) => format!("{numero} {}", capitulo.name),
                            None => capitulo.name.clone(),
                        },
                        pagina: na_web(caminho),
                    });
                }
            }
            BookItem::Separator => {}
        }
    }
    partes.retain(|parte| !parte.capitulos.is_empty());
    partes
}

/// O caminho da página que o mdBook faz de um capítulo.
fn na_web(capitulo: &Path) -> String {
    let pagina = capitulo.with_extension("html");
    pagina.to_string_lossy().replace('\\', "/")
}

/// O que há dentro de `<main>`.
fn miolo<'t>(html: &'t str, pagina: &str) -> Result<&'t str> {
    let dentro = || {
        let (_, resto) = html.split_once("<main")?;
        let (_, resto) = resto.split_once('>')?;
        Some(resto.rsplit_once("</main>")?.0.trim())
    };
    dentro().with_context(|| format!("{pagina} não tem um <main>"))
}

/// Cada ligação de uma página para outra tem de chegar a um id que existe.
fn conferir_ligacoes(paginas: &BTreeMap<String, Pagina>) -> Result<()> {
    for (origem, pagina) in paginas {
        for (destino, id) in &pagina.ligacoes {
            let chega = paginas
                .get(destino)
                .is_some_and(|pagina| id.is_empty() || pagina.ids.contains(id));
            if !chega {
                bail!("no EPUB, a ligação de {origem} para {destino}#{id} não chegaria");
            }
        }
    }
    Ok(())
}

/// Põe em cada capítulo só a marca de onde vai o texto dele. O `mdbook-epub` procura
/// imagens no HTML de um capítulo com um leitor que, para o livro inteiro, levava um
/// minuto e meio; o texto entra no lugar da marca ao acabar o pacote.
fn marcar_textos(livro: &mut Book) {
    livro.for_each_mut(|item| {
        if let BookItem::Chapter(capitulo) = item
            && let Some(caminho) = &capitulo.path
        {
            capitulo.content = pacote::marca(&na_web(caminho));
        }
    });
}

fn folha_de_estilo(pasta: &Path, paginas: &BTreeMap<String, Pagina>) -> Result<String, io::Error> {
    let ler = |nome: &str| fs::read_to_string(pasta.join("tema").join(nome));
    let cores: BTreeSet<_> = paginas
        .values()
        .flat_map(|pagina| pagina.cores.iter().cloned())
        .collect();
    let regras = cores::regras(
        &cores,
        &ler("cores-claras.css")?,
        &ler("cores-escuras.css")?,
    )
    .map_err(io::Error::other)?;
    Ok(format!("{}\n{regras}", ler("epub.css")?))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn uma_ligacao_que_nao_chega_para_a_montagem() {
        let pagina = |html: &str| xhtml::converter(html, "a.html", &|_| true).unwrap();
        let certa = pagina("<p id=\"x\"><a href=\"#x\">x</a></p>");
        let errada = pagina("<p><a href=\"#x\">x</a></p>");
        assert!(conferir_ligacoes(&BTreeMap::from([("a.html".into(), certa)])).is_ok());
        let erro = conferir_ligacoes(&BTreeMap::from([("a.html".into(), errada)])).unwrap_err();
        assert!(erro.to_string().contains("a.html#x"), "{erro}");
    }

    #[test]
    fn o_miolo_e_o_que_ha_em_main() {
        assert_eq!(
            miolo("<a><main id=\"x\"> oi </main></a>", "x").unwrap(),
            "oi"
        );
        assert!(miolo("<p>oi</p>", "x").is_err());
    }
}
