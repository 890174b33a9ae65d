//! O PDF do livro: o que o papel promete, e o que acontece quando ele não sai.
//!
//! O livro de verdade se imprime uma vez só, e todas as provas olham o mesmo PDF. Elas
//! precisam de um Chromium e do `pdftotext` do Poppler: onde faltam, saem como ignoradas, e
//! com `EXIGIR_TUDO=1` a falta é falha.

mod comum;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use lopdf::{Document, Object, decode_text_string};
use tempfile::TempDir;

use comum::{copiar, editora, erros, raiz};

fn main() {
    let argumentos = Arguments::from_args();
    let mut provas = vec![
        prova("toda_pagina_e_a4", toda_pagina_e_a4),
        prova("a_capa_diz_o_que_o_livro_e", a_capa_diz_o_que_o_livro_e),
        prova("o_sumario_diz_a_pagina_certa", o_sumario_diz_a_pagina_certa),
        prova("os_marcadores_sao_o_sumario", os_marcadores_sao_o_sumario),
        prova(
            "toda_ligacao_leva_a_algum_lugar",
            toda_ligacao_leva_a_algum_lugar,
        ),
        prova("as_propriedades_do_arquivo", as_propriedades_do_arquivo),
        prova(
            "nenhuma_linha_de_codigo_se_parte",
            nenhuma_linha_de_codigo_se_parte,
        ),
        prova(
            "os_terminais_ficam_lado_a_lado",
            os_terminais_ficam_lado_a_lado,
        ),
        prova("nada_passa_da_margem", nada_passa_da_margem),
        Trial::test("sem_navegador_diz_o_que_fazer", || Ok(sem_navegador()?)),
        Trial::test("um_destino_que_e_pasta_nao_serve", || {
            Ok(destino_que_e_pasta()?)
        }),
    ];
    #[cfg(unix)]
    provas.extend([
        Trial::test("o_navegador_que_trava_cai_no_prazo", || Ok(falso::trava()?)),
        Trial::test("quem_desiste_nao_deixa_nada", || Ok(falso::desistencia()?)),
        Trial::test("o_navegador_que_falha_e_ouvido", || Ok(falso::falha()?)),
        Trial::test("um_pdf_pela_metade_nao_vale", || Ok(falso::metade()?)),
    ]);
    libtest_mimic::run(&argumentos, provas).exit();
}

type Resultado = Result<(), String>;

/// Falha com a frase, se não for verdade.
fn exigir(certo: bool, frase: impl FnOnce() -> String) -> Resultado {
    if certo { Ok(()) } else { Err(frase()) }
}

/// Quantos segundos se espera por cada impressão do livro inteiro: muitos, porque a máquina
/// pode ser lenta, ou estar ocupada.
const PRAZO_DE_UMA_IMPRESSAO: &str = "1800";

/// O livro impresso, e o que se tira dele.
struct Impresso {
    pdf: Document,
    /// O texto de cada página, com as colunas no lugar.
    paginas: Vec<String>,
    /// A página de impressão de que ele saiu.
    html: String,
    /// As palavras de cada página: os lados esquerdo e direito, em pontos.
    larguras: Vec<Vec<(f64, f64, String)>>,
}

/// Por que não há livro impresso.
#[derive(Clone)]
enum Sem {
    Ferramenta(String),
    Erro(String),
}

fn impresso() -> Result<&'static Impresso, Sem> {
    static IMPRESSO: OnceLock<Result<Impresso, Sem>> = OnceLock::new();
    IMPRESSO
        .get_or_init(imprimir)
        .as_ref()
        .map_err(Clone::clone)
}

fn imprimir() -> Result<Impresso, Sem> {
    let erro = |o_que: &str| {
        let o_que = o_que.to_string();
        move |erro: std::io::Error| Sem::Erro(format!("{o_que}: {erro}"))
    };
    provas::exigir(&["pdftotext"]).map_err(|falta| Sem::Ferramenta(falta.to_string()))?;
    // O que o Git traz no Windows é outro: não sabe medir, nem escreve em UTF-8.
    let versao = Command::new("pdftotext").arg("-v").output();
    let versao = versao.map_err(erro("o pdftotext não rodou"))?.stderr;
    if !String::from_utf8_lossy(&versao).contains("Poppler") {
        return Err(Sem::Ferramenta(
            "o pdftotext daqui não é o do Poppler".into(),
        ));
    }
    let pasta = tempfile::tempdir().map_err(erro("sem pasta"))?;
    let arquivo = pasta.path().join("nova/livro.pdf");
    let saida = editora(raiz())
        .args(["pdf", "--prazo", PRAZO_DE_UMA_IMPRESSAO, "--destino"])
        .arg(&arquivo)
        .output()
        .map_err(erro("a editora não rodou"))?;
    if !saida.status.success() {
        let dito = erros(&saida);
        return Err(if dito.contains("não achei nenhum") {
            Sem::Ferramenta("não há Chromium nesta máquina".into())
        } else {
            Sem::Erro(dito)
        });
    }
    let montado = pasta.path().join("livro");
    let construida = editora(raiz())
        .args(["construir", "--destino"])
        .arg(&montado)
        .output()
        .map_err(erro("a editora não rodou"))?;
    if !construida.status.success() {
        return Err(Sem::Erro(erros(&construida)));
    }
    Ok(Impresso {
        pdf: Document::load(&arquivo).map_err(|erro| Sem::Erro(erro.to_string()))?,
        paginas: pdftotext(&arquivo, "-layout")?
            .split('\u{c}')
            .map(str::to_string)
            .collect(),
        larguras: larguras(&pdftotext(&arquivo, "-bbox")?),
        html: fs::read_to_string(montado.join("print.html")).map_err(erro("sem print.html"))?,
    })
}

fn pdftotext(pdf: &Path, modo: &str) -> Result<String, Sem> {
    let saida = Command::new("pdftotext")
        .arg(modo)
        .arg(pdf)
        .arg("-")
        .output()
        .map_err(|erro| Sem::Erro(format!("o pdftotext não rodou: {erro}")))?;
    if !saida.status.success() {
        return Err(Sem::Erro(format!("o pdftotext {modo} não leu o PDF")));
    }
    String::from_utf8(saida.stdout).map_err(|erro| Sem::Erro(erro.to_string()))
}

/// As palavras que `pdftotext -bbox` achou em cada página.
fn larguras(texto: &str) -> Vec<Vec<(f64, f64, String)>> {
    let mut paginas = Vec::new();
    for linha in texto.lines() {
        if linha.trim_start().starts_with("<page ") {
            paginas.push(Vec::new());
        }
        let medida = |nome: &str| -> Option<f64> {
            let (_, resto) = linha.split_once(&format!("{nome}=\""))?;
            resto.split_once('"')?.0.parse().ok()
        };
        if let (Some(pagina), Some(esquerda), Some(direita), Some((_, palavra))) = (
            paginas.last_mut(),
            medida("xMin"),
            medida("xMax"),
            linha.split_once("\">"),
        ) {
            pagina.push((esquerda, direita, palavra.to_string()));
        }
    }
    paginas
}

/// Uma prova sobre o livro impresso.
fn prova(nome: &str, conferir: fn(&Impresso) -> Resultado) -> Trial {
    Trial::ignorable_test(nome, move || match impresso() {
        Ok(livro) => {
            conferir(livro)?;
            Ok(Completion::Completed)
        }
        Err(Sem::Erro(erro)) => Err(Failed::from(erro)),
        Err(Sem::Ferramenta(falta)) if provas::ferramentas::exigir_tudo() => {
            Err(format!("{falta}, e EXIGIR_TUDO=1 não deixa ignorar").into())
        }
        Err(Sem::Ferramenta(falta)) => Ok(Completion::ignored_with(falta)),
    })
}

fn toda_pagina_e_a4(livro: &Impresso) -> Resultado {
    let paginas = livro.pdf.get_pages();
    exigir(paginas.len() > 300, || {
        format!("só {} páginas", paginas.len())
    })?;
    for (numero, pagina) in paginas {
        let pagina = livro
            .pdf
            .get_dictionary(pagina)
            .map_err(|e| e.to_string())?;
        let caixa = pagina.get(b"MediaBox").and_then(Object::as_array);
        let caixa: Vec<f32> = caixa
            .map_err(|e| e.to_string())?
            .iter()
            .filter_map(|medida| medida.as_float().ok())
            .collect();
        let certa = matches!(caixa[..], [0.0, 0.0, x, y]
            if (x - 595.28).abs() < 1.0 && (y - 841.89).abs() < 1.0);
        exigir(certa, || format!("a página {numero} mede {caixa:?}"))?;
    }
    Ok(())
}

fn a_capa_diz_o_que_o_livro_e(livro: &Impresso) -> Resultado {
    let capa = em_uma_linha(&livro.paginas[0]);
    let livro_toml: String = fs::read_to_string(raiz().join("book/book.toml")).unwrap();
    let campo = |nome: &str| {
        let linha = livro_toml.lines().find(|linha| linha.starts_with(nome));
        linha.unwrap().split('"').nth(1).unwrap().to_string()
    };
    let versao = format!("Versão {}", env!("CARGO_PKG_VERSION"));
    let (titulo, descricao) = (campo("title"), campo("description"));
    for dito in [&titulo, &descricao, &versao, "CC BY 4.0"] {
        exigir(capa.contains(dito), || {
            format!("falta «{dito}» na capa: {capa}")
        })?;
    }
    Ok(())
}

/// As partes e os capítulos de `SUMMARY.md`: a parte tem o capítulo vazio.
fn sumario() -> Vec<(String, Option<String>)> {
    let texto = fs::read_to_string(raiz().join("book/src/SUMMARY.md")).unwrap();
    let mut linhas = texto.lines();
    linhas.next();
    let mut entradas = Vec::new();
    for linha in linhas {
        if let Some(parte) = linha.strip_prefix("# ") {
            entradas.push((parte.to_string(), None));
        } else if let Some((titulo, caminho)) = linha
            .strip_prefix("- [")
            .and_then(|linha| linha.split_once("]("))
        {
            entradas.push((
                titulo.to_string(),
                Some(caminho.trim_end_matches(')').to_string()),
            ));
        }
    }
    entradas
}

/// Os títulos `##` de uma página, como eles se leem.
fn secoes(caminho: &str) -> Vec<String> {
    let texto = fs::read_to_string(raiz().join("book/src").join(caminho)).unwrap();
    let mut cercado = false;
    let mut achadas = Vec::new();
    for linha in texto.lines() {
        cercado ^= linha.starts_with("```");
        if let (false, Some(titulo)) = (cercado, linha.strip_prefix("## ")) {
            let titulo = titulo
                .split_once(" {#")
                .map_or(titulo, |(titulo, _)| titulo);
            achadas.push(titulo.replace(['`', '*'], ""));
        }
    }
    achadas
}

fn o_sumario_diz_a_pagina_certa(livro: &Impresso) -> Resultado {
    let primeiro = livro
        .paginas
        .iter()
        .skip(1)
        .position(|pagina| pagina.contains("PARTE 0") && !em_uma_linha(pagina).contains("PARTE 1"))
        .ok_or("não achei a abertura da primeira parte")?
        + 1;
    let mut texto = String::new();
    for pagina in &livro.paginas[1..primeiro] {
        // O cabeçalho e o número da própria página não são do sumário.
        let mut linhas: Vec<&str> = pagina
            .lines()
            .filter(|linha| !linha.trim().is_empty())
            .collect();
        linhas.pop();
        for linha in linhas.iter().skip(1) {
            texto.push_str(linha);
            texto.push('\n');
        }
    }
    let texto = em_uma_linha(&texto);
    let mut resto = texto.as_str();
    let mut anterior = 0;
    let mut conferidos = 0;
    let mut procurar = |titulo: &str| -> Resultado {
        let titulo = em_uma_linha(titulo);
        let (_, depois) = resto
            .split_once(&titulo)
            .ok_or_else(|| format!("o sumário não tem «{titulo}» em: {resto:.300}"))?;
        resto = depois;
        let numero: String = depois
            .trim_start()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let numero: usize = numero
            .parse()
            .map_err(|_| format!("«{titulo}» está sem página no sumário: {depois:.60}"))?;
        let pagina = livro
            .paginas
            .get(numero - 1)
            .map(|pagina| em_uma_linha(pagina));
        exigir(
            pagina.is_some_and(|pagina| pagina.contains(&titulo)),
            || format!("o sumário põe «{titulo}» na página {numero}, e ele não está lá"),
        )?;
        exigir(numero >= anterior, || {
            format!("«{titulo}» volta para a página {numero}")
        })?;
        anterior = numero;
        conferidos += 1;
        Ok(())
    };
    for (titulo, caminho) in sumario() {
        procurar(&titulo)?;
        for secao in caminho.iter().flat_map(|caminho| secoes(caminho)) {
            procurar(&secao)?;
        }
    }
    exigir(conferidos > 300, || {
        format!("só {conferidos} títulos no sumário")
    })
}

fn os_marcadores_sao_o_sumario(livro: &Impresso) -> Resultado {
    let mut marcadores = Vec::new();
    let raiz = livro
        .pdf
        .catalog()
        .and_then(|catalogo| catalogo.get(b"Outlines"));
    let raiz = raiz.map_err(|e| e.to_string())?.clone();
    marcadores_de(&livro.pdf, &raiz, 0, &mut marcadores)?;
    let mut resto = marcadores.iter();
    for (titulo, caminho) in sumario() {
        let nivel = if caminho.is_some() { 2 } else { 1 };
        exigir(
            resto.any(|marcador| *marcador == (nivel, titulo.clone())),
            || format!("falta «{titulo}», no nível {nivel}, nos marcadores, ou está fora de ordem"),
        )?;
    }
    let primeira = secoes("inicio/o-que-sao-sockets.md").remove(0);
    exigir(marcadores.contains(&(3, primeira.clone())), || {
        format!("falta a seção «{primeira}»")
    })
}

/// Os marcadores abaixo de `pai`, com o nível de cada um.
fn marcadores_de(
    pdf: &Document,
    pai: &Object,
    nivel: usize,
    achados: &mut Vec<(usize, String)>,
) -> Resultado {
    let pai = pdf
        .dereference(pai)
        .and_then(|(_, pai)| pai.as_dict().cloned());
    let mut proximo = pai.map_err(|e| e.to_string())?.get(b"First").ok().cloned();
    while let Some(marcador) = proximo {
        let dados = pdf
            .dereference(&marcador)
            .and_then(|(_, dados)| dados.as_dict().cloned());
        let dados = dados.map_err(|e| e.to_string())?;
        let titulo = dados.get(b"Title").and_then(decode_text_string);
        achados.push((nivel + 1, em_uma_linha(&titulo.map_err(|e| e.to_string())?)));
        marcadores_de(pdf, &marcador, nivel + 1, achados)?;
        proximo = dados.get(b"Next").ok().cloned();
    }
    Ok(())
}

fn toda_ligacao_leva_a_algum_lugar(livro: &Impresso) -> Resultado {
    let pdf = &livro.pdf;
    let destinos = pdf.catalog().and_then(|catalogo| catalogo.get(b"Dests"));
    let destinos = destinos.and_then(|destinos| pdf.dereference(destinos));
    let (_, destinos) = destinos.map_err(|e| e.to_string())?;
    let destinos = destinos.as_dict().map_err(|e| e.to_string())?;
    let paginas: Vec<_> = pdf.get_pages().into_values().collect();
    let (mut de_dentro, mut de_fora) = (0, 0);
    for anotacao in pdf
        .objects
        .values()
        .filter_map(|objeto| objeto.as_dict().ok())
    {
        if anotacao.get(b"Subtype").and_then(Object::as_name).ok() != Some(b"Link") {
            continue;
        }
        if let Ok(nome) = anotacao.get(b"Dest").and_then(Object::as_name) {
            let destino = destinos
                .get(nome)
                .and_then(|destino| pdf.dereference(destino));
            let pagina = destino
                .ok()
                .and_then(|(_, destino)| destino.as_array().ok()?.first()?.as_reference().ok());
            let mostrado = String::from_utf8_lossy(nome);
            exigir(
                pagina.is_some_and(|pagina| paginas.contains(&pagina)),
                || format!("a ligação para «{mostrado}» não leva a página nenhuma"),
            )?;
            de_dentro += 1;
        } else {
            let endereco = anotacao
                .get(b"A")
                .and_then(|acao| pdf.dereference(acao))
                .and_then(|(_, acao)| acao.as_dict()?.get(b"URI")?.as_str())
                .map_err(|_| format!("uma ligação não leva a nada: {anotacao:?}"))?;
            let endereco = String::from_utf8_lossy(endereco);
            exigir(endereco.starts_with("https://"), || {
                format!("uma ligação leva a {endereco}")
            })?;
            de_fora += 1;
        }
    }
    exigir(de_dentro > 500 && de_fora > 50, || {
        format!("só {de_dentro} ligações de dentro e {de_fora} de fora")
    })
}

fn as_propriedades_do_arquivo(livro: &Impresso) -> Resultado {
    let pdf = &livro.pdf;
    let propriedades = pdf
        .trailer
        .get(b"Info")
        .and_then(|objeto| pdf.dereference(objeto))
        .and_then(|(_, objeto)| objeto.as_dict());
    let propriedades = propriedades.map_err(|e| e.to_string())?;
    let propriedade = |nome: &str| {
        let valor = propriedades
            .get(nome.as_bytes())
            .and_then(decode_text_string);
        valor.unwrap_or_default()
    };
    for (nome, valor) in [
        ("Title", "Sockets"),
        ("Author", "As pessoas que contribuem"),
        ("Subject", "chat TCP/UDP"),
        ("Creator", env!("CARGO_PKG_VERSION")),
    ] {
        let dito = propriedade(nome);
        exigir(dito.contains(valor), || format!("{nome}: «{dito}»"))?;
    }
    let catalogo = pdf.catalog().map_err(|e| e.to_string())?;
    let idioma = catalogo.get(b"Lang").and_then(Object::as_str).ok();
    exigir(idioma == Some(b"pt-BR"), || format!("idioma: {idioma:?}"))?;
    let etiquetado = catalogo.has(b"StructTreeRoot") && catalogo.has(b"MarkInfo");
    exigir(etiquetado, || "o PDF não é etiquetado".into())?;
    let modo = catalogo.get(b"PageMode").and_then(Object::as_name).ok();
    exigir(modo == Some(b"UseOutlines"), || {
        format!("ao abrir: {modo:?}")
    })
}

/// Quantas colunas de código cabem na largura da página: as que o rustfmt permite.
const COLUNAS: usize = 100;

fn nenhuma_linha_de_codigo_se_parte(livro: &Impresso) -> Resultado {
    // O papel põe uma listagem por linha: só os espaços mudam.
    let papel = livro.paginas.join("\n");
    let papel: String = papel
        .lines()
        .map(|linha| sem_espacos(linha) + "\n")
        .collect();
    let emendado = papel.replace('\n', "");
    let mut conferidas = 0;
    let mut partidas = Vec::new();
    for listagem in livro.html.split(r#"<figure class="listagem""#).skip(1) {
        let codigo = listagem
            .split_once("<pre")
            .and_then(|(_, resto)| resto.split_once("<code"))
            .and_then(|(_, resto)| resto.split_once('>')?.1.split_once("</code>"));
        let (codigo, _) = codigo.ok_or("uma listagem sem código")?;
        for linha in desescapar(codigo).lines() {
            // A que passa das colunas que cabem na página se parte, mas não se corta.
            let cabe = linha.chars().count() <= COLUNAS;
            let linha = sem_espacos(linha);
            conferidas += 1;
            let inteira = papel.contains(&linha) || (!cabe && emendado.contains(&linha));
            if !inteira {
                partidas.push(linha);
            }
        }
    }
    exigir(conferidas > 1000, || {
        format!("só {conferidas} linhas de código")
    })?;
    exigir(partidas.is_empty(), || {
        format!(
            "{} linhas partidas ou sumidas:\n{}",
            partidas.len(),
            partidas.join("\n")
        )
    })
}

fn os_terminais_ficam_lado_a_lado(livro: &Impresso) -> Resultado {
    let linhas: Vec<String> = livro
        .paginas
        .iter()
        .flat_map(|pagina| pagina.lines())
        .map(em_uma_linha)
        .collect();
    let mut cenas = 0;
    for cena in livro.html.split(r#"data-terminais="2""#).skip(1) {
        let nomes: Vec<String> = cena
            .split(r#"<p class="terminal-nome""#)
            .skip(1)
            .take(2)
            .filter_map(|nome| Some(nome.split_once('>')?.1.split_once("</p>")?.0))
            .map(|nome| em_uma_linha(&desescapar(nome)))
            .collect();
        let juntos = nomes.join(" ");
        exigir(linhas.iter().any(|linha| linha.contains(&juntos)), || {
            format!("os terminais não estão lado a lado: {nomes:?}")
        })?;
        cenas += 1;
    }
    exigir(cenas > 50, || format!("só {cenas} cenas de dois terminais"))
}

fn nada_passa_da_margem(livro: &Impresso) -> Resultado {
    // As margens de 18 mm, com um ponto de folga.
    let (esquerda, direita) = (50.0, 545.3);
    let mut fora = BTreeMap::new();
    for (numero, palavras) in livro.larguras.iter().enumerate().skip(1) {
        for (comeco, fim, palavra) in palavras {
            if *comeco < esquerda || *fim > direita {
                fora.entry(numero + 1)
                    .or_insert_with(Vec::new)
                    .push(palavra);
            }
        }
    }
    exigir(livro.larguras.len() > 300, || {
        "faltam páginas ao pdftotext".into()
    })?;
    exigir(fora.is_empty(), || {
        format!("passam da margem, por página: {fora:?}")
    })
}

fn em_uma_linha(texto: &str) -> String {
    texto.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sem_espacos(texto: &str) -> String {
    texto
        .chars()
        .filter(|letra| !letra.is_whitespace())
        .collect()
}

/// O texto que um pedaço de HTML mostra.
fn desescapar(html: &str) -> String {
    let mut texto = String::new();
    let mut dentro = false;
    for letra in html.chars() {
        match letra {
            '<' => dentro = true,
            '>' if dentro => dentro = false,
            _ if dentro => {}
            _ => texto.push(letra),
        }
    }
    texto
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

/// Um livro de uma página, com o tema de verdade.
fn livro_de_uma_pagina() -> TempDir {
    let pasta = tempfile::tempdir().unwrap();
    copiar(&raiz().join("book/tema"), &pasta.path().join("book/tema"));
    let src = pasta.path().join("book/src");
    fs::create_dir_all(&src).unwrap();
    fs::copy(
        raiz().join("book/book.toml"),
        pasta.path().join("book/book.toml"),
    )
    .unwrap();
    fs::write(
        src.join("SUMMARY.md"),
        "# Sumário\n\n# Parte\n\n- [Um](um.md)\n",
    )
    .unwrap();
    fs::write(src.join("um.md"), "# Um\n\nOlá.\n").unwrap();
    fs::write(src.join("404.md"), "# Nada {#nada}\n\nVolte.\n").unwrap();
    pasta
}

/// O que ficou em `target`, por ordem.
fn em_target(livro: &Path) -> Vec<String> {
    let entradas = fs::read_dir(livro.join("target"));
    let mut nomes: Vec<String> = entradas
        .into_iter()
        .flatten()
        .map(|entrada| entrada.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    nomes.sort();
    nomes
}

fn sem_navegador() -> Resultado {
    let livro = livro_de_uma_pagina();
    let vazia = tempfile::tempdir().map_err(|e| e.to_string())?;
    let saida = editora(livro.path())
        .arg("pdf")
        .env("SOCKETS_CHROMIUM", vazia.path().join("chromium"))
        .output()
        .map_err(|e| e.to_string())?;
    let dito = erros(&saida);
    exigir(saida.status.code() == Some(1), || {
        format!("{:?}: {dito}", saida.status)
    })?;
    exigir(
        dito.lines().count() == 1 && dito.contains("SOCKETS_CHROMIUM"),
        || dito.clone(),
    )?;
    exigir(em_target(livro.path()).is_empty(), || {
        "algo ficou em target".into()
    })?;
    if Path::new("/snap/bin/chromium").exists() || cfg!(target_os = "macos") {
        return Ok(());
    }
    let saida = editora(livro.path())
        .arg("pdf")
        .env("PATH", vazia.path())
        .env_remove("SOCKETS_CHROMIUM")
        .env_remove("ProgramFiles")
        .env_remove("ProgramFiles(x86)")
        .env_remove("LocalAppData")
        .output()
        .map_err(|e| e.to_string())?;
    let dito = erros(&saida);
    exigir(saida.status.code() == Some(1), || {
        format!("{:?}: {dito}", saida.status)
    })?;
    for palavra in ["não achei nenhum", "PATH", "Instale", "SOCKETS_CHROMIUM"] {
        exigir(dito.contains(palavra), || {
            format!("falta «{palavra}»: {dito}")
        })?;
    }
    exigir(em_target(livro.path()).is_empty(), || {
        "algo ficou em target".into()
    })
}

fn destino_que_e_pasta() -> Resultado {
    let livro = livro_de_uma_pagina();
    let saida = editora(livro.path())
        .args(["pdf", "--destino", "book"])
        .env(
            "SOCKETS_CHROMIUM",
            env::current_exe().map_err(|e| e.to_string())?,
        )
        .output()
        .map_err(|e| e.to_string())?;
    let dito = erros(&saida);
    exigir(
        saida.status.code() == Some(2) && dito.contains("é uma pasta"),
        || dito.clone(),
    )
}

/// Navegadores de mentira.
#[cfg(unix)]
mod falso {
    use std::time::{Duration, Instant};

    use provas::Filho;

    use super::{
        Command, Resultado, TempDir, editora, em_target, erros, exigir, fs, livro_de_uma_pagina,
    };

    const ANTERIOR: &str = "%PDF-1.7 o de ontem";

    /// Nenhuma espera passa disto.
    const PRAZO: Duration = Duration::from_secs(120);

    /// Um livro com um PDF de ontem e um navegador que faz o que `roteiro` diz.
    fn preparar(roteiro: &str) -> Result<(TempDir, Command), String> {
        let livro = livro_de_uma_pagina();
        let navegador = livro.path().join("navegador");
        let texto = livro.path().join("roteiro");
        fs::write(&texto, format!("#!/bin/sh\n{roteiro}\n")).map_err(|e| e.to_string())?;
        // Quem escreve o que se vai rodar é outro processo: um filho que outra prova começasse
        // agora ficaria com o arquivo aberto, e o sistema não roda o que alguém ainda escreve.
        let copia = Command::new("install")
            .args(["-m", "755"])
            .args([&texto, &navegador])
            .status();
        exigir(copia.is_ok_and(|fim| fim.success()), || {
            "o install não rodou".into()
        })?;
        fs::write(livro.path().join("livro.pdf"), ANTERIOR).map_err(|e| e.to_string())?;
        let mut comando = editora(livro.path());
        comando
            .args(["pdf", "--destino", "livro.pdf"])
            .env("SOCKETS_CHROMIUM", navegador)
            .env("VIVOS", livro.path().join("vivos"));
        Ok((livro, comando))
    }

    /// Nada mudou: o PDF de ontem está lá, a oficina não, e ninguém ficou vivo.
    fn nada_mudou(livro: &TempDir, codigo: Option<i32>, dito: &str) -> Resultado {
        exigir(codigo == Some(1), || format!("{codigo:?}: {dito}"))?;
        let pdf = fs::read_to_string(livro.path().join("livro.pdf")).unwrap_or_default();
        exigir(pdf == ANTERIOR, || "o PDF de ontem se perdeu".into())?;
        exigir(em_target(livro.path()).is_empty(), || {
            "algo ficou em target".into()
        })?;
        let vivos = fs::read_to_string(livro.path().join("vivos")).unwrap_or_default();
        let limite = Instant::now() + PRAZO;
        for processo in vivos.split_whitespace() {
            // Quem já foi morto leva um instante para sumir.
            while vive(processo) {
                exigir(Instant::now() < limite, || {
                    format!("o processo {processo} sobrou")
                })?;
                std::thread::yield_now();
            }
        }
        let sobras = fs::read_dir(livro.path()).unwrap().flatten();
        let sobras: Vec<_> = sobras
            .map(|entrada| entrada.file_name().to_string_lossy().into_owned())
            .filter(|nome| nome.starts_with(".sockets-"))
            .collect();
        exigir(sobras.is_empty(), || format!("sobrou {sobras:?}"))
    }

    /// Se um processo ainda roda. O que espera que o pai o colha já não roda.
    fn vive(processo: &str) -> bool {
        let estado = Command::new("ps")
            .args(["-o", "stat=", "-p", processo])
            .output();
        estado.is_ok_and(|saida| {
            let estado = String::from_utf8_lossy(&saida.stdout).trim().to_string();
            !estado.is_empty() && !estado.starts_with('Z')
        })
    }

    const ETERNO: &str = "sleep 1000 & echo $$ $! > \"$VIVOS.novo\"; mv \"$VIVOS.novo\" \"$VIVOS\"\n\
                          echo estou pensando; wait";

    pub fn trava() -> Resultado {
        let (livro, mut comando) = preparar(ETERNO)?;
        let saida = comando
            .args(["--prazo", "10"])
            .output()
            .map_err(|e| e.to_string())?;
        let dito = erros(&saida);
        nada_mudou(&livro, saida.status.code(), &dito)?;
        for palavra in [
            "não acabou de imprimir em 10 s",
            "--prazo",
            "estou pensando",
        ] {
            exigir(dito.contains(palavra), || {
                format!("falta «{palavra}»: {dito}")
            })?;
        }
        exigir(livro.path().join("vivos").exists(), || {
            "o navegador nem começou".into()
        })
    }

    pub fn desistencia() -> Resultado {
        let (livro, comando) = preparar(ETERNO)?;
        let processo = Filho::rodar("editora pdf", comando).map_err(|falha| falha.to_string())?;
        let mut processo = processo.com_prazo(PRAZO);
        let limite = Instant::now() + PRAZO;
        while !livro.path().join("vivos").exists() {
            exigir(Instant::now() < limite, || {
                format!("o navegador não começou em {PRAZO:?}: {}", processo.tudo())
            })?;
            std::thread::yield_now();
        }
        let numero = processo.pid().to_string();
        let sinal = Command::new("kill").args(["-TERM", &numero]).status();
        exigir(sinal.is_ok_and(|fim| fim.success()), || {
            "o kill não rodou".into()
        })?;
        let fim = processo.esperar_fim().map_err(|falha| falha.to_string())?;
        let dito = processo.tudo();
        nada_mudou(&livro, Some(fim), &dito)?;
        exigir(dito.contains("interrompido"), || dito)
    }

    pub fn falha() -> Resultado {
        let (livro, mut comando) = preparar("echo não sei abrir isso >&2; exit 7")?;
        let saida = comando.output().map_err(|e| e.to_string())?;
        let dito = erros(&saida);
        nada_mudou(&livro, saida.status.code(), &dito)?;
        for palavra in [
            "não imprimiu o livro",
            "não sei abrir isso",
            "SOCKETS_CHROMIUM",
        ] {
            exigir(dito.contains(palavra), || {
                format!("falta «{palavra}»: {dito}")
            })?;
        }
        Ok(())
    }

    pub fn metade() -> Resultado {
        let roteiro = "for o; do case $o in --print-to-pdf=*) printf '%%PDF-1.4 e parou no meio do \
                       caminho' > \"${o#*=}\";; esac; done";
        let (livro, mut comando) = preparar(roteiro)?;
        let saida = comando.output().map_err(|e| e.to_string())?;
        let dito = erros(&saida);
        nada_mudou(&livro, saida.status.code(), &dito)?;
        exigir(dito.contains("não imprimiu o livro"), || dito)
    }
}
