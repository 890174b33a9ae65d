//! Endereços: os que o navegador iria buscar na rede, e os caminhos dentro do livro.

use std::sync::LazyLock;

use regex::Regex;

/// Um endereço da rede em CSS (`url(…)`, `@import "…"`) ou em JavaScript (um texto
/// entre aspas que começa como endereço).
static NO_TEXTO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:url\([ \t]*["']?|@import[ \t]+["']?|["'`])((?:https?:|wss?:|ftp:)?//[A-Za-z0-9\[][^"'`) \t\r\n]*)"#,
    )
    .expect("a expressão é constante")
});

/// `url(…)` em CSS.
static URL_DE_CSS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:url|image-set)\([ \t]*["']?([^"')]+)"#).expect("a expressão é constante")
});

/// Se abrir este recurso faria o navegador ir à rede.
pub fn da_rede(endereco: &str) -> bool {
    let esquema = esquema(endereco).map(str::to_ascii_lowercase);
    endereco.starts_with("//")
        || matches!(
            esquema.as_deref(),
            Some("http" | "https" | "ftp" | "ws" | "wss")
        )
}

/// O esquema de um endereço (`https` em `https://…`), como escrito.
pub fn esquema(endereco: &str) -> Option<&str> {
    let (esquema, _) = endereco.split_once(':')?;
    let letra = |b: u8| b.is_ascii_alphanumeric() || b"+.-".contains(&b);
    (esquema.len() > 1 && esquema.bytes().all(letra)).then_some(esquema)
}

/// Os endereços da rede em um texto em CSS ou em JavaScript, com a posição, em
/// bytes. Nomes de espaços do XML, como o do SVG, não são buscados e não contam.
pub fn da_rede_no_texto(texto: &str) -> Vec<(usize, &str)> {
    NO_TEXTO
        .captures_iter(texto)
        .filter_map(|partes| partes.get(1))
        .filter(|endereco| !endereco.as_str().starts_with("http://www.w3.org/"))
        .map(|endereco| (endereco.start(), endereco.as_str()))
        .collect()
}

/// Os endereços em um atributo: `srcset` tem vários, os outros têm um.
pub fn do_atributo<'v>(nome: &str, valor: &'v str) -> Vec<&'v str> {
    if nome.ends_with("srcset") {
        valor
            .split(',')
            .filter_map(|parte| parte.split_whitespace().next())
            .collect()
    } else {
        Some(valor.trim())
            .filter(|endereco| !endereco.is_empty())
            .into_iter()
            .collect()
    }
}

/// Os endereços em `url(…)` de um texto em CSS.
pub fn do_css(css: &str) -> Vec<&str> {
    URL_DE_CSS
        .captures_iter(css)
        .filter_map(|partes| Some(partes.get(1)?.as_str().trim()))
        .collect()
}

/// O caminho de `destino` visto do arquivo `de`, ou `None` se ele sai da raiz.
pub fn relativo(de: &str, destino: &str) -> Option<String> {
    let mut partes: Vec<&str> = de.split('/').collect();
    partes.pop();
    for parte in destino.split('/') {
        match parte {
            "." | "" => {}
            ".." => {
                partes.pop()?;
            }
            nome => partes.push(nome),
        }
    }
    Some(partes.join("/"))
}

/// Desfaz `%20` e companhia; o que não for um par de algarismos fica como está.
pub fn decodificar(texto: &str) -> String {
    let bytes = texto.as_bytes();
    let mut saida = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let codigo = (bytes[i] == b'%')
            .then(|| texto.get(i + 1..i + 3))
            .flatten()
            .and_then(|par| u8::from_str_radix(par, 16).ok());
        saida.push(codigo.unwrap_or(bytes[i]));
        i += if codigo.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&saida).into_owned()
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn caminhos_relativos_nao_saem_da_pasta() {
        assert_eq!(relativo("a/b.md", "../c/./d.md").as_deref(), Some("c/d.md"));
        assert_eq!(relativo("a.md", "b.md").as_deref(), Some("b.md"));
        assert_eq!(relativo("a.md", "../b.md"), None);
    }

    #[test]
    fn decodifica_so_o_que_e_codigo() {
        assert_eq!(decodificar("a%20b%C3%A7%"), "a bç%");
        assert_eq!(decodificar("100%zz%é"), "100%zz%é");
    }

    #[test]
    fn css_e_js_que_vao_a_rede_sao_vistos_e_o_resto_nao() {
        let achados = |texto: &str| da_rede_no_texto(texto).len();
        assert_eq!(
            achados("@import \"https://h.com/x.css\"; a{background:URL(//localhost/y)}"),
            2
        );
        assert_eq!(
            achados("fetch('https:' + '//h.com'); img.src = \"http://h.com/i.png\""),
            2
        );
        assert_eq!(
            achados("// veja https://h.com\n/* http://h.com */ a{background:url(fundo.png)}"),
            0
        );
        assert_eq!(
            achados("n.setAttribute('xmlns', 'http://www.w3.org/2000/svg'); a = b // c"),
            0
        );
    }

    #[test]
    fn le_todos_os_enderecos_de_um_atributo() {
        assert_eq!(
            do_atributo("srcset", "a.png 1x, b.png 2x"),
            ["a.png", "b.png"]
        );
        assert_eq!(
            do_css("a:url(data:x);b:URL( 'https://h/d' )"),
            ["data:x", "https://h/d"]
        );
        assert!(
            da_rede("HTTPS://h") && da_rede("//h") && !da_rede("a.html") && !da_rede("data:,x")
        );
    }
}
