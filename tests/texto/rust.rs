//! A prosa de um programa em Rust: os comentários, a documentação e os textos.

use std::ops::Range;
use std::sync::LazyLock;

use libtest_mimic::Trial;
use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};
use regex::Regex;

use crate::fontes::{Voz, ditos, do_markdown};
use crate::prova;

/// O que um texto de programa tem e ninguém lê: o lugar de um valor (`{erro:#}`).
static LUGAR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\{[^{}\n]*\}").expect("a expressão é constante"));

/// Uma palavra comum, sem nada de código por perto.
static PALAVRA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:^|[\s(“«])\p{Ll}{2,}").expect("a expressão é constante"));

/// Uma linha de um texto que é código de outra linguagem: a editora conserta o tema do mdBook.
static CODIGO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[;{]\s*$|=>|==|^\s*//|\w\.\w+\(|^\s*@|' \+|^(?:const|new|cargo) |\[\^|^[a-z_]+ = ")
        .expect("a expressão é constante")
});

/// O cabeçalho de uma solução errada dos exercícios: o nome do diagnóstico e o do sistema
/// em que ela vale, que são ids.
const CABECALHO: [&str; 2] = ["diagnostico:", "sistema:"];

/// O que se lê no programa, com a linha. O que só existe para as provas (`#[cfg(test)]`)
/// fica de fora.
pub fn prosa(programa: &str) -> Vec<(usize, String, Voz)> {
    let palavras: TokenStream = match programa.parse() {
        Ok(palavras) => palavras,
        Err(erro) => return vec![(1, format!("programa que não se lê: {erro}"), Voz::Nossa)],
    };
    let mut leitura = Leitura::default();
    leitura.ler(palavras);
    let mut achados = leitura.textos;
    for (linha, comentario) in juntar(leitura.documentacao) {
        achados.extend(do_markdown(&comentario, linha));
    }
    for (linha, comentario) in juntar(comentarios(programa, leitura.lugares)) {
        achados.extend(do_markdown(&comentario, linha));
    }
    achados
}

#[derive(Default)]
struct Leitura {
    /// O que está entre aspas.
    textos: Vec<(usize, String, Voz)>,
    /// Cada linha de `///` e `//!`.
    documentacao: Vec<(usize, String)>,
    /// Onde há palavras do programa: entre uma e outra só há espaços e comentários.
    lugares: Vec<Range<usize>>,
}

impl Leitura {
    fn ler(&mut self, palavras: TokenStream) {
        let mut palavras = palavras.into_iter().peekable();
        while let Some(palavra) = palavras.next() {
            self.lugares_de(&palavra);
            match palavra {
                TokenTree::Punct(sinal) if sinal.as_char() == '#' => {
                    if matches!(palavras.peek(), Some(TokenTree::Punct(sinal)) if sinal.as_char() == '!')
                        && let Some(exclamacao) = palavras.next()
                    {
                        self.lugares_de(&exclamacao);
                    }
                    if let Some(TokenTree::Group(atributo)) = palavras.next() {
                        self.lugares.push(atributo.span().byte_range());
                        if so_para_as_provas(&atributo) {
                            self.pular(&mut palavras);
                        } else {
                            self.documentar(&atributo);
                        }
                    }
                }
                TokenTree::Group(grupo) => self.ler(grupo.stream()),
                TokenTree::Literal(literal) => self.texto(&literal),
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    fn lugares_de(&mut self, palavra: &TokenTree) {
        if let TokenTree::Group(grupo) = palavra {
            self.lugares.push(grupo.span_open().byte_range());
            self.lugares.push(grupo.span_close().byte_range());
        } else {
            self.lugares.push(palavra.span().byte_range());
        }
    }

    /// Passa pelo que vem depois de `#[cfg(test)]`: até o bloco, ou o ponto e vírgula.
    fn pular(&mut self, palavras: &mut impl Iterator<Item = TokenTree>) {
        for palavra in palavras {
            self.lugares.push(palavra.span().byte_range());
            match palavra {
                TokenTree::Group(grupo) if grupo.delimiter() == Delimiter::Brace => return,
                TokenTree::Punct(sinal) if sinal.as_char() == ';' => return,
                _ => {}
            }
        }
    }

    /// Se o atributo é uma linha de documentação (`#[doc = "…"]`), guarda-a.
    fn documentar(&mut self, atributo: &Group) {
        let mut partes = atributo.stream().into_iter();
        let e_doc = matches!(partes.next(), Some(TokenTree::Ident(nome)) if nome == "doc");
        if e_doc && let Some(TokenTree::Literal(texto)) = partes.nth(1) {
            let linha = atributo.span().start().line;
            let mut texto = valor(&texto.to_string()).unwrap_or_default();
            let id = |nome: &&str| texto.trim_start().starts_with(*nome);
            if CABECALHO.iter().any(id) {
                texto.clear();
            }
            self.documentacao.push((linha, texto));
        }
    }

    /// Um texto do programa que alguém lê: o que tem ao menos duas palavras, ou um acento.
    fn texto(&mut self, literal: &Literal) {
        let Some(valor) = valor(&literal.to_string()) else {
            return;
        };
        let primeira = literal.span().start().line;
        let legivel = LUGAR.replace_all(&valor, " 0 ");
        if PALAVRA.find_iter(&legivel).count() < 2 && legivel.is_ascii() {
            return;
        }
        let linhas = (primeira..).zip(legivel.lines());
        for (linha, texto) in linhas.filter(|(_, texto)| !CODIGO.is_match(texto)) {
            let lido = do_markdown(texto.trim_start(), linha);
            self.textos.extend(ditos(lido));
        }
    }
}

/// Se o atributo é `#[cfg(test)]` ou `#[test]`.
fn so_para_as_provas(atributo: &Group) -> bool {
    let texto: String = atributo.stream().to_string().split_whitespace().collect();
    texto == "cfg(test)" || texto == "test" || texto.starts_with("cfg(all(test")
}

/// O valor de um texto do Rust; nada, se o literal é um número, uma letra ou bytes.
fn valor(literal: &str) -> Option<String> {
    if let Some(cru) = literal.strip_prefix('r') {
        let cercas = cru.len() - cru.trim_start_matches('#').len();
        let dentro = cru.get(cercas + 1..cru.len().checked_sub(cercas + 1)?)?;
        return Some(dentro.to_string());
    }
    let dentro = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut letras = dentro.chars().peekable();
    let mut valor = String::new();
    while let Some(letra) = letras.next() {
        if letra != '\\' {
            valor.push(letra);
            continue;
        }
        match letras.next() {
            Some('n') => valor.push('\n'),
            Some('t' | 'r' | '0') => valor.push(' '),
            Some('x') => {
                letras.nth(1);
                valor.push(' ');
            }
            Some('u') => {
                letras.by_ref().find(|letra| *letra == '}');
                valor.push(' ');
            }
            // A barra no fim da linha junta as duas.
            Some('\n') => while letras.next_if(|letra| letra.is_whitespace()).is_some() {},
            Some(outra) => valor.push(outra),
            None => {}
        }
    }
    Some(valor)
}

/// Os comentários comuns: o que há entre as palavras do programa.
fn comentarios(programa: &str, mut lugares: Vec<Range<usize>>) -> Vec<(usize, String)> {
    lugares.sort_by_key(|lugar| (lugar.start, lugar.end));
    let mut achados = Vec::new();
    let mut fim = 0;
    let mut linha = 1;
    let vazio = programa.len()..programa.len();
    for lugar in lugares.into_iter().chain([vazio]) {
        let entre = programa.get(fim..lugar.start).unwrap_or_default();
        if entre.contains("//") {
            for (linha, texto) in (linha..).zip(entre.lines()) {
                let texto = texto.trim_start();
                let comentario = texto.strip_prefix("//").unwrap_or_default();
                // As âncoras são para a editora, não para quem lê.
                if !comentario.trim_start().starts_with("ANCHOR") {
                    achados.push((linha, comentario.to_string()));
                }
            }
        }
        // As palavras já lidas podem estar dentro de outra: uma documentação, um grupo.
        let ate = lugar.end.max(fim);
        linha += programa[fim..ate].matches('\n').count();
        fim = ate;
    }
    achados
}

/// Junta as linhas seguidas, que são um texto só.
fn juntar(mut linhas: Vec<(usize, String)>) -> Vec<(usize, String)> {
    linhas.sort();
    let mut blocos: Vec<(usize, String, usize)> = Vec::new();
    for (linha, texto) in linhas {
        let texto = texto.strip_prefix(' ').unwrap_or(&texto);
        match blocos.last_mut() {
            Some((_, bloco, ultima)) if linha == *ultima + 1 => {
                bloco.push('\n');
                bloco.push_str(texto);
                *ultima = linha;
            }
            _ => blocos.push((linha, texto.to_string(), linha)),
        }
    }
    blocos
        .into_iter()
        .map(|(linha, bloco, _)| (linha, bloco))
        .collect()
}

pub fn provas() -> Vec<Trial> {
    let lido = |programa: &str| -> Vec<(usize, String)> {
        let achados = prosa(programa).into_iter();
        let achados = achados.map(|(linha, texto, _)| (linha, texto.trim().to_string()));
        let mut achados: Vec<_> = achados.filter(|(_, texto)| !texto.is_empty()).collect();
        achados.sort();
        achados
    };
    let um = |linha, texto: &str| (linha, texto.to_string());
    vec![
        prova("rust::le_comentarios_documentacao_e_textos", move || {
            let programa = "//! Um `x`.\n\n/// Dois.\n/// ```\n/// let x = 1;\n/// ```\nfn f() {\n    \
                // Três.\n    g(\"não há {quanto} na rede\\n\", 1); // quatro\n}\n";
            let esperado = [
                um(1, "."),
                um(1, "Um"),
                um(3, "Dois."),
                um(8, "Três."),
                um(9, "não há  0  na rede"),
                um(9, "quatro"),
            ];
            assert_eq!(lido(programa), esperado);
            Ok(())
        }),
        prova("rust::nao_le_o_que_ninguem_ve", move || {
            let programa = "// ANCHOR: x\nfn f() { g(\"nome\", b\"um dois\", 'x', \"a/b\"); }\n\
                // ANCHOR_END: x\n#[cfg(test)]\nmod testes {\n    // um\n    fn g() { h(\"dois três\") }\n}\n\
                const A: &str = \"const linguagem = outra coisa;\n// uma coisa em JS\";\n";
            assert_eq!(lido(programa), []);
            Ok(())
        }),
        prova(
            "rust::junta_as_linhas_de_um_texto_e_conta_as_de_outro",
            move || {
                let programa = "const A: &str = \"um dois \\\n    três\";\nconst B: &str = \"quatro cinco\n\
                seis sete\";\nfn f() {}\n";
                let esperado = [
                    um(1, "um dois três"),
                    um(3, "quatro cinco"),
                    um(4, "seis sete"),
                ];
                assert_eq!(lido(programa), esperado);
                Ok(())
            },
        ),
    ]
}
