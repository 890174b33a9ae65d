//! As diretivas do livro dentro do Markdown: `{{#figura x}}` e companhia.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::referencias::Especie;

/// Qualquer `{{#nome argumento}}`, com a barra que a desliga, se houver.
static DIRETIVA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\\?\{\{#([A-Za-z_]+)[ \t]*([^}\n]*?)[ \t]*\}\}").expect("a expressão é constante")
});

/// Uma diretiva e o lugar dela.
#[derive(Debug, PartialEq, Eq)]
pub struct Achada<'t> {
    /// A linha, a partir de 1.
    pub linha: usize,
    /// Onde ela está no texto, em bytes.
    pub intervalo: Range<usize>,
    /// O que ela pede.
    pub pedido: Pedido<'t>,
}

/// O que uma diretiva pede.
#[derive(Debug, PartialEq, Eq)]
pub enum Pedido<'t> {
    /// `{{#listagem bind:ancora}}`: um trecho de programa.
    Listagem {
        /// O arquivo, relativo à raiz do projeto.
        arquivo: String,
        /// A âncora; sem ela, o arquivo inteiro.
        ancora: Option<&'t str>,
    },
    /// `{{#figura nome}}`, ou `{{#figura nome ver=CAIXA,CAIXA}}`.
    Figura {
        /// O nome, que é o do arquivo.
        nome: &'t str,
        /// As caixas em destaque, como estão escritas: veja [`crate::realce`].
        opcoes: &'t str,
    },
    /// `{{#cena nome}}`.
    Cena(&'t str),
    /// `{{#grafico nome}}`.
    Grafico(&'t str),
    /// `{{#numero nome}}`, no meio de uma frase.
    Numero {
        /// O nome, como a página o diz.
        nome: &'t str,
        /// `puro`, `faixa` ou nada.
        forma: &'t str,
    },
    /// `{{#execucao nome}}`: uma execução gravada, de quatro modos.
    Execucao(&'t str),
    /// `{{#captura nome}}`, no meio de uma frase: um arquivo de pacotes para baixar.
    Captura(&'t str),
    /// `{{#ambiente}}`: a máquina que mediu.
    Ambiente,
    /// `{{#glossario}}`: os termos do livro; `{{#glossario ingles}}`, a partir do inglês.
    Glossario {
        /// Se a lista parte do inglês.
        do_ingles: bool,
    },
    /// `{{#referencias rfc}}` ou `{{#referencias manual}}`: o que o livro cita.
    Referencias(Especie),
    /// `{{#perguntas}}`: as perguntas do capítulo.
    Perguntas,
    /// `{{#exercicios}}`: os enunciados dos exercícios do capítulo.
    Exercicios,
    /// `{{#respostas}}`: as soluções de todos os exercícios.
    Respostas,
    /// `{{#atlas familia}}`: os erros dela, ou o índice de todos, se não há uma.
    Atlas(&'t str),
    /// `{{#include arquivo:ancora}}` e variantes, que o próprio mdBook resolve.
    Inclusao {
        /// O arquivo, relativo à pasta do capítulo.
        arquivo: &'t str,
        /// A âncora ou a faixa de linhas, como está escrita.
        parte: Option<&'t str>,
    },
    /// `{{#title texto}}`, do mdBook: nada a conferir.
    Titulo,
    /// Um nome que ninguém conhece.
    Desconhecida(&'t str),
}

/// Todas as diretivas de `texto`, na ordem. Uma barra antes (`\{{#…}}`) a desliga.
pub fn encontrar(texto: &str) -> Vec<Achada<'_>> {
    let linhas = Linhas::de(texto);
    DIRETIVA
        .captures_iter(texto)
        .filter(|partes| !partes[0].starts_with('\\'))
        .map(|partes| {
            let [nome, argumento] = [1, 2].map(|i| partes.get(i).map_or("", |m| m.as_str()));
            let intervalo = partes.get(0).map_or(0..0, |m| m.range());
            Achada {
                linha: linhas.em(intervalo.start),
                intervalo,
                pedido: pedido(nome, argumento),
            }
        })
        .collect()
}

fn pedido<'t>(nome: &'t str, argumento: &'t str) -> Pedido<'t> {
    match nome {
        "listagem" => {
            let (arquivo, ancora) = partir(argumento);
            Pedido::Listagem {
                arquivo: caminho_da_listagem(arquivo),
                ancora,
            }
        }
        "figura" => {
            let (nome, opcoes) = nome_e_resto(argumento);
            Pedido::Figura { nome, opcoes }
        }
        "cena" => Pedido::Cena(argumento),
        "grafico" => Pedido::Grafico(argumento),
        "numero" => {
            let (nome, forma) = nome_e_resto(argumento);
            Pedido::Numero { nome, forma }
        }
        "execucao" => Pedido::Execucao(argumento),
        "captura" => Pedido::Captura(argumento),
        "ambiente" if argumento.is_empty() => Pedido::Ambiente,
        "glossario" if ["", "ingles"].contains(&argumento) => Pedido::Glossario {
            do_ingles: !argumento.is_empty(),
        },
        "referencias" if argumento == "rfc" => Pedido::Referencias(Especie::Rfc),
        "referencias" if argumento == "manual" => Pedido::Referencias(Especie::Manual),
        "perguntas" if argumento.is_empty() => Pedido::Perguntas,
        "exercicios" if argumento.is_empty() => Pedido::Exercicios,
        "respostas" if argumento.is_empty() => Pedido::Respostas,
        "atlas" => Pedido::Atlas(argumento),
        "include" | "rustdoc_include" | "playground" => {
            let arquivo_e_parte = argumento.split_whitespace().next().unwrap_or("");
            let (arquivo, parte) = partir(arquivo_e_parte);
            Pedido::Inclusao { arquivo, parte }
        }
        "title" => Pedido::Titulo,
        _ => Pedido::Desconhecida(nome),
    }
}

fn nome_e_resto(argumento: &str) -> (&str, &str) {
    argumento
        .split_once(' ')
        .map_or((argumento, ""), |(nome, resto)| (nome, resto.trim()))
}

fn partir(argumento: &str) -> (&str, Option<&str>) {
    argumento
        .split_once(':')
        .map_or((argumento, None), |(arquivo, parte)| (arquivo, Some(parte)))
}

/// `bind` quer dizer `examples/bind.rs`; o que tem barra ou ponto já é um caminho.
fn caminho_da_listagem(nome: &str) -> String {
    if nome.contains(['/', '.']) {
        nome.to_string()
    } else {
        format!("examples/{nome}.rs")
    }
}

/// Onde começa cada linha de um texto, para dizer a linha de uma posição.
#[derive(Debug)]
pub struct Linhas(Vec<usize>);

impl Linhas {
    /// As linhas de `texto`.
    pub fn de(texto: &str) -> Self {
        Self(
            texto
                .match_indices('\n')
                .map(|(posicao, _)| posicao)
                .collect(),
        )
    }

    /// A linha, a partir de 1, em que fica o byte `posicao`.
    pub fn em(&self, posicao: usize) -> usize {
        self.0.partition_point(|quebra| *quebra < posicao) + 1
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn entende_cada_diretiva_e_diz_a_linha() {
        let texto = "a\n{{#figura x}}\n{{#cena y}}\n{{#listagem bind:criar}} {{#listagem tests/p.py}}\n\
                     \\{{#figura z}}\n{{#include ../a.rs:2:3}}\n{{#fig w}}\n\
                     {{#numero a}} {{#numero b.c  faixa}}\n{{#grafico g}}\n{{#ambiente}}\n\
                     {{#figura x  ver=a b,c }}\n{{#atlas}}\n{{#atlas f}}\n\
                     {{#execucao e}} {{#captura c}}";
        let achadas = encontrar(texto);
        let pedidos: Vec<_> = achadas.iter().map(|a| (a.linha, &a.pedido)).collect();
        assert_eq!(
            pedidos,
            [
                (
                    2,
                    &Pedido::Figura {
                        nome: "x",
                        opcoes: ""
                    }
                ),
                (3, &Pedido::Cena("y")),
                (
                    4,
                    &Pedido::Listagem {
                        arquivo: "examples/bind.rs".into(),
                        ancora: Some("criar")
                    }
                ),
                (
                    4,
                    &Pedido::Listagem {
                        arquivo: "tests/p.py".into(),
                        ancora: None
                    }
                ),
                (
                    6,
                    &Pedido::Inclusao {
                        arquivo: "../a.rs",
                        parte: Some("2:3")
                    }
                ),
                (7, &Pedido::Desconhecida("fig")),
                (
                    8,
                    &Pedido::Numero {
                        nome: "a",
                        forma: ""
                    }
                ),
                (
                    8,
                    &Pedido::Numero {
                        nome: "b.c",
                        forma: "faixa"
                    }
                ),
                (9, &Pedido::Grafico("g")),
                (10, &Pedido::Ambiente),
                (
                    11,
                    &Pedido::Figura {
                        nome: "x",
                        opcoes: "ver=a b,c"
                    }
                ),
                (12, &Pedido::Atlas("")),
                (13, &Pedido::Atlas("f")),
                (14, &Pedido::Execucao("e")),
                (14, &Pedido::Captura("c")),
            ]
        );
        assert_eq!(&texto[achadas[0].intervalo.clone()], "{{#figura x}}");
    }
}
