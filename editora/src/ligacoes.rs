//! As ligações de uma figura: de uma caixa do desenho à listagem que mostra a função
//! que faz o que a caixa diz.
//!
//! No alto da figura, `# liga: Texto da caixa = src/chat/tcp.rs:ligar` liga uma caixa
//! (todas as que têm esse texto) à função `ligar`; onde o arquivo tem duas com o mesmo
//! nome, escreve-se `Tcp::ligar`. Com `# fluxograma`, toda caixa tem de ter a sua.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

use crate::caixas::Caixa;
use crate::html::escapar;

/// A linha que declara uma ligação.
const LIGA: &str = "# liga:";

/// A linha que exige uma ligação de cada caixa.
const FLUXOGRAMA: &str = "# fluxograma";

/// O começo de uma função: o recuo e o nome.
static FUNCAO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^( *)(?:pub(?:\([^)]*\))? +)?(?:(?:const|async|unsafe) +)*fn +([A-Za-z_][A-Za-z0-9_]*)",
    )
    .expect("a expressão é constante")
});

/// O começo de um `impl` ou de um `trait`: o recuo e o resto da linha.
static DONO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^( *)(?:pub(?:\([^)]*\))? +)?(?:unsafe +)?(?:impl|trait)\b(.*)")
        .expect("a expressão é constante")
});

/// Uma caixa que leva a uma função.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ligacao {
    /// A linha da fonte da figura em que foi declarada.
    pub linha: usize,
    /// O texto da caixa.
    pub caixa: String,
    /// O arquivo da função, a partir da raiz do projeto.
    pub arquivo: String,
    /// A função: `nome` ou `Tipo::nome`.
    pub funcao: String,
    /// As listagens que mostram a função, na ordem do sumário.
    pub mostras: Vec<Mostra>,
}

/// Uma listagem que mostra a função de uma ligação.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mostra {
    /// A página, a partir de `book/src`.
    pub pagina: String,
    /// O título da página.
    pub titulo: String,
    /// O id da listagem.
    pub id: String,
    /// Quantas linhas ela tem.
    pub linhas: usize,
}

impl Ligacao {
    /// A listagem a que a caixa leva quem está em `pagina`: uma da própria página, se
    /// houver; entre as outras, a mais curta, que é a que mais fala da função.
    pub fn mostra(&self, pagina: &str) -> Option<&Mostra> {
        self.mostras
            .iter()
            .min_by_key(|mostra| (mostra.pagina != pagina, mostra.linhas))
    }
}

/// As ligações declaradas em `fonte`, a de uma figura que tem estas `caixas`.
///
/// # Errors
/// Os problemas, cada um com a linha da fonte em que está.
pub fn ler(fonte: &str, caixas: &[Caixa]) -> Result<Vec<Ligacao>, Vec<(usize, String)>> {
    let mut ligacoes: Vec<Ligacao> = Vec::new();
    let mut problemas = Vec::new();
    for (indice, escrita) in fonte.lines().enumerate() {
        let linha = indice + 1;
        let Some(declarada) = escrita.strip_prefix(LIGA) else {
            continue;
        };
        let Some(ligacao) = declarada_em(linha, declarada) else {
            let forma = "a forma é «# liga: Texto da caixa = src/arquivo.rs:funcao»";
            problemas.push((linha, forma.to_string()));
            continue;
        };
        let caixa = &ligacao.caixa;
        if let Some(antes) = ligacoes.iter().find(|outra| outra.caixa == *caixa) {
            let texto = format!("a caixa «{caixa}» já foi ligada na linha {}", antes.linha);
            problemas.push((linha, texto));
        } else if caixas.iter().all(|outra| outra.texto != *caixa) {
            problemas.push((linha, format!("o desenho não tem a caixa «{caixa}»")));
        }
        ligacoes.push(ligacao);
    }
    if fonte.lines().any(|linha| linha.trim_end() == FLUXOGRAMA) {
        let solta = |caixa: &&Caixa| ligacoes.iter().all(|outra| outra.caixa != caixa.texto);
        problemas.extend(caixas.iter().filter(solta).map(|caixa| {
            let texto = &caixa.texto;
            let falta = format!(
                "a caixa «{texto}» não leva a nenhuma função: falta «{LIGA} {texto} = src/arquivo.rs:funcao»"
            );
            (linha_da_caixa(fonte, texto), falta)
        }));
    }
    if problemas.is_empty() {
        Ok(ligacoes)
    } else {
        Err(problemas)
    }
}

fn declarada_em(linha: usize, declarada: &str) -> Option<Ligacao> {
    let (caixa, alvo) = declarada.rsplit_once(" = ")?;
    let (arquivo, funcao) = alvo.trim().split_once(':')?;
    let partes = [caixa.trim(), arquivo, funcao];
    let inteira = partes.iter().all(|parte| !parte.is_empty());
    inteira.then(|| Ligacao {
        linha,
        caixa: partes[0].to_string(),
        arquivo: arquivo.to_string(),
        funcao: funcao.to_string(),
        mostras: Vec::new(),
    })
}

/// A linha de `fonte` que desenha a caixa: a primeira com um texto entre aspas que
/// começa o dela.
fn linha_da_caixa(fonte: &str, caixa: &str) -> usize {
    let desenha = |linha: &str| {
        let primeiro = linha.split('"').nth(1).unwrap_or_default().trim();
        !linha.starts_with('#') && !primeiro.is_empty() && caixa.starts_with(primeiro)
    };
    fonte.lines().position(desenha).unwrap_or(0) + 1
}

/// A linha em que `texto`, o de um programa em Rust, define `funcao`. Os testes, no fim
/// do arquivo, não contam.
///
/// # Errors
/// O que há, se não há exatamente uma.
pub fn linha_da_funcao(texto: &str, funcao: &str) -> Result<usize, String> {
    let (tipo, nome) = funcao
        .rsplit_once("::")
        .map_or((None, funcao), |(tipo, nome)| (Some(tipo), nome));
    let mut dono: Option<(usize, &str)> = None;
    let mut achadas = Vec::new();
    for (indice, linha) in texto.lines().enumerate() {
        if linha == "#[cfg(test)]" && comeca_um_modulo(texto, indice + 1) {
            break;
        }
        if let Some(partes) = DONO.captures(linha) {
            let resto = partes.get(2).map_or("", |resto| resto.as_str());
            dono = Some((partes[1].len(), resto));
        } else if let Some((recuo, _)) = dono
            && linha.len() == recuo + 1
            && linha.ends_with('}')
        {
            dono = None;
        }
        let Some(partes) = FUNCAO.captures(linha) else {
            continue;
        };
        let do_tipo = |tipo| dono.is_some_and(|(_, resto)| tem_a_palavra(resto, tipo));
        if &partes[2] == nome && tipo.is_none_or(do_tipo) {
            achadas.push(indice + 1);
        }
    }
    match achadas[..] {
        [linha] => Ok(linha),
        [] => Err(format!("não tem a função «{funcao}»")),
        _ => Err(format!(
            "tem {} funções «{funcao}»: diga qual, como em «Tipo::{nome}»",
            achadas.len()
        )),
    }
}

fn comeca_um_modulo(texto: &str, indice: usize) -> bool {
    texto
        .lines()
        .nth(indice)
        .is_some_and(|linha| linha.starts_with("mod ") && linha.ends_with('{'))
}

fn tem_a_palavra(texto: &str, palavra: &str) -> bool {
    texto
        .split(|letra: char| !letra.is_alphanumeric() && letra != '_')
        .any(|outra| outra == palavra)
}

/// O desenho com as caixas dentro das ligações delas, para quem lê em `pagina`.
pub fn no_desenho(svg: &str, caixas: &[Caixa], ligacoes: &[Ligacao], pagina: &str) -> String {
    let mut novo = String::with_capacity(svg.len());
    let mut copiado = 0;
    for caixa in caixas {
        let Some((ligacao, mostra)) = ligacoes
            .iter()
            .find(|ligacao| ligacao.caixa == caixa.texto)
            .and_then(|ligacao| Some((ligacao, ligacao.mostra(pagina)?)))
        else {
            continue;
        };
        let _ = write!(
            novo,
            "{antes}<a href=\"{endereco}\" aria-label=\"{texto}: a função {funcao}, em {titulo}\">{dentro}</a>",
            antes = &svg[copiado..caixa.lugar.start],
            endereco = escapar(&endereco(pagina, mostra)),
            texto = escapar(&caixa.texto),
            funcao = escapar(&ligacao.funcao),
            titulo = escapar(&mostra.titulo),
            dentro = &svg[caixa.lugar.clone()],
        );
        copiado = caixa.lugar.end;
    }
    novo.push_str(&svg[copiado..]);
    novo
}

/// As mesmas ligações em uma lista, que também diz de que arquivo é cada função.
pub fn em_lista(titulo: &str, ligacoes: &[Ligacao], pagina: &str) -> String {
    let mut itens = String::new();
    for ligacao in ligacoes {
        let Some(mostra) = ligacao.mostra(pagina) else {
            continue;
        };
        let _ = write!(
            itens,
            "<li><a href=\"{}\">{}</a>: <code>{}</code>, de <code>{}</code>, em “{}”</li>",
            escapar(&endereco(pagina, mostra)),
            escapar(&ligacao.caixa),
            escapar(&ligacao.funcao),
            escapar(&ligacao.arquivo),
            escapar(&mostra.titulo),
        );
    }
    if itens.is_empty() {
        return String::new();
    }
    format!(
        "<details class=\"ligacoes\"><summary>A função de cada caixa de “{}”</summary><ul>{itens}</ul></details>",
        escapar(titulo)
    )
}

/// O caminho de uma página à listagem.
fn endereco(pagina: &str, mostra: &Mostra) -> String {
    if mostra.pagina == pagina {
        return format!("#{}", mostra.id);
    }
    let ate_a_raiz = "../".repeat(pagina.matches('/').count());
    format!("{ate_a_raiz}{}#{}", mostra.pagina, mostra.id)
}

#[cfg(test)]
mod testes {
    use super::*;

    fn caixa(texto: &str) -> Caixa {
        Caixa {
            texto: texto.into(),
            lugar: 0..0,
        }
    }

    #[test]
    fn le_as_ligacoes_declaradas() {
        let fonte = "# liga: a = b = src/x.rs:Tipo::f\n# liga: c = src/y.rs:g\nbox \"c\"\n";
        let lidas = ler(fonte, &[caixa("a = b"), caixa("c"), caixa("d")]).unwrap();
        let partes: Vec<_> = lidas
            .iter()
            .map(|l| (l.linha, &*l.caixa, &*l.arquivo, &*l.funcao))
            .collect();
        assert_eq!(
            partes,
            [
                (1, "a = b", "src/x.rs", "Tipo::f"),
                (2, "c", "src/y.rs", "g")
            ]
        );
    }

    #[test]
    fn acusa_cada_ligacao_errada_na_sua_linha() {
        let fonte = "# fluxograma\n# liga: a = src/x.rs:f\n# liga: a = src/x.rs:g\n# liga: z = src/x.rs:f\n\
                     # liga: a\n# liga: a = src/x.rs\nbox \"a\"\nbox \"b\" \"c\"\n";
        let achados = ler(fonte, &[caixa("a"), caixa("b c")]).unwrap_err();
        let esperados = [
            (3, "já foi ligada na linha 2"),
            (4, "não tem a caixa «z»"),
            (5, "a forma é"),
            (6, "a forma é"),
            (8, "a caixa «b c» não leva"),
        ];
        assert_eq!(achados.len(), esperados.len(), "{achados:?}");
        for ((linha, texto), (esperada, palavras)) in achados.iter().zip(esperados) {
            assert!(
                *linha == esperada && texto.contains(palavras),
                "{achados:?}"
            );
        }
    }

    const PROGRAMA: &str = "\
pub fn solta() {}
#[cfg(test)]
mod provas;
// fn solta() em um comentário
impl Trait for Um {
    pub(crate) async fn f() {
    }
}
impl<T> Dois<T> {
    fn f(&self) {}
    const fn g() {}
}
fn h() {}
#[cfg(test)]
mod testes {
    fn so_no_teste() {}
    fn solta() {}
}
";

    #[test]
    fn acha_a_funcao_e_diz_quando_ha_duas_ou_nenhuma() {
        for (funcao, linha) in [
            ("solta", 1),
            ("Um::f", 6),
            ("Dois::f", 10),
            ("g", 11),
            ("h", 13),
        ] {
            assert_eq!(linha_da_funcao(PROGRAMA, funcao), Ok(linha), "{funcao}");
        }
        for (funcao, palavras) in [
            ("f", "tem 2 funções «f»"),
            ("so_no_teste", "não tem a função"),
            ("Tres::f", "não tem a função «Tres::f»"),
            ("Dois::h", "não tem a função"),
            ("sol", "não tem a função"),
        ] {
            let erro = linha_da_funcao(PROGRAMA, funcao).unwrap_err();
            assert!(erro.contains(palavras), "{funcao}: {erro}");
        }
    }

    fn ligacao() -> Ligacao {
        let mostra = |pagina: &str, linhas| Mostra {
            pagina: pagina.into(),
            titulo: format!("Título de {pagina}"),
            id: "l".into(),
            linhas,
        };
        Ligacao {
            linha: 1,
            caixa: "a & b".into(),
            arquivo: "src/x.rs".into(),
            funcao: "f".into(),
            mostras: vec![
                mostra("um.md", 40),
                mostra("chat/dois.md", 9),
                mostra("chat/tres.md", 9),
            ],
        }
    }

    #[test]
    fn leva_a_listagem_da_pagina_ou_a_mais_curta() {
        let ligacao = ligacao();
        for (de, endereco_certo) in [
            ("um.md", "#l"),
            ("chat/tres.md", "#l"),
            ("chat/fim.md", "../chat/dois.md#l"),
            ("indice.md", "chat/dois.md#l"),
        ] {
            let mostra = ligacao.mostra(de).unwrap();
            assert_eq!(endereco(de, mostra), endereco_certo);
        }
    }

    #[test]
    fn a_caixa_e_a_lista_levam_ao_mesmo_lugar() {
        let svg = "<path/>\n<text>a &amp; b</text>\n<text>solto</text>";
        let caixas = [Caixa {
            texto: "a & b".into(),
            lugar: 0..svg.find("\n<text>solto").unwrap(),
        }];
        let desenho = no_desenho(svg, &caixas, &[ligacao()], "um.md");
        assert!(
            desenho.starts_with(
                "<a href=\"#l\" aria-label=\"a &amp; b: a função f, em Título de um.md\"><path/>"
            ) && desenho.ends_with("</text></a>\n<text>solto</text>"),
            "{desenho}"
        );
        let lista = em_lista("T", &[ligacao()], "um.md");
        assert!(
            lista.contains(
                "<li><a href=\"#l\">a &amp; b</a>: <code>f</code>, de <code>src/x.rs</code>"
            ),
            "{lista}"
        );
    }
}
