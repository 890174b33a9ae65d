//! As cores do código, postas quando o livro é montado.
//!
//! O highlight.js do mdBook pesa 138 KB em cada primeira visita, atrasa a página e
//! não colore nada onde não há JavaScript, nem no papel. O livro tem quatro
//! linguagens, e o que se colore nelas cabe em três expressões.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Um bloco de código como o mdBook o escreve, sem nada dentro além de texto.
static BLOCO: LazyLock<Regex> = LazyLock::new(|| {
    expressao(r#"(?<abre><pre><code class="language-(?<lingua>[a-z]+)">)(?<codigo>[^<]*)</code>"#)
});

/// O nome de cada grupo é a classe que o trecho ganha: `c-comentario`, `c-texto`…
/// Um identificador comum só é lido para que não se tome um pedaço dele por outra coisa.
static RUST: LazyLock<Regex> = LazyLock::new(|| {
    expressao(
        r#"(?x)
        (?<comentario>//[^\n]*|/\*(?s:.*?)\*/)
        |(?<texto>\bb?r"[^"]*"|\bb?r\#"(?s:.*?)"\#|\bb?"(?:[^"\\]|\\(?s:.))*"|"(?:[^"\\]|\\(?s:.))*"
            |b?'(?:[^'\\\n]|\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.))')
        |(?<atributo>\#!?\[[^\]]*\]|'[a-z_]\w*)
        |(?<numero>\b[0-9](?:[0-9a-fA-F_xob]|\.[0-9])*(?:[iuf](?:8|16|32|64|128|size))?\b)
        |(?<chave>\b(?:as|async|await|break|const|continue|crate|dyn|else|enum|extern|false|fn|for|if
            |impl|in|let|loop|match|mod|move|mut|pub|ref|return|self|Self|static|struct|super|trait
            |true|type|unsafe|use|where|while)\b)
        |(?<nome>\b[a-z_]\w*!)
        |(?<tipo>\b(?:[A-Z]\w*|[iu](?:8|16|32|64|128|size)|f32|f64|bool|char|str)\b)
        |(?<comum>[\p{L}_]\w*)"#,
    )
});

static PYTHON: LazyLock<Regex> = LazyLock::new(|| {
    expressao(
        r#"(?x)
        (?<comentario>\#[^\n]*)
        |(?<texto>\b[rbfRBF]{1,2}"(?:[^"\\\n]|\\.)*"|\b[rbfRBF]{1,2}'(?:[^'\\\n]|\\.)*'
            |"""(?s:.*?)"""|'''(?s:.*?)'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
        |(?<atributo>@\w+)
        |(?<numero>\b[0-9](?:[0-9a-fA-F_xob]|\.[0-9])*\b)
        |(?<chave>\b(?:and|as|assert|async|await|break|class|continue|def|del|elif|else|except|False
            |finally|for|from|global|if|import|in|is|lambda|None|nonlocal|not|or|pass|raise|return
            |True|try|while|with|yield)\b)
        |(?<tipo>\b(?:[A-Z]\w*|bool|bytes|bytearray|dict|enumerate|float|input|int|len|list|open|print
            |range|set|str|tuple|zip)\b)
        |(?<comum>[\p{L}_]\w*)"#,
    )
});

/// Os três interpretadores de comandos do livro.
static COMANDOS: LazyLock<Regex> = LazyLock::new(|| {
    expressao(
        r#"(?x)
        (?<comentario>(?m:^|[\ \t])\#[^\n]*)
        |(?<texto>"(?:[^"\\]|\\.)*"|'[^']*')
        |(?<atributo>\$(?:env:)?\w+|\$\{[^}]*\}|%\w+%)
        |(?<comum>[^\s"'$%]+)"#,
    )
});

fn expressao(texto: &str) -> Regex {
    Regex::new(texto).expect("expressão regular válida")
}

/// A página com cada bloco de código colorido. Um bloco de outra linguagem fica como está.
pub fn colorir(pagina: &str) -> Cow<'_, str> {
    BLOCO.replace_all(pagina, |bloco: &Captures<'_>| {
        let (abre, codigo) = (&bloco["abre"], &bloco["codigo"]);
        let codigo = linguagem(&bloco["lingua"])
            .and_then(|expressao| trechos(expressao, codigo))
            .unwrap_or_else(|| codigo.to_owned());
        format!("{abre}{codigo}</code>")
    })
}

fn linguagem(nome: &str) -> Option<&'static Regex> {
    match nome {
        "rust" => Some(&RUST),
        "python" => Some(&PYTHON),
        "sh" | "console" | "powershell" | "bat" => Some(&COMANDOS),
        _ => None,
    }
}

/// O código com os seus trechos marcados. Nada se perde nem se acrescenta ao texto.
fn trechos(expressao: &Regex, escrito: &str) -> Option<String> {
    let texto = escrito
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    // Outra entidade não é texto que se saiba ler: o bloco fica sem cores.
    if texto.matches('&').count() != texto.matches("&amp;").count() {
        return None;
    }
    let texto = texto.replace("&amp;", "&");
    let mut novo = String::with_capacity(escrito.len() * 2);
    let mut copiado = 0;
    let mut anterior = "";
    for achado in expressao.captures_iter(&texto) {
        let classe = expressao
            .capture_names()
            .flatten()
            .find(|nome| achado.name(nome).is_some());
        let inteiro = achado.get(0)?;
        novo.push_str(&escapar(&texto[copiado..inteiro.start()]));
        let trecho = escapar(inteiro.as_str());
        copiado = inteiro.end();
        // O nome do que se define vem depois da palavra que define.
        let definido = matches!(anterior, "fn" | "def") && classe == Some("comum");
        match classe {
            _ if definido => marcar(&mut novo, "nome", &trecho),
            Some("comum") | None => novo.push_str(&trecho),
            Some(classe) => marcar(&mut novo, classe, &trecho),
        }
        anterior = inteiro.as_str();
    }
    novo.push_str(&escapar(&texto[copiado..]));
    Some(novo)
}

fn marcar(novo: &mut String, classe: &str, trecho: &str) {
    for parte in ["<span class=\"c-", classe, "\">", trecho, "</span>"] {
        novo.push_str(parte);
    }
}

/// Dentro de um elemento as aspas são só aspas.
fn escapar(texto: &str) -> String {
    texto
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod testes {
    use super::*;

    fn de(lingua: &str, codigo: &str) -> String {
        let antes = format!("<pre><code class=\"language-{lingua}\">{codigo}</code></pre>");
        let depois = colorir(&antes);
        let dentro = depois.split_once("\">").expect("abre").1;
        dentro.split_once("</code>").expect("fecha").0.to_owned()
    }

    #[test]
    fn rust_tem_as_suas_cores() {
        let html = de(
            "rust",
            "// um\n#[derive(Debug)]\npub fn ler&lt;'a&gt;(b: &amp;'a [u8; 16]) -&gt; Option&lt;char&gt; {\n    println!(\"{}\", 'x');\n}",
        );
        for parte in [
            "<span class=\"c-comentario\">// um</span>\n",
            "<span class=\"c-atributo\">#[derive(Debug)]</span>",
            "<span class=\"c-chave\">fn</span> <span class=\"c-nome\">ler</span>&lt;<span class=\"c-atributo\">'a</span>&gt;(b: &amp;",
            "[<span class=\"c-tipo\">u8</span>; <span class=\"c-numero\">16</span>]",
            "<span class=\"c-nome\">println!</span>(<span class=\"c-texto\">\"{}\"</span>, <span class=\"c-texto\">'x'</span>)",
        ] {
            assert!(html.contains(parte), "{parte}\n{html}");
        }
    }

    #[test]
    fn python_e_comandos_tem_as_suas_cores() {
        let python = de(
            "python",
            "def ler(s):  # um\n    return s.recv(1024), b'x', None",
        );
        for parte in [
            "<span class=\"c-chave\">def</span> <span class=\"c-nome\">ler</span>(s)",
            "<span class=\"c-comentario\"># um</span>\n",
            "<span class=\"c-texto\">b'x'</span>, <span class=\"c-chave\">None</span>",
        ] {
            assert!(python.contains(parte), "{parte}\n{python}");
        }
        let comandos = de("sh", "cargo run -- \"$HOME\"/a#b $X # fim");
        assert_eq!(
            comandos,
            "cargo run -- <span class=\"c-texto\">\"$HOME\"</span>/a#b \
             <span class=\"c-atributo\">$X</span><span class=\"c-comentario\"> # fim</span>"
        );
    }

    #[test]
    fn o_texto_e_o_mesmo_sem_as_cores() {
        let etiqueta = expressao("</?span[^>]*>");
        let raiz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut lidos = 0;
        for arquivo in crate::lista::arquivos(&raiz).expect("listar") {
            let texto = std::fs::read_to_string(raiz.join(&arquivo)).expect("ler");
            let escrito = escapar(&texto);
            for expressao in [&RUST, &PYTHON, &COMANDOS] {
                let colorido = trechos(expressao, &escrito);
                // Uma entidade escrita no próprio código não engana quem lê.
                let colorido = colorido.expect("só há as entidades conhecidas");
                assert_eq!(
                    etiqueta.replace_all(&colorido, ""),
                    escrito,
                    "{}",
                    arquivo.display()
                );
            }
            lidos += 1;
        }
        assert!(lidos > 20, "{lidos}");
    }

    #[test]
    fn o_que_nao_se_sabe_ler_fica_como_esta() {
        for bloco in [
            "<pre><code class=\"language-toml\">a = 1 # um</code></pre>",
            "<pre><code class=\"language-rust\">a &#39;b&#39; fn</code></pre>",
            "<pre><code class=\"language-rust\"><span class=\"boring\">fn a() {}</span></code></pre>",
            "<p><code>fn</code></p>",
        ] {
            assert_eq!(colorir(bloco), bloco);
        }
    }
}
