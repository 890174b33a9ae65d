//! O que o livro promete, conferido: nas fontes, com arquivo e linha, e na saída.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use cena::Acao;
use regex::Regex;

use crate::atlas;
use crate::captura;
use crate::dados::conta::Defeito;
use crate::dados::numeros::{self, Forma, Nome};
use crate::dados::{MEDIDAS, publicado};
use crate::diretivas::{Linhas, Pedido};
use crate::enderecos::{self, da_rede, decodificar, relativo};
use crate::execucao;
use crate::exercicios::{self, ARQUIVO as ARQUIVO_DOS_EXERCICIOS};
use crate::glossario::{self, Deslize, Glossario};
use crate::html::{self, Etiqueta};
use crate::lista::arquivos;
use crate::listagem;
use crate::material::Material;
use crate::paginas::Pagina;
use crate::perguntas;
use crate::problema::Problema;
use crate::realce;
use crate::referencias::{self, Especie, Referencias};

/// Um programa do livro em um comando: `--example NOME` ou o executável dele.
static CHAMADA_DE_EXEMPLO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:--example[ \t\r\n=]+|target/debug/examples/)([A-Za-z0-9_-]+)")
        .expect("a expressão é constante")
});

/// Um arquivo do projeto em um comando.
static ARQUIVO_DO_PROJETO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:tests|examples|book)/[A-Za-z0-9_./-]*[A-Za-z0-9_]")
        .expect("a expressão é constante")
});

/// O sumário.
pub const SUMARIO: &str = "book/src/SUMMARY.md";

/// A página de erro, que o mdBook usa sem que ela esteja no sumário.
const PAGINA_DE_ERRO: &str = "404.md";

/// O que pode haver em `book/src`: páginas, imagens e dados que se baixam.
const TIPOS_EM_SRC: &[&str] = &["md", "png", "jpg", "webp", "csv", "pcapng"];

/// A tabela em que o `medir` anota o que fez: não é de nenhum capítulo.
const REGISTRO: &str = "passos";

/// Páginas que o mdBook escreve sem que haja um Markdown com o nome delas.
const GERADAS: &[&str] = &["index.html", "print.html"];

/// Os problemas que se veem nas fontes.
pub fn fontes(material: &Material) -> Vec<Problema> {
    let mut problemas = material.problemas.clone();
    let mut uso = Uso::default();
    for pagina in material.paginas.values() {
        problemas.extend(pagina.problemas.iter().cloned());
        ligacoes(material, pagina, &mut uso, &mut problemas);
        diretivas(material, pagina, &mut uso, &mut problemas);
        chamadas_de_exemplos(material, &pagina.arquivo(), &pagina.texto, &mut problemas);
        uso.rodados.extend(exemplos_rodados(&pagina.texto));
    }
    for (nome, cena) in &material.cenas {
        let arquivo = format!("book/cenas/{nome}.cena");
        for passo in cena.iter().flat_map(|cena| &cena.passos) {
            if let Acao::Comando(comando) = &passo.acao {
                uso.rodados.extend(exemplos_rodados(comando));
                for falta in faltas_do_comando(material, comando) {
                    problemas.push(Problema::novo(&*arquivo, passo.linha, falta));
                }
            }
        }
    }
    if let Some(glossario) = &material.glossario {
        termos(material, glossario, &mut problemas);
        grafias(material, glossario, &mut problemas);
    }
    if let Some(referencias) = &material.referencias {
        citacoes(material, referencias, &mut problemas);
    }
    problemas.extend(atlas::conferir(
        material,
        &|pagina, destino| ligacao(material, pagina, destino),
        &|comando| faltas_do_comando(material, comando),
    ));
    let leva = |pagina: &Pagina, destino: &str| ligacao(material, pagina, destino);
    problemas.extend(perguntas::conferir(material, &leva));
    problemas.extend(exercicios::conferir(material, &leva));
    sem_uso(material, &uso, &mut problemas);
    soltos(material, &mut problemas);
    problemas
}

/// O que os capítulos usam.
#[derive(Default)]
struct Uso {
    arquivos: BTreeSet<String>,
    figuras: BTreeSet<String>,
    cenas: BTreeSet<String>,
    /// Os programas que um comando roda.
    rodados: BTreeSet<String>,
    numeros: BTreeSet<Nome>,
    graficos: BTreeSet<String>,
    execucoes: BTreeSet<String>,
    capturas: BTreeSet<String>,
    /// As tabelas que uma página oferece.
    tabelas: BTreeSet<String>,
    glossario: bool,
    referencias: Vec<Especie>,
}

/// O que está errado no sumário: ele e as páginas têm de ser os mesmos.
pub fn sumario(material: &Material) -> Vec<Problema> {
    let mut problemas = Vec::new();
    let mut acusar =
        |linha: usize, texto: String| problemas.push(Problema::novo(SUMARIO, linha, texto));
    let mut no_sumario = BTreeSet::new();
    for (destino, linha) in &material.sumario.ligacoes {
        if destino.is_empty() {
            acusar(*linha, "o capítulo não tem arquivo".into());
        } else if !material.paginas.contains_key(destino) {
            acusar(
                *linha,
                format!("o capítulo «{destino}» não existe em book/src"),
            );
        } else if !no_sumario.insert(destino.as_str()) {
            acusar(*linha, format!("o capítulo «{destino}» aparece duas vezes"));
        }
    }
    for achada in material.sumario.diretivas() {
        acusar(achada.linha, "o sumário não leva diretivas".into());
    }
    if !material.paginas.contains_key(PAGINA_DE_ERRO) {
        acusar(
            1,
            format!("falta book/src/{PAGINA_DE_ERRO}, a página de quem se perdeu"),
        );
    }
    for pagina in material.paginas.values() {
        if !no_sumario.contains(pagina.caminho.as_str()) && pagina.caminho != PAGINA_DE_ERRO {
            problemas.push(Problema::novo(
                pagina.arquivo(),
                1,
                "o capítulo não está em SUMMARY.md",
            ));
        }
        if pagina.titulo.is_none() {
            problemas.push(Problema::novo(
                pagina.arquivo(),
                1,
                "a página não tem um título de nível 1 (#)",
            ));
        }
    }
    problemas
}

fn ligacoes(material: &Material, pagina: &Pagina, uso: &mut Uso, problemas: &mut Vec<Problema>) {
    for (destino, linha) in &pagina.ligacoes {
        let alvo = relativo(&pagina.caminho, destino);
        let oferecida = |nome: &&String| alvo.as_deref() == Some(&publicado(nome));
        uso.tabelas
            .extend(material.dados.tabelas.keys().find(oferecida).cloned());
        if let Err(motivo) = ligacao(material, pagina, destino) {
            problemas.push(Problema::novo(
                pagina.arquivo(),
                *linha,
                format!("ligação «{destino}»: {motivo}"),
            ));
        }
    }
}

fn ligacao(material: &Material, pagina: &Pagina, destino: &str) -> Result<(), String> {
    if destino.is_empty() {
        return Err("não leva a lugar nenhum".into());
    }
    let (caminho, fragmento) = destino
        .split_once('#')
        .map_or((destino, None), |(c, f)| (c, Some(f)));
    let alvo = if caminho.is_empty() {
        pagina.caminho.clone()
    } else if caminho.starts_with('/') {
        return Err("um caminho a partir de / só funciona em um servidor; use um relativo".into());
    } else {
        relativo(&pagina.caminho, &decodificar(caminho)).ok_or("sai da pasta do livro")?
    };
    if GERADAS.contains(&alvo.as_str()) || material.publicados().contains_key(&alvo) {
        return Ok(());
    }
    let alvo = match alvo.strip_suffix(".html") {
        Some(base) if !material.arquivos.contains(&alvo) => format!("{base}.md"),
        _ => alvo,
    };
    if !material.arquivos.contains(&alvo) {
        return Err(format!("não existe book/src/{alvo}"));
    }
    let Some(fragmento) = fragmento.filter(|f| !f.is_empty()) else {
        return Ok(());
    };
    let Some(outra) = material.paginas.get(&alvo) else {
        return Ok(());
    };
    let fragmento = decodificar(fragmento);
    if outra.ids.iter().any(|(id, _)| *id == fragmento) {
        Ok(())
    } else {
        Err(format!("{alvo} não tem o id «{fragmento}»"))
    }
}

/// Por que a página não pode mostrar as perguntas dela.
fn falta_de_perguntas(material: &Material, pagina: &Pagina) -> Option<String> {
    let nome = perguntas::nome(&pagina.caminho);
    (!material.perguntas.contains_key(&nome))
        .then(|| format!("não existe {}", perguntas::arquivo(&nome)))
}

/// Por que a página não pode mostrar os exercícios, ou as respostas deles.
fn falta_de_exercicios(
    material: &Material,
    pagina: &Pagina,
    das_respostas: bool,
) -> Option<String> {
    if !material.raiz.join(ARQUIVO_DOS_EXERCICIOS).exists() {
        return Some(format!("não existe {ARQUIVO_DOS_EXERCICIOS}"));
    }
    // Um arquivo com problemas já foi acusado.
    let exercicios = material.exercicios.as_ref()?;
    let nenhum = exercicios.ids(&pagina.caminho, das_respostas).is_empty();
    nenhum.then(|| format!("nenhum exercício de {ARQUIVO_DOS_EXERCICIOS} é daqui"))
}

fn diretivas(material: &Material, pagina: &Pagina, uso: &mut Uso, problemas: &mut Vec<Problema>) {
    for achada in pagina.diretivas() {
        let problema = match achada.pedido {
            Pedido::Figura { nome, opcoes } => {
                uso.figuras.insert(nome.to_string());
                match material.figuras.get(nome) {
                    None => Some(format!("não existe book/figuras/{nome}.pikchr")),
                    Some(figura) => realce::problema(opcoes).or_else(|| {
                        let pedidas = realce::pedidas(opcoes);
                        figura.as_ref()?.sem_a_caixa(nome, &pedidas)
                    }),
                }
            }
            Pedido::Cena(nome) => {
                uso.cenas.insert(nome.to_string());
                (!material.cenas.contains_key(nome))
                    .then(|| format!("não existe book/cenas/{nome}.cena"))
            }
            Pedido::Grafico(nome) => {
                uso.graficos.insert(nome.to_string());
                (!material.graficos.contains_key(nome))
                    .then(|| format!("não existe book/dados/graficos/{nome}.toml"))
            }
            Pedido::Execucao(nome) => {
                uso.execucoes.insert(nome.to_string());
                (!material.execucoes.contains_key(nome))
                    .then(|| format!("não existe {}/{nome}.toml", execucao::PASTA))
            }
            Pedido::Captura(nome) => {
                uso.capturas.insert(nome.to_string());
                (!material.capturas.contains_key(nome))
                    .then(|| format!("não existe {}", captura::arquivo(nome)))
            }
            Pedido::Numero { nome, forma } => {
                match material.dados.numeros.achar(nome, Some(pagina.capitulo())) {
                    Err(Defeito::Acusado) => None,
                    Err(defeito) => Some(defeito.to_string()),
                    Ok(nome) => {
                        let problema = forma_que_falta(material, &nome, forma);
                        uso.numeros.insert(nome);
                        problema
                    }
                }
            }
            Pedido::Perguntas => falta_de_perguntas(material, pagina),
            Pedido::Exercicios => falta_de_exercicios(material, pagina, false),
            Pedido::Respostas => falta_de_exercicios(material, pagina, true),
            Pedido::Ambiente => material.dados.ambiente.html().err(),
            Pedido::Referencias(especie) => {
                uso.referencias.push(especie);
                let existe = material.raiz.join(referencias::ARQUIVO).exists();
                (!existe).then(|| format!("não existe {}", referencias::ARQUIVO))
            }
            Pedido::Glossario { .. } => {
                uso.glossario = true;
                let existe = material.raiz.join(glossario::ARQUIVO).exists();
                (!existe).then(|| format!("não existe {}", glossario::ARQUIVO))
            }
            Pedido::Atlas(familia) => (!familia.is_empty()
                && !material.atlas.contains_key(familia))
            .then(|| format!("não existe {}", atlas::arquivo(familia))),
            Pedido::Listagem { arquivo, ancora } => {
                let problema = parte_que_falta(&material.raiz, &arquivo, ancora);
                uso.arquivos.insert(arquivo);
                problema
            }
            Pedido::Inclusao {
                arquivo,
                parte: Some(parte),
            } if !parte.contains(|c: char| c.is_ascii_alphabetic()) => Some(format!(
                "«{arquivo}:{parte}»: inclua por âncora, porque as linhas mudam de lugar"
            )),
            Pedido::Inclusao { arquivo, .. } if tem_extensao(arquivo, "md") => Some(format!(
                "«{arquivo}»: o que se inclui é programa; um texto incluído ninguém confere"
            )),
            Pedido::Inclusao { arquivo, parte } => {
                let do_capitulo = format!("book/src/{}", pagina.caminho);
                match relativo(&do_capitulo, arquivo) {
                    None => Some(format!("«{arquivo}» sai do projeto")),
                    Some(caminho) => {
                        let problema = parte_que_falta(&material.raiz, &caminho, parte);
                        uso.arquivos.insert(caminho);
                        problema
                    }
                }
            }
            Pedido::Titulo => None,
            Pedido::Desconhecida(nome) => Some(format!(
                "não conheço a diretiva «{nome}»: há listagem, figura, cena, grafico, execucao, \
                 captura, numero, ambiente, atlas, glossario, referencias, perguntas, \
                 exercicios, respostas e include"
            )),
        };
        if let Some(texto) = problema {
            problemas.push(Problema::novo(pagina.arquivo(), achada.linha, texto));
        }
    }
}

/// Por que o número não se mostra na forma que a página pede.
fn forma_que_falta(material: &Material, nome: &Nome, forma: &str) -> Option<String> {
    let Some(forma) = Forma::de(forma) else {
        return Some(format!(
            "«{forma}» não é uma forma de mostrar um número: há puro (sem a unidade) e faixa (do \
             menor ao maior)"
        ));
    };
    // O que não tem valor já foi acusado, onde está definido.
    let mostrado = material.dados.numeros.mostrado(nome)?;
    let problema = mostrado.texto(forma).err()?;
    Some(format!("o número «{}»: {problema}", nome.nome))
}

/// O que falta em `arquivo` (relativo à raiz) para se mostrar dele a `ancora`.
fn parte_que_falta(raiz: &Path, arquivo: &str, ancora: Option<&str>) -> Option<String> {
    let motivo = |motivo: String| format!("{arquivo} {motivo}");
    listagem::ler(raiz, arquivo)
        .and_then(|texto| {
            listagem::trecho(&texto, ancora)
                .and_then(|trecho| listagem::sem_linhas_escondidas(arquivo, &trecho))
                .map_err(motivo)
        })
        .err()
}

fn chamadas_de_exemplos(
    material: &Material,
    arquivo: &str,
    texto: &str,
    problemas: &mut Vec<Problema>,
) {
    let linhas = Linhas::de(texto);
    for (falta, posicao) in exemplos_que_faltam(material, texto) {
        problemas.push(Problema::novo(arquivo, linhas.em(posicao), falta));
    }
}

/// O que falta para que um comando de uma cena rode.
fn faltas_do_comando(material: &Material, comando: &str) -> Vec<String> {
    let exemplos = exemplos_que_faltam(material, comando)
        .into_iter()
        .map(|(falta, _)| falta);
    let arquivos = ARQUIVO_DO_PROJETO
        .find_iter(comando)
        .filter(|arquivo| {
            !comando[..arquivo.start()].ends_with(|c: char| c == '/' || c.is_alphanumeric())
        })
        .filter(|arquivo| !material.raiz.join(arquivo.as_str()).exists())
        .map(|arquivo| format!("não existe {}", arquivo.as_str()));
    exemplos.chain(arquivos).collect()
}

/// Os programas que os comandos de `texto` rodam.
fn exemplos_rodados(texto: &str) -> impl Iterator<Item = String> {
    CHAMADA_DE_EXEMPLO
        .captures_iter(texto)
        .filter_map(|partes| partes.get(1))
        .map(|nome| nome.as_str().to_string())
}

/// Os programas chamados em `texto` que não existem, e onde. `NOME` é o lugar do nome.
fn exemplos_que_faltam(material: &Material, texto: &str) -> Vec<(String, usize)> {
    CHAMADA_DE_EXEMPLO
        .captures_iter(texto)
        .filter_map(|partes| partes.get(1))
        .filter(|nome| nome.as_str() != "NOME" && !material.ha_exemplo(nome.as_str()))
        .map(|nome| {
            (
                format!("não existe o programa examples/{}.rs", nome.as_str()),
                nome.start(),
            )
        })
        .collect()
}

/// Tudo que se cita tem título, e todo título é de algo que se cita.
fn citacoes(material: &Material, referencias: &Referencias, problemas: &mut Vec<Problema>) {
    let paginas = material.quem_cita();
    for pagina in &paginas {
        for (linha, texto) in referencias.sem_titulo(&pagina.citacoes) {
            let arquivo = format!("book/src/{}", pagina.caminho);
            problemas.push(Problema::novo(arquivo, linha, texto));
        }
    }
    let citacoes = paginas.iter().flat_map(|pagina| &pagina.citacoes);
    let citados = citacoes.map(|citacao| citacao.nome.as_str()).collect();
    for (linha, texto) in referencias.sem_citacao(&citados) {
        problemas.push(Problema::novo(referencias::ARQUIVO, linha, texto));
    }
}

/// Cada termo do glossário leva a uma página que existe e que fala dele.
fn termos(material: &Material, glossario: &Glossario, problemas: &mut Vec<Problema>) {
    // O que está em `onde` parte de book/src.
    let raiz = Pagina::ler("glossario.md", "");
    for termo in glossario.termos() {
        let mut acusar = |motivo: String| {
            let texto = format!("o termo «{}»: {motivo}", termo.nome);
            problemas.push(Problema::novo(glossario::ARQUIVO, termo.linha, texto));
        };
        if let Err(motivo) = ligacao(material, &raiz, &termo.onde) {
            acusar(format!("«{}»: {motivo}", termo.onde));
            continue;
        }
        let caminho = termo.onde.split('#').next().unwrap_or_default();
        if !material
            .paginas
            .get(caminho)
            .is_some_and(|pagina| termo.esta_em(&pagina.texto))
        {
            acusar(format!("{caminho} não fala dele"));
        }
    }
}

/// As grafias que o glossário não aceita, nas páginas, nas figuras e nas legendas.
fn grafias(material: &Material, glossario: &Glossario, problemas: &mut Vec<Problema>) {
    let mut acusar = |arquivo: &str, deslizes: Vec<Deslize>| {
        let novos = deslizes
            .into_iter()
            .map(|deslize| Problema::novo(arquivo, deslize.linha, deslize.texto));
        problemas.extend(novos);
    };
    for pagina in material.paginas.values() {
        acusar(&pagina.arquivo(), glossario.deslizes(&pagina.texto));
    }
    for nome in material.figuras.keys() {
        let arquivo = format!("book/figuras/{nome}.pikchr");
        let texto = fs::read_to_string(material.raiz.join(&arquivo)).unwrap_or_default();
        acusar(&arquivo, glossario.deslizes_em_texto(&texto));
    }
    for (nome, cena) in &material.cenas {
        let titulo = cena.as_ref().map_or("", |cena| &cena.titulo);
        acusar(
            &format!("book/cenas/{nome}.cena"),
            glossario.deslizes_em_texto(titulo),
        );
    }
}

/// Arquivos que estão onde ninguém os confere.
fn soltos(material: &Material, problemas: &mut Vec<Problema>) {
    for arquivo in &material.arquivos {
        let tipo = Path::new(arquivo)
            .extension()
            .and_then(|tipo| tipo.to_str())
            .unwrap_or_default();
        if !TIPOS_EM_SRC.contains(&tipo) {
            problemas.push(Problema::novo(
                format!("book/src/{arquivo}"),
                1,
                format!("em book/src cabem só arquivos {}", TIPOS_EM_SRC.join(", ")),
            ));
        }
    }
    for arquivo in &material.programas_soltos {
        let texto = "o cargo não vê este programa: falta um main.rs ao lado dele";
        problemas.push(Problema::novo(arquivo, 1, texto));
    }
}

fn sem_uso(material: &Material, uso: &Uso, problemas: &mut Vec<Problema>) {
    let mut numeros: BTreeSet<Nome> = BTreeSet::new();
    let mut por_ver: Vec<Nome> = uso.numeros.iter().cloned().collect();
    let graficos = || material.graficos.values().flatten();
    por_ver.extend(graficos().flat_map(|grafico| grafico.numeros.iter().cloned()));
    while let Some(nome) = por_ver.pop() {
        let outros = material.dados.numeros.dependencias(&nome);
        if numeros.insert(nome) {
            por_ver.extend(outros);
        }
    }
    for (nome, linha) in material.dados.numeros.nomes() {
        if !numeros.contains(nome) {
            let texto = format!("nenhum capítulo usa o número «{}»", nome.nome);
            problemas.push(Problema::novo(
                numeros::caminho(&nome.arquivo),
                linha,
                texto,
            ));
        }
    }
    let mut acusar = |arquivo: String, o_que: &str| {
        problemas.push(Problema::novo(
            arquivo,
            1,
            format!("nenhum capítulo usa {o_que}"),
        ));
    };
    if material.glossario.is_some() && !uso.glossario {
        acusar(glossario::ARQUIVO.into(), "o glossário");
    }
    let listas = [Especie::Rfc, Especie::Manual];
    if material.referencias.is_some() && !listas.iter().all(|l| uso.referencias.contains(l)) {
        acusar(referencias::ARQUIVO.into(), "as duas listas de referências");
    }
    for nome in material
        .figuras
        .keys()
        .filter(|nome| !uso.figuras.contains(*nome))
    {
        acusar(format!("book/figuras/{nome}.pikchr"), "esta figura");
    }
    for nome in material
        .graficos
        .keys()
        .filter(|nome| !uso.graficos.contains(*nome))
    {
        acusar(format!("book/dados/graficos/{nome}.toml"), "este gráfico");
    }
    let execucoes = material.execucoes.keys();
    for nome in execucoes.filter(|nome| !uso.execucoes.contains(*nome)) {
        acusar(format!("{}/{nome}.toml", execucao::PASTA), "esta execução");
    }
    let capturas = material.capturas.keys();
    for nome in capturas.filter(|nome| !uso.capturas.contains(*nome)) {
        acusar(captura::arquivo(nome), "esta captura");
    }
    let dos_numeros: BTreeSet<&str> = material.dados.numeros.tabelas().collect();
    // Um gráfico que não se desenhou não diz que tabelas usaria.
    let todos = material.graficos.values().all(Option::is_some);
    let tabelas = material.dados.tabelas.keys();
    for nome in tabelas.filter(|nome| todos && *nome != REGISTRO) {
        let em_grafico = graficos().any(|grafico| grafico.tabelas.contains(nome));
        if !em_grafico && !dos_numeros.contains(nome.as_str()) && !uso.tabelas.contains(nome) {
            acusar(format!("{MEDIDAS}/{nome}.csv"), "esta tabela");
        }
    }
    for nome in material
        .cenas
        .keys()
        .filter(|nome| !uso.cenas.contains(*nome))
    {
        acusar(format!("book/cenas/{nome}.cena"), "esta cena");
    }
    for arquivo in material
        .exemplos
        .values()
        .filter(|arquivo| !uso.arquivos.contains(*arquivo))
    {
        acusar(arquivo.clone(), "este programa");
    }
    for (_, arquivo) in material
        .exemplos_de_pacotes
        .iter()
        .filter(|(nome, _)| !uso.rodados.contains(*nome))
    {
        acusar(arquivo.clone(), "este programa");
    }
}

/// Endereços da rede no CSS e no JavaScript do próprio livro.
///
/// # Errors
/// Quando a pasta do tema não se deixa ler.
pub fn tema(raiz: &Path) -> Result<Vec<Problema>> {
    let pasta = raiz.join("book/tema");
    let mut problemas = Vec::new();
    for arquivo in arquivos(&pasta).unwrap_or_default() {
        let tipo = arquivo.extension().and_then(|tipo| tipo.to_str());
        if !matches!(tipo, Some("css" | "js" | "html" | "hbs")) {
            continue;
        }
        let texto = fs::read_to_string(pasta.join(&arquivo))
            .with_context(|| format!("não foi possível ler book/tema/{}", arquivo.display()))?;
        let linhas = Linhas::de(&texto);
        for (posicao, endereco) in enderecos::da_rede_no_texto(&texto) {
            problemas.push(Problema::novo(
                format!("book/tema/{}", arquivo.display()),
                linhas.em(posicao),
                format!("«{endereco}» vem da rede: o livro tem de abrir sem internet"),
            ));
        }
    }
    Ok(problemas)
}

/// Os problemas que só se veem no livro montado: o que o tema ou uma diretiva
/// gerou e as fontes não mostram. Só vale a pena com as fontes em ordem.
///
/// # Errors
/// Quando um arquivo da saída não se deixa ler.
pub fn saida(pasta: &Path) -> Result<Vec<Problema>> {
    let existentes: BTreeSet<String> = arquivos(pasta)?
        .iter()
        .map(|arquivo| arquivo.to_string_lossy().replace('\\', "/"))
        .collect();
    let mut textos = BTreeMap::new();
    // A página de impressão repete as outras, com os ids que o próprio mdBook acerta.
    let conferida = |arquivo: &&String| tem_extensao(arquivo, "html") && *arquivo != "print.html";
    for arquivo in existentes.iter().filter(conferida) {
        let texto = fs::read_to_string(pasta.join(arquivo))
            .with_context(|| format!("não foi possível ler {arquivo} do livro montado"))?;
        textos.insert(arquivo.as_str(), texto);
    }
    let paginas: BTreeMap<&str, Vec<Etiqueta<'_>>> = textos
        .iter()
        .map(|(arquivo, texto)| (*arquivo, html::etiquetas(texto)))
        .collect();
    let mut problemas = Vec::new();
    let mut ids: BTreeMap<&str, BTreeSet<Cow<'_, str>>> = BTreeMap::new();
    for (pagina, etiquetas) in &paginas {
        let ids = ids.entry(pagina).or_default();
        for etiqueta in etiquetas {
            if let Some(id) = etiqueta.atributo("id")
                && let Some(repetido) = ids.replace(id)
            {
                let texto = format!("o id «{repetido}» aparece duas vezes na página montada");
                problemas.push(Problema::novo(*pagina, etiqueta.linha, texto));
            }
        }
    }
    for (pagina, etiquetas) in &paginas {
        for etiqueta in etiquetas {
            for nome in ["href", "src", "srcset", "poster"] {
                let valor = etiqueta.atributo(nome).unwrap_or_default();
                for endereco in enderecos::do_atributo(nome, &valor) {
                    let defeito = if etiqueta.nome != "a" && da_rede(endereco) {
                        "vem da rede"
                    } else if local(pagina, endereco)
                        .is_some_and(|alvo| !alvo_existe(&alvo, &existentes, &ids))
                    {
                        "não leva a lugar nenhum"
                    } else {
                        continue;
                    };
                    let texto = format!("«{endereco}» {defeito}");
                    problemas.push(Problema::novo(*pagina, etiqueta.linha, texto));
                }
            }
        }
    }
    problemas.sort();
    Ok(problemas)
}

fn tem_extensao(arquivo: &str, extensao: &str) -> bool {
    Path::new(arquivo)
        .extension()
        .is_some_and(|tipo| tipo == extensao)
}

/// O arquivo e o fragmento a que um endereço da página `de` leva, se é local.
fn local(de: &str, endereco: &str) -> Option<(String, String)> {
    let tem_esquema = endereco
        .split_once(':')
        .is_some_and(|(antes, _)| !antes.contains(['/', '#', '?']));
    if endereco.is_empty() || tem_esquema || endereco.starts_with("//") {
        return None;
    }
    let (caminho, fragmento) = endereco.split_once('#').unwrap_or((endereco, ""));
    let caminho = caminho.split('?').next().unwrap_or_default();
    let alvo = match caminho.strip_prefix('/') {
        Some(da_raiz) => decodificar(da_raiz),
        None if caminho.is_empty() => de.to_string(),
        None => relativo(de, &decodificar(caminho))?,
    };
    Some((
        if alvo.is_empty() {
            "index.html".into()
        } else {
            alvo
        },
        decodificar(fragmento),
    ))
}

fn alvo_existe(
    (arquivo, fragmento): &(String, String),
    existentes: &BTreeSet<String>,
    ids: &BTreeMap<&str, BTreeSet<Cow<'_, str>>>,
) -> bool {
    existentes.contains(arquivo)
        && (fragmento.is_empty()
            || ids
                .get(arquivo.as_str())
                .is_none_or(|ids| ids.contains(fragmento.as_str())))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_saida_acusa_id_repetido_rede_e_alvo_que_falta() {
        let pasta = tempfile::tempdir().unwrap();
        let escrever = |nome: &str, texto: &str| fs::write(pasta.path().join(nome), texto).unwrap();
        escrever(
            "index.html",
            "<p id=a></p><a href='b.html#x'></a><a href='#a'></a><a href='https://h.com'></a>",
        );
        escrever(
            "b.html",
            "<i id=y></i>\n<b id=y></b><img src='c.png'><script src='//h.com/j.js'></script>",
        );
        let achados = saida(pasta.path()).unwrap();
        let resumo: Vec<_> = achados
            .iter()
            .map(|p| (p.arquivo.as_str(), p.linha))
            .collect();
        assert_eq!(
            resumo,
            [
                ("b.html", 2),
                ("b.html", 2),
                ("b.html", 2),
                ("index.html", 1)
            ],
            "{achados:?}"
        );
    }
}
