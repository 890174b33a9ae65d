//! Um livro pequeno e certo, em que se injetam defeitos: cada um tem de ser acusado no
//! seu lugar, e o livro montado antes tem de ficar como estava.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;

use crate::comum::{copiar, editora, erros, raiz};

/// Um livro pequeno e certo, com o tema de verdade, em que se injeta um defeito.
pub struct LivroPequeno {
    pasta: TempDir,
}

const CAPITULO: &str = "\
# Um

Veja [o segundo](dois.md#fim) e [o começo](#um).

{{#listagem ola:dizer}}

{{#figura caixa}}

{{#cena conversa}}
";

impl LivroPequeno {
    /// O livro certo.
    pub fn novo() -> Self {
        let livro = Self {
            pasta: tempfile::tempdir().unwrap(),
        };
        copiar(&raiz().join("book/tema"), &livro.caminho("book/tema"));
        fs::create_dir_all(livro.caminho("book/src")).unwrap();
        fs::copy(
            raiz().join("book/book.toml"),
            livro.caminho("book/book.toml"),
        )
        .unwrap();
        livro.escrever(
            "book/src/SUMMARY.md",
            "# Sumário\n\n- [Um](um.md)\n- [Dois](dois.md)\n",
        );
        livro.escrever("book/src/um.md", CAPITULO);
        livro.escrever("book/src/dois.md", "# Dois\n\n## Fim\n\nAcabou.\n");
        livro.escrever(
            "book/src/404.md",
            "# Não achei {#nao-achei}\n\nVolte ao começo.\n",
        );
        livro.escrever(
            "book/figuras/caixa.pikchr",
            "# titulo: Uma caixa\n# descricao: Uma caixa.\nbox \"a\"\n",
        );
        livro.escrever(
            "book/cenas/conversa.cena",
            "titulo: Uma cena\nterminal 1: um\n\n1$ cargo run --example ola\n1| olá\n",
        );
        livro.escrever(
            "examples/ola.rs",
            "fn main() {\n    // ANCHOR: dizer\n    println!(\"olá\");\n    // ANCHOR_END: dizer\n}\n",
        );
        livro
    }

    /// O lugar de um arquivo do livro.
    pub fn caminho(&self, arquivo: &str) -> PathBuf {
        self.pasta.path().join(arquivo)
    }

    /// Escreve um arquivo, com as pastas dele.
    pub fn escrever(&self, arquivo: &str, texto: &str) {
        let caminho = self.caminho(arquivo);
        fs::create_dir_all(caminho.parent().unwrap()).unwrap();
        fs::write(caminho, texto).unwrap();
    }

    /// O texto de um arquivo.
    pub fn ler(&self, arquivo: &str) -> String {
        fs::read_to_string(self.caminho(arquivo)).unwrap()
    }

    /// Põe um texto no fim de um arquivo.
    pub fn acrescentar(&self, arquivo: &str, texto: &str) {
        self.escrever(arquivo, &format!("{}{texto}", self.ler(arquivo)));
    }

    /// Troca um trecho, que tem de existir, de um arquivo.
    pub fn trocar(&self, arquivo: &str, de: &str, para: &str) {
        let texto = self.ler(arquivo);
        assert!(texto.contains(de), "{arquivo} não contém {de:?}");
        self.escrever(arquivo, &texto.replace(de, para));
    }

    /// Monta o livro.
    pub fn construir(&self) -> Output {
        rodar(self.raiz(), &["construir"])
    }

    /// A pasta do projeto.
    pub fn raiz(&self) -> &Path {
        self.pasta.path()
    }
}

/// Roda a editora na pasta `raiz`.
pub fn rodar(raiz: &Path, argumentos: &[&str]) -> Output {
    editora(raiz).args(argumentos).output().unwrap()
}

/// Cada arquivo abaixo de uma pasta, relativo a ela, com o seu conteúdo.
fn retrato(pasta: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut retrato = BTreeMap::new();
    let mut por_ver = vec![PathBuf::new()];
    while let Some(relativo) = por_ver.pop() {
        let caminho = pasta.join(&relativo);
        if caminho.is_dir() {
            let entradas = fs::read_dir(&caminho).unwrap();
            por_ver.extend(entradas.map(|entrada| relativo.join(entrada.unwrap().file_name())));
        } else {
            retrato.insert(relativo, fs::read(&caminho).unwrap());
        }
    }
    retrato
}

/// Um defeito: como se injeta, e onde e com que palavras tem de ser acusado.
pub struct Defeito {
    /// O que é.
    pub nome: &'static str,
    /// Como se injeta.
    pub injetar: fn(&LivroPequeno),
    /// O arquivo em que é acusado.
    pub arquivo: &'static str,
    /// A linha.
    pub linha: usize,
    /// As palavras da acusação.
    pub palavras: &'static str,
}

/// Injeta cada defeito em uma cópia de `certo`, que tem de montar, e confere a acusação.
pub fn acusar_cada_um(defeitos: &[Defeito], certo: &LivroPequeno) {
    let saida = certo.construir();
    assert!(saida.status.success(), "{}", erros(&saida));
    let antes = retrato(&certo.caminho("target/livro"));
    let proximo = AtomicUsize::new(0);
    let falhas = Mutex::new(Vec::new());
    let trabalhar = || {
        while let Some(defeito) = defeitos.get(proximo.fetch_add(1, Ordering::Relaxed)) {
            if let Err(falha) = acusar(defeito, certo, &antes) {
                falhas.lock().unwrap().push(falha);
            }
        }
    };
    thread::scope(|juntos| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            juntos.spawn(trabalhar);
        }
    });
    let falhas = falhas.into_inner().unwrap();
    assert!(falhas.is_empty(), "{}", falhas.join("\n"));
}

fn acusar(
    defeito: &Defeito,
    certo: &LivroPequeno,
    antes: &BTreeMap<PathBuf, Vec<u8>>,
) -> Result<(), String> {
    let livro = LivroPequeno {
        pasta: tempfile::tempdir().unwrap(),
    };
    copiar(certo.raiz(), livro.raiz());
    (defeito.injetar)(&livro);
    let saida = livro.construir();
    let texto = erros(&saida);
    let onde = format!("{}:{}: ", defeito.arquivo, defeito.linha);
    let acusado = texto
        .lines()
        .any(|l| l.starts_with(&onde) && l.contains(defeito.palavras));
    let em_ingles = texto.contains("panicked") || texto.contains("Caused By");
    if saida.status.code() != Some(1) || !acusado || em_ingles {
        let palavras = defeito.palavras;
        return Err(format!(
            "{}: esperava {onde}…{palavras}…\n{texto}",
            defeito.nome
        ));
    }
    if *antes != retrato(&livro.caminho("target/livro")) {
        return Err(format!("{}: mexeu no livro", defeito.nome));
    }
    if fs::read_dir(livro.caminho("target")).unwrap().count() != 1 {
        return Err(format!("{}: deixou restos", defeito.nome));
    }
    Ok(())
}
