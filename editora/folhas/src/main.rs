//! O que a editora precisa saber de um PDF, e o que ela põe nele.
//!
//! - `folhas destinos LIVRO.pdf LISTA.txt` escreve quantas páginas há e, em cada linha
//!   seguinte, a página e o nome de um destino.
//! - `folhas completar LIVRO.pdf FICHA.txt COMPLETO.pdf` põe no PDF o título, os
//!   autores, o assunto e a versão, uma linha cada um, depois de conferir que toda
//!   ligação leva a um lugar que existe.
//!
//! É um pacote à parte para que só quem pede um PDF compile um leitor de PDF.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use lopdf::{Dictionary, Document, Object, ObjectId, decode_text_string, text_string};

fn main() -> ExitCode {
    let argumentos: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let feito = match argumentos.as_slice() {
        [o_que, pdf, lista] if o_que == Path::new("destinos") => destinos(pdf, lista),
        [o_que, pdf, ficha, completo] if o_que == Path::new("completar") => {
            completar(pdf, ficha, completo)
        }
        _ => Err(anyhow::anyhow!(
            "use «destinos LIVRO.pdf LISTA.txt» ou «completar LIVRO.pdf FICHA.txt COMPLETO.pdf»"
        )),
    };
    match feito {
        Ok(()) => ExitCode::SUCCESS,
        Err(erro) => {
            eprintln!("erro: {erro:#}");
            ExitCode::FAILURE
        }
    }
}

fn abrir(pdf: &Path) -> Result<Document> {
    Document::load(pdf).with_context(|| format!("não foi possível ler o PDF {}", pdf.display()))
}

/// Escreve em `lista` a página de cada destino de `pdf`.
fn destinos(pdf: &Path, lista: &Path) -> Result<()> {
    let livro = abrir(pdf)?;
    let mut texto = format!("{}\n", livro.get_pages().len());
    for (nome, pagina) in paginas_dos_destinos(&livro)? {
        let _ = writeln!(texto, "{pagina}\t{}", String::from_utf8_lossy(&nome));
    }
    fs::write(lista, texto)
        .with_context(|| format!("não foi possível escrever {}", lista.display()))
}

/// Em que página, a contar de 1, está cada destino com nome.
fn paginas_dos_destinos(livro: &Document) -> Result<BTreeMap<Vec<u8>, u32>> {
    let numeros: BTreeMap<ObjectId, u32> = livro
        .get_pages()
        .into_iter()
        .map(|(numero, pagina)| (pagina, numero))
        .collect();
    let catalogo = livro.catalog().context("o PDF não tem catálogo")?;
    let Ok(tabela) = catalogo.get(b"Dests") else {
        return Ok(BTreeMap::new());
    };
    let (_, tabela) = livro.dereference(tabela)?;
    let tabela = tabela
        .as_dict()
        .context("os destinos do PDF não são uma tabela")?;
    let mut paginas = BTreeMap::new();
    for (nome, destino) in tabela {
        let (_, destino) = livro.dereference(destino)?;
        let pagina = destino
            .as_array()
            .ok()
            .and_then(|partes| partes.first()?.as_reference().ok())
            .and_then(|pagina| numeros.get(&pagina));
        let pagina = pagina.with_context(|| {
            let nome = String::from_utf8_lossy(nome);
            format!("o destino «{nome}» do PDF não leva a uma página")
        })?;
        paginas.insert(nome.clone(), *pagina);
    }
    Ok(paginas)
}

/// Confere as ligações de `pdf` e escreve `completo`, com o que diz a ficha.
fn completar(pdf: &Path, ficha: &Path, completo: &Path) -> Result<()> {
    let mut livro = abrir(pdf)?;
    conferir_ligacoes(&livro)?;
    let ficha = fs::read_to_string(ficha)
        .with_context(|| format!("não foi possível ler {}", ficha.display()))?;
    let [titulo, autores, assunto, versao] = ficha.lines().collect::<Vec<_>>()[..] else {
        bail!("a ficha tem de ter quatro linhas: título, autores, assunto e versão");
    };
    let propriedades = livro
        .trailer
        .get(b"Info")
        .and_then(Object::as_reference)
        .context("o PDF não tem propriedades")?;
    let propriedades = livro.get_dictionary_mut(propriedades)?;
    for (nome, valor) in [
        ("Title", titulo),
        ("Author", autores),
        ("Subject", assunto),
        ("Creator", &format!("editora do livro, versão {versao}")),
    ] {
        propriedades.set(nome, text_string(valor));
    }
    let catalogo = livro.catalog_mut()?;
    ensure!(
        catalogo.has(b"Outlines"),
        "o navegador não fez os marcadores do PDF. Atualize-o, ou aponte outro"
    );
    // Quem abre o arquivo vê os marcadores ao lado.
    catalogo.set("PageMode", Object::Name(b"UseOutlines".to_vec()));
    catalogo.set("Lang", Object::string_literal("pt-BR"));
    sem_titulos_dobrados(&mut livro);
    livro
        .save(completo)
        .with_context(|| format!("não foi possível escrever {}", completo.display()))?;
    Ok(())
}

/// Desdobra os marcadores: o título que começa uma página sai do Chromium 156 escrito
/// duas vezes seguidas.
fn sem_titulos_dobrados(livro: &mut Document) {
    for objeto in livro.objects.values_mut() {
        let Ok(marcador) = objeto.as_dict_mut() else {
            continue;
        };
        // Só um marcador tem um pai e um título.
        if !marcador.has(b"Parent") {
            continue;
        }
        let Ok(titulo) = marcador.get(b"Title").and_then(decode_text_string) else {
            continue;
        };
        if let Some(metade) = metade(&titulo) {
            let metade = text_string(metade);
            marcador.set("Title", metade);
        }
    }
}

/// A metade de um texto que é ela mesma duas vezes.
fn metade(texto: &str) -> Option<&str> {
    let (antes, depois) = texto.split_at_checked(texto.len() / 2)?;
    (!antes.is_empty() && antes == depois).then_some(antes)
}

/// Confere que toda ligação de dentro tem destino, e que nenhuma leva a esta máquina.
fn conferir_ligacoes(livro: &Document) -> Result<()> {
    let destinos = paginas_dos_destinos(livro)?;
    for objeto in livro.objects.values() {
        let Ok(anotacao) = objeto.as_dict() else {
            continue;
        };
        if anotacao.get(b"Subtype").and_then(Object::as_name).ok() != Some(b"Link") {
            continue;
        }
        if let Ok(destino) = anotacao.get(b"Dest").and_then(Object::as_name) {
            ensure!(
                destinos.contains_key(destino),
                "uma ligação leva a «{}», que não está no PDF",
                String::from_utf8_lossy(destino)
            );
        }
        if let Some(endereco) = endereco(livro, anotacao) {
            let endereco = String::from_utf8_lossy(&endereco).into_owned();
            ensure!(
                endereco.starts_with("https://") || endereco.starts_with("http://"),
                "uma ligação leva a «{endereco}», que só existe nesta máquina"
            );
        }
    }
    Ok(())
}

/// O endereço a que uma ligação leva, se ela sai do PDF.
fn endereco(livro: &Document, anotacao: &Dictionary) -> Option<Vec<u8>> {
    let (_, acao) = livro.dereference(anotacao.get(b"A").ok()?).ok()?;
    let endereco = acao.as_dict().ok()?.get(b"URI").ok()?;
    endereco.as_str().ok().map(<[u8]>::to_vec)
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn so_o_que_se_repete_inteiro_tem_metade() {
        assert_eq!(metade("O que ficaO que fica"), Some("O que fica"));
        assert_eq!(metade("ConexãoConexão"), Some("Conexão"));
        for inteiro in ["", "a", "çã", "O que fica", "O que fica O que fica"] {
            assert_eq!(metade(inteiro), None, "{inteiro}");
        }
    }
}
