//! O livro na memória: cada arquivo com o que o navegador precisa saber dele.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use anyhow::{Context, Result};
use axum::body::Bytes;
use regex::Regex;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

use crate::lista::arquivos;
use crate::problema::Problema;

/// A impressão que o mdBook põe no nome de um arquivo: com ela, o nome muda quando o
/// conteúdo muda.
static COM_IMPRESSAO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"-[0-9a-f]{8}\.[a-z0-9.]+$").expect("a expressão é constante"));

/// Um programa escrito dentro da página.
static PROGRAMA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<script(?: [^>]*)?>(.*?)</script>").expect("a expressão é constante")
});

/// Um arquivo do livro.
pub struct Arquivo {
    /// O conteúdo.
    pub conteudo: Bytes,
    /// O tipo, com a codificação se é texto.
    pub tipo: &'static str,
    /// A impressão do conteúdo.
    pub etiqueta: String,
    /// Se o nome muda com o conteúdo, e o navegador pode guardá-lo para sempre.
    pub para_sempre: bool,
    /// Em uma página, os programas escritos nela, como a política de conteúdo os nomeia.
    pub programas: String,
    /// A página com o programa que a recarrega, feita no primeiro pedido: todos os que
    /// não a leram ainda dividem a mesma.
    pub com_recarga: OnceLock<Bytes>,
}

/// O livro montado.
pub struct Livro {
    arquivos: BTreeMap<String, Arquivo>,
    /// A impressão do livro inteiro.
    pub versao: String,
}

impl Livro {
    /// Lê o livro montado em `pasta`. Um link simbólico não é seguido.
    ///
    /// # Errors
    /// Um arquivo que não se consegue ler.
    pub fn ler(pasta: &Path) -> Result<Self> {
        let mut lidos = BTreeMap::new();
        let mut todos = Sha256::new();
        for relativo in arquivos(pasta).context("não foi possível listar o livro montado")? {
            let caminho = pasta.join(&relativo);
            let comum = fs::symlink_metadata(&caminho).is_ok_and(|dados| dados.is_file());
            let nome = relativo.to_string_lossy().replace('\\', "/");
            let Some(tipo) = tipo(&nome).filter(|_| comum) else {
                continue;
            };
            let conteudo = fs::read(&caminho)
                .with_context(|| format!("não foi possível ler {nome} do livro montado"))?;
            todos.update(&nome);
            todos.update(&conteudo);
            let arquivo = Arquivo {
                tipo,
                etiqueta: hexadecimal(&Sha256::digest(&conteudo)),
                para_sempre: COM_IMPRESSAO.is_match(&nome),
                programas: if tipo.starts_with("text/html") {
                    programas(&String::from_utf8_lossy(&conteudo))
                } else {
                    String::new()
                },
                conteudo: conteudo.into(),
                com_recarga: OnceLock::new(),
            };
            lidos.insert(nome, arquivo);
        }
        Ok(Self {
            arquivos: lidos,
            versao: hexadecimal(&todos.finalize()),
        })
    }

    /// O arquivo que um caminho pede; uma pasta pede o índice dela.
    pub fn arquivo(&self, caminho: &str) -> Option<&Arquivo> {
        if caminho.is_empty() || caminho.ends_with('/') {
            return self.arquivos.get(&format!("{caminho}index.html"));
        }
        self.arquivos.get(caminho)
    }
}

/// O que se vê agora: o último livro bom, e o que está errado nas fontes de hoje.
#[derive(Clone)]
pub struct Vista {
    /// O livro.
    pub livro: Arc<Livro>,
    /// Os problemas das fontes, se há; o livro continua o anterior.
    pub problemas: Arc<[String]>,
}

/// Quem troca o livro.
pub struct Estante(watch::Sender<Vista>);

/// A estante com o primeiro `livro`, e a vista de quem o serve.
pub fn estante(livro: Livro) -> (Estante, watch::Receiver<Vista>) {
    let (quem_troca, quem_ve) = watch::channel(Vista {
        livro: Arc::new(livro),
        problemas: Arc::new([]),
    });
    (Estante(quem_troca), quem_ve)
}

impl Estante {
    /// Põe o livro novo no lugar do anterior, de uma vez.
    pub fn trocar(&self, livro: Livro) {
        self.0.send_replace(Vista {
            livro: Arc::new(livro),
            problemas: Arc::new([]),
        });
    }

    /// Deixa o livro anterior, e diz o que está errado nas fontes.
    pub fn acusar(&self, problemas: &[Problema]) {
        let problemas = problemas.iter().map(ToString::to_string).collect();
        self.0.send_modify(|vista| vista.problemas = problemas);
    }
}

/// Os primeiros 16 algarismos de uma impressão.
fn hexadecimal(impressao: &[u8]) -> String {
    let mut texto = String::with_capacity(16);
    for byte in &impressao[..8] {
        let _ = write!(texto, "{byte:02x}");
    }
    texto
}

/// Cada programa escrito na página, como `'sha256-…'`.
fn programas(pagina: &str) -> String {
    let mut nomes = Vec::new();
    for partes in PROGRAMA.captures_iter(pagina) {
        let programa = &partes[1];
        if !programa.trim().is_empty() {
            nomes.push(format!("'sha256-{}'", base64(&Sha256::digest(programa))));
        }
    }
    nomes.sort();
    nomes.dedup();
    nomes.join(" ")
}

/// `bytes` em base64, com o enchimento do fim.
fn base64(bytes: &[u8]) -> String {
    const LETRAS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut texto = String::new();
    for tres in bytes.chunks(3) {
        let juntos = tres
            .iter()
            .chain(&[0, 0])
            .take(3)
            .fold(0_usize, |antes, byte| antes << 8 | usize::from(*byte));
        for posicao in 0..4 {
            if posicao > tres.len() {
                texto.push('=');
            } else {
                texto.push(char::from(LETRAS[juntos >> (18 - 6 * posicao) & 63]));
            }
        }
    }
    texto
}

/// O tipo de um arquivo, pela extensão; o que não se conhece não se serve.
fn tipo(nome: &str) -> Option<&'static str> {
    let (_, extensao) = nome.rsplit_once('.')?;
    Some(match extensao {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "toml" | "txt" => "text/plain; charset=utf-8",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "pcapng" => "application/octet-stream",
        _ => return None,
    })
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_base64_e_a_da_rfc_4648() {
        for (texto, esperado) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(texto.as_bytes()), esperado);
        }
    }

    #[test]
    fn o_livro_tem_o_que_se_serve_e_nada_de_fora() {
        let pasta = tempfile::tempdir().unwrap();
        let segredo = tempfile::NamedTempFile::with_suffix(".txt").unwrap();
        fs::create_dir(pasta.path().join("a")).unwrap();
        fs::write(pasta.path().join("a/index.html"), "<script>um</script>").unwrap();
        fs::write(pasta.path().join("livro-0123abcd.js"), "x").unwrap();
        fs::write(pasta.path().join("semtipo"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(segredo.path(), pasta.path().join("fora.txt")).unwrap();
        #[cfg(not(unix))]
        drop(segredo);
        let livro = Livro::ler(pasta.path()).unwrap();
        assert!(
            livro
                .arquivo("a/")
                .unwrap()
                .programas
                .starts_with("'sha256-")
        );
        assert!(!livro.arquivo("a/index.html").unwrap().para_sempre);
        assert!(livro.arquivo("livro-0123abcd.js").unwrap().para_sempre);
        for nada in [
            "fora.txt",
            "semtipo",
            "a",
            "",
            "../x",
            "a/../livro-0123abcd.js",
        ] {
            assert!(livro.arquivo(nada).is_none(), "{nada}");
        }
    }
}
