//! O EPUB do livro inteiro, diante do `EPUBCheck` e lido por dentro.
//!
//! O `EPUBCheck` é um programa em Java: sem ele nada disto roda, nem se compila a editora
//! com a feature, e as provas saem ignoradas, com o motivo. Com `EXIGIR_TUDO=1`, falham.

mod com_features;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::ferramentas::Ausente;
use provas::{exigir, raiz};
use regex::Regex;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// Onde o Debian põe o `EPUBCheck`; `EPUBCHECK` diz outro lugar.
const EPUBCHECK: &str = "/usr/share/java/epubcheck.jar";

fn main() {
    let prova = |nome: &str, prova: fn() -> Result<()>| {
        Trial::ignorable_test(nome, move || match epubcheck() {
            Ok(_) => prova()
                .map(|()| Completion::Completed)
                .map_err(Failed::from),
            Err(ausente) => ausente.concluir(),
        })
    };
    let provas = vec![
        prova("o_epubcheck_nao_acha_nada", o_epubcheck_nao_acha_nada),
        prova(
            "um_epub_estragado_e_reprovado",
            um_epub_estragado_e_reprovado,
        ),
        prova(
            "todo_capitulo_esta_na_espinha",
            todo_capitulo_esta_na_espinha,
        ),
        prova("toda_ligacao_chega", toda_ligacao_chega),
        prova("todo_desenho_tem_descricao", todo_desenho_tem_descricao),
        prova("nada_vem_da_rede", nada_vem_da_rede),
        prova(
            "cada_passo_de_uma_cena_diz_quem_fala",
            cada_passo_de_uma_cena_diz_quem_fala,
        ),
        prova(
            "o_mesmo_livro_tem_o_mesmo_identificador",
            o_mesmo_livro_tem_o_mesmo_identificador,
        ),
        prova(
            "o_que_falha_nao_toca_no_que_havia",
            o_que_falha_nao_toca_no_que_havia,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), provas).exit();
}

/// O arquivo do `EPUBCheck`, se ele e o Java existem aqui.
fn epubcheck() -> Result<PathBuf, Ausente> {
    exigir(&["java"])?;
    let jar = PathBuf::from(env::var_os("EPUBCHECK").unwrap_or_else(|| EPUBCHECK.into()));
    if jar.is_file() {
        Ok(jar)
    } else {
        let jar = jar.display();
        Err(Ausente::porque(format!("não há o EPUBCheck em {jar}")))
    }
}

/// O que o `EPUBCheck` diz de um arquivo; um aviso também é uma recusa.
fn conferir(epub: &Path) -> Result<Output> {
    let jar = epubcheck().map_err(|ausente| anyhow!("{ausente}"))?;
    let mut java = Command::new("java");
    java.arg("-jar").arg(jar).arg("--failonwarnings").arg(epub);
    Ok(java.output()?)
}

fn editora() -> Result<&'static Path> {
    static EDITORA: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let editora = EDITORA
        .get_or_init(|| com_features::editora_com("epub").map_err(|falha| falha.to_string()));
    editora.as_deref().map_err(|falha| anyhow!("{falha}"))
}

fn montar(raiz: &Path, destino: &Path) -> Result<Output> {
    let mut editora = Command::new(editora()?);
    editora.arg("epub").arg("--destino").arg(destino);
    Ok(editora.current_dir(raiz).output()?)
}

/// O EPUB do livro de verdade, montado uma vez.
fn epub() -> Result<&'static Path> {
    static EPUB: OnceLock<Result<(TempDir, PathBuf), String>> = OnceLock::new();
    let montado = EPUB.get_or_init(|| {
        let pasta = tempfile::tempdir().map_err(|erro| erro.to_string())?;
        let arquivo = pasta.path().join("livro.epub");
        let saida = montar(&raiz(), &arquivo).map_err(|falha| falha.to_string())?;
        if saida.status.success() {
            Ok((pasta, arquivo))
        } else {
            Err(String::from_utf8_lossy(&saida.stderr).into_owned())
        }
    });
    match montado {
        Ok((_, arquivo)) => Ok(arquivo),
        Err(texto) => Err(anyhow!("{texto}")),
    }
}

/// Cada arquivo de texto do pacote.
fn textos(epub: &Path) -> Result<BTreeMap<String, String>> {
    let mut pacote = ZipArchive::new(File::open(epub)?)?;
    let mut textos = BTreeMap::new();
    for indice in 0..pacote.len() {
        let mut entrada = pacote.by_index(indice)?;
        let mut texto = String::new();
        entrada.read_to_string(&mut texto)?;
        textos.insert(entrada.name().to_string(), texto);
    }
    Ok(textos)
}

/// As páginas, pelo caminho a partir da pasta do livro.
fn paginas() -> Result<BTreeMap<String, String>> {
    let textos = textos(epub()?)?.into_iter();
    Ok(textos
        .filter_map(|(nome, texto)| Some((nome.strip_prefix("OEBPS/")?.to_string(), texto)))
        .filter(|(nome, _)| Path::new(nome).extension() == Some("xhtml".as_ref()))
        .collect())
}

/// O que o primeiro grupo da expressão acha em `texto`.
fn achados<'t>(expressao: &str, texto: &'t str) -> Vec<&'t str> {
    let expressao = Regex::new(expressao).expect("a expressão é constante");
    let partes = expressao.captures_iter(texto);
    partes
        .filter_map(|partes| Some(partes.get(1)?.as_str()))
        .collect()
}

fn o_epubcheck_nao_acha_nada() -> Result<()> {
    let saida = conferir(epub()?)?;
    let texto = String::from_utf8_lossy(&saida.stdout) + String::from_utf8_lossy(&saida.stderr);
    assert!(saida.status.success(), "{texto}");
    assert!(texto.contains("0 errors / 0 warnings"), "{texto}");
    Ok(())
}

/// Uma cópia do EPUB com um trecho trocado em um arquivo.
fn estragado(arquivo: &str, de: &str, para: &str) -> Result<(TempDir, PathBuf)> {
    let pasta = tempfile::tempdir()?;
    let epub = pasta.path().join("estragado.epub");
    let mut novo = ZipWriter::new(File::create(&epub)?);
    let mut original = ZipArchive::new(File::open(self::epub()?)?)?;
    for indice in 0..original.len() {
        let mut entrada = original.by_index(indice)?;
        let opcoes = SimpleFileOptions::default().compression_method(entrada.compression());
        let mut texto = String::new();
        entrada.read_to_string(&mut texto)?;
        if entrada.name() == arquivo {
            assert!(texto.contains(de), "{arquivo} não contém {de:?}");
            texto = texto.replacen(de, para, 1);
        }
        novo.start_file(entrada.name(), opcoes)?;
        novo.write_all(texto.as_bytes())?;
    }
    novo.finish()?;
    Ok((pasta, epub))
}

fn um_epub_estragado_e_reprovado() -> Result<()> {
    for (arquivo, de, para) in [
        ("OEBPS/chamadas/bind.xhtml", "</p>", ""),
        (
            "OEBPS/chamadas/bind.xhtml",
            "href=\"listen.xhtml",
            "href=\"nada.xhtml",
        ),
        ("OEBPS/content.opf", " properties=\"svg\"", ""),
        ("OEBPS/content.opf", "<dc:language>pt-BR</dc:language>", ""),
    ] {
        let (_pasta, epub) = estragado(arquivo, de, para)?;
        assert!(
            !conferir(&epub)?.status.success(),
            "o EPUBCheck aceitou {arquivo} sem {de:?}"
        );
    }
    Ok(())
}

fn todo_capitulo_esta_na_espinha() -> Result<()> {
    let sumario = fs::read_to_string(raiz().join("book/src/SUMMARY.md"))?;
    let esperados = achados(r"\]\(([^)]+)\.md\)", &sumario);
    assert!(esperados.len() > 30, "{esperados:?}");
    let textos = textos(epub()?)?;
    let indice = &textos["OEBPS/content.opf"];
    let itens: BTreeMap<_, _> = achados(r"(<item [^>]*>)", indice)
        .into_iter()
        .map(|item| {
            (
                achados(r#" id="([^"]*)"#, item)[0],
                achados(r#" href="([^"]*)"#, item)[0],
            )
        })
        .collect();
    let espinha: Vec<_> = achados(r#"<itemref idref="([^"]*)"#, indice)
        .into_iter()
        .map(|id| itens[id].trim_end_matches(".xhtml"))
        .collect();
    assert_eq!(espinha[..2], ["capa", "nav"]);
    assert_eq!(espinha[2..], esperados);
    // O sumário que se lê diz o mesmo, com as partes.
    let navegacao = &textos["OEBPS/nav.xhtml"];
    let no_sumario = achados(r#"<li><a href="([^"]*)\.xhtml""#, navegacao);
    assert_eq!(no_sumario, esperados);
    for parte in achados(r"(?m)^# (.+)$", &sumario).into_iter().skip(1) {
        assert!(
            navegacao.contains(&format!("<span>{parte}</span>")),
            "{parte}"
        );
    }
    Ok(())
}

fn toda_ligacao_chega() -> Result<()> {
    let paginas = paginas()?;
    let ids: BTreeMap<_, BTreeSet<_>> = paginas
        .iter()
        .map(|(nome, texto)| {
            (
                nome.as_str(),
                achados(r#" id="([^"]+)""#, texto).into_iter().collect(),
            )
        })
        .collect();
    let mut quantas = 0;
    for (origem, texto) in &paginas {
        for destino in achados(r#"href="([^"]+)""#, texto) {
            if destino.contains(':') || Path::new(destino).extension() == Some("css".as_ref()) {
                continue;
            }
            let (arquivo, id) = destino.split_once('#').unwrap_or((destino, ""));
            let pasta = Path::new(origem).parent().unwrap_or(Path::new(""));
            let lugar = if arquivo.is_empty() {
                origem.clone()
            } else {
                juntar(pasta, arquivo)
            };
            let chega = ids
                .get(lugar.as_str())
                .is_some_and(|ids| id.is_empty() || ids.contains(id));
            assert!(chega, "{origem}: {destino}");
            quantas += 1;
        }
    }
    assert!(quantas > 500, "só {quantas} ligações");
    Ok(())
}

/// `arquivo` visto de `pasta`, com `/`.
fn juntar(pasta: &Path, arquivo: &str) -> String {
    let mut partes: Vec<String> = pasta
        .iter()
        .map(|parte| parte.to_string_lossy().into_owned())
        .collect();
    for parte in arquivo.split('/') {
        if parte == ".." {
            partes.pop();
        } else {
            partes.push(parte.to_string());
        }
    }
    partes.join("/")
}

fn todo_desenho_tem_descricao() -> Result<()> {
    let mut quantos = 0;
    for (pagina, texto) in paginas()? {
        for imagem in achados(r"(<img [^>]*>)", &texto) {
            let descricao = achados(r#"alt="([^"]*)""#, imagem);
            assert!(
                descricao.first().is_some_and(|alt| !alt.is_empty()),
                "{pagina}: {imagem}"
            );
        }
        for desenho in achados(r"(<svg [^>]*>)", &texto) {
            if desenho.contains("aria-hidden") {
                continue;
            }
            for atributo in ["aria-labelledby", "aria-describedby"] {
                let ids = achados(&format!(r#"{atributo}="([^"]*)""#), desenho);
                let ids = ids.first().copied().unwrap_or_default();
                assert!(!ids.is_empty(), "{pagina}: {desenho} sem {atributo}");
                for id in ids.split(' ') {
                    let dito = achados(&format!(r#"id="{id}"[^>]*>([^<]+)<"#), &texto);
                    assert!(!dito.is_empty(), "{pagina}: nada em {id}");
                }
            }
            quantos += 1;
        }
    }
    assert!(quantos > 60, "só {quantos} desenhos");
    Ok(())
}

fn nada_vem_da_rede() -> Result<()> {
    for (nome, texto) in textos(epub()?)? {
        for endereco in achados(r#"(?:src|xlink:href)="([^"]+)"|url\("#, &texto) {
            assert!(!endereco.contains("//"), "{nome}: {endereco}");
        }
        assert!(
            !texto.contains("<script") && !texto.contains("var(--"),
            "{nome}"
        );
    }
    Ok(())
}

fn cada_passo_de_uma_cena_diz_quem_fala() -> Result<()> {
    let mut quantos = 0;
    for (pagina, texto) in paginas()? {
        for comeco in achados(r#"<div class="passo[^>]*>\s*(.{22})"#, &texto) {
            assert!(
                comeco.starts_with("<span class=\"de\">"),
                "{pagina}: {comeco}"
            );
            quantos += 1;
        }
    }
    assert!(quantos > 500, "só {quantos} passos");
    Ok(())
}

fn o_mesmo_livro_tem_o_mesmo_identificador() -> Result<()> {
    let livro = com_features::livro()?;
    let saida = montar(livro.path(), Path::new("a b/um.epub"))?;
    assert!(
        saida.status.success(),
        "{}",
        String::from_utf8_lossy(&saida.stderr)
    );
    let identificador = |textos: &BTreeMap<String, String>| {
        achados(
            r#"<dc:identifier id="livro">([^<]+)<"#,
            &textos["OEBPS/content.opf"],
        )[0]
        .to_string()
    };
    let pequeno = textos(&livro.path().join("a b/um.epub"))?;
    assert_eq!(identificador(&pequeno), identificador(&textos(epub()?)?));
    assert!(
        conferir(&livro.path().join("a b/um.epub"))?
            .status
            .success()
    );
    Ok(())
}

fn o_que_falha_nao_toca_no_que_havia() -> Result<()> {
    let livro = com_features::livro()?;
    let pasta = livro.path().join("saida");
    fs::create_dir(&pasta)?;
    let epub = pasta.join("livro.epub");
    let ontem = "PK\u{3}\u{4}o de ontem";
    fs::write(&epub, ontem)?;
    fs::write(
        livro.path().join("book/src/um.md"),
        "# Um\n\n[x](nada.md)\n",
    )?;
    let saida = montar(livro.path(), &epub)?;
    let erros = String::from_utf8_lossy(&saida.stderr);
    assert_eq!(saida.status.code(), Some(1), "{erros}");
    assert!(erros.contains("book/src/um.md:3: "), "{erros}");
    assert_eq!(fs::read_to_string(&epub)?, ontem);
    assert_eq!(fs::read_dir(&pasta)?.count(), 1, "deixou restos");
    for (destino, palavras) in [
        ("saida", "é uma pasta"),
        ("book/x.epub", "fica dentro de book/"),
    ] {
        let saida = montar(livro.path(), Path::new(destino))?;
        let erros = String::from_utf8_lossy(&saida.stderr);
        assert_eq!(saida.status.code(), Some(2), "{erros}");
        assert!(erros.contains(palavras), "{erros}");
    }
    Ok(())
}
