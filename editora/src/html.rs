//! Ler HTML: as etiquetas de um texto, cada uma com a linha em que está.
//!
//! Um leitor completo, como o do `html5ever`, custava um quarto do tempo de
//! montar o livro (1,4 de 5,9 bilhões de instruções, no perfil `dev`) para dizer
//! o que estas linhas dizem: aqui só interessam nomes, atributos e linhas.

use std::borrow::Cow;

/// O que separa um atributo de outro.
const ESPACO: [char; 4] = [' ', '\t', '\n', '\r'];

/// Uma etiqueta de abertura.
#[derive(Debug, PartialEq, Eq)]
pub struct Etiqueta<'t> {
    /// O nome, em minúsculas.
    pub nome: String,
    /// A linha, a partir de 1.
    pub linha: usize,
    /// Os atributos como estão escritos, na ordem em que aparecem.
    atributos: Vec<(&'t str, &'t str)>,
}

impl<'t> Etiqueta<'t> {
    /// O valor do atributo `nome`, em minúsculas, se ele existe.
    pub fn atributo(&self, nome: &str) -> Option<Cow<'t, str>> {
        let mut atributos = self.atributos.iter();
        let (_, valor) = atributos.find(|(escrito, _)| escrito.eq_ignore_ascii_case(nome))?;
        Some(desescapar(valor))
    }
}

/// As etiquetas de abertura de `html`, na ordem. Comentários e o que está dentro
/// de `script` e de `style` não contam.
pub fn etiquetas(html: &str) -> Vec<Etiqueta<'_>> {
    let mut achadas = Vec::new();
    let mut linha = 1;
    let mut resto = html;
    let mut avancar = |resto: &mut &str, ate: usize| {
        let (lido, novo) = resto.split_at(ate);
        linha += lido.matches('\n').count();
        *resto = novo;
        linha
    };
    while let Some(inicio) = resto.find('<') {
        let linha = avancar(&mut resto, inicio);
        if resto.starts_with("<!--") {
            let fim = resto.find("-->").map_or(resto.len(), |fim| fim + 3);
            avancar(&mut resto, fim);
        } else if resto[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (etiqueta, tamanho) = etiqueta(resto, linha);
            avancar(&mut resto, tamanho);
            if matches!(etiqueta.nome.as_str(), "script" | "style") {
                let fechamento = format!("</{}", etiqueta.nome);
                let fim = resto.find(&fechamento).unwrap_or(resto.len());
                avancar(&mut resto, fim);
            }
            achadas.push(etiqueta);
        } else {
            avancar(&mut resto, 1);
        }
    }
    achadas
}

/// Lê a etiqueta no começo de `texto`; devolve também quantos bytes ela ocupa.
fn etiqueta(texto: &str, linha: usize) -> (Etiqueta<'_>, usize) {
    let (nome, mut resto) = texto[1..].split_at(fim_do_nome(&texto[1..]));
    let mut atributos = Vec::new();
    loop {
        resto = resto.trim_start_matches(ESPACO).trim_start_matches('/');
        if resto.is_empty() {
            break;
        }
        if let Some(depois) = resto.strip_prefix('>') {
            resto = depois;
            break;
        }
        let (atributo, depois) = resto.split_at(fim_do_nome(resto));
        resto = depois;
        let mut atribuido = "";
        if let Some(depois) = depois.trim_start_matches(ESPACO).strip_prefix('=') {
            (atribuido, resto) = valor(depois.trim_start_matches(ESPACO));
        }
        atributos.push((atributo, atribuido));
    }
    let nome = nome.to_ascii_lowercase();
    (
        Etiqueta {
            nome,
            linha,
            atributos,
        },
        texto.len() - resto.len(),
    )
}

/// Onde acaba o nome que começa em `texto`.
fn fim_do_nome(texto: &str) -> usize {
    let separa = |byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'/' | b'>' | b'=');
    texto.bytes().position(separa).unwrap_or(texto.len())
}

/// O valor de um atributo no começo de `texto`, e o que vem depois dele.
fn valor(texto: &str) -> (&str, &str) {
    for aspas in ['"', '\''] {
        if let Some(dentro) = texto.strip_prefix(aspas) {
            return dentro.split_once(aspas).unwrap_or((dentro, ""));
        }
    }
    let fim = texto.find(|c: char| ESPACO.contains(&c) || c == '>');
    texto.split_at(fim.unwrap_or(texto.len()))
}

/// `texto` pronto para aparecer dentro de um elemento ou de um atributo.
pub fn escapar(texto: &str) -> String {
    texto
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// O inverso de [`escapar`].
pub fn desescapar(texto: &str) -> Cow<'_, str> {
    if !texto.contains('&') {
        return Cow::Borrowed(texto);
    }
    let texto = texto
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    Cow::Owned(texto.replace("&amp;", "&"))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn le_etiquetas_com_linha_e_atributos() {
        let achadas = etiquetas(
            "<p>a\n<IMG\n SRC='x&amp;y>' alt = \"\">\n<script>if (a<b) '<i>'</script>\n\
             <!-- <u>\n -->1 < 2</p><b hidden/>",
        );
        let nomes: Vec<_> = achadas.iter().map(|e| e.nome.as_str()).collect();
        assert_eq!(nomes, ["p", "img", "script", "b"]);
        assert_eq!(achadas[1].atributo("src").as_deref(), Some("x&y>"));
        assert_eq!(achadas[1].atributo("alt").as_deref(), Some(""));
        assert_eq!((achadas[1].linha, achadas[3].linha), (2, 6));
        assert_eq!(achadas[3].atributo("hidden").as_deref(), Some(""));
        assert_eq!(achadas[3].atributo("href"), None);
    }

    #[test]
    fn html_torto_nao_derruba_nem_prende_o_leitor() {
        for torto in [
            "<", "<a", "<a ", "<a =", "<a b=", "<a b='", "<a b=c", "<a ==>", "<!--", "<script>",
            "é<é>", "<a /=/>",
        ] {
            let _ = etiquetas(torto);
        }
        assert_eq!(
            etiquetas("<a href=x.html>")[0].atributo("href").as_deref(),
            Some("x.html")
        );
        assert_eq!(
            etiquetas("<a é=\"ç\">")[0].atributo("é").as_deref(),
            Some("ç")
        );
    }

    #[test]
    fn escapar_e_desescapar_se_desfazem() {
        let texto = "a < b & \"c\" > &lt;";
        assert_eq!(desescapar(&escapar(texto)), texto);
    }
}
