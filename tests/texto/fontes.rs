//! De onde vem a prosa: que arquivos da casa a têm, e que parte deles se lê.

use std::sync::LazyLock;

use libtest_mimic::Trial;
use regex::Regex;
use texto::casa::{self, Arquivo};
use texto::markdown::{self, Jeito};

use crate::{javascript, prova, rust};

/// Um trecho de prosa, todo em uma linha.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trecho {
    /// O arquivo, a partir da raiz.
    pub arquivo: String,
    /// A linha, a partir de 1.
    pub linha: usize,
    /// O que se lê, sem o código.
    pub texto: String,
    /// De quem é.
    pub voz: Voz,
}

/// De quem é um trecho.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voz {
    /// De quem escreveu o livro.
    Nossa,
    /// O que está em itálico ou entre aspas, e o texto de uma ligação: pode ser uma palavra, um
    /// título ou uma mensagem dos outros.
    Citada,
    /// O que está em um programa, em uma caixa de uma figura ou na linha de um arquivo de dados:
    /// quase sempre uma frase nossa, às vezes uma resposta do sistema.
    Dita,
}

/// O que os arquivos de dados dizem que não é prosa: nomes de arquivos e de colunas, comandos,
/// fórmulas, títulos de obras alheias e o que os sistemas respondem, como eles o escrevem.
const CHAVES_TECNICAS: &[&str] = &[
    "arquivo",
    "capitulos",
    "codigo",
    "comando",
    "conta",
    "endereco",
    "excecao",
    "formula",
    "id",
    "ingles",
    "linux",
    "macos",
    "mensagem",
    "mostra",
    "nunca",
    "onde",
    "portugues",
    "python",
    "requer",
    "tabela",
    "tipo",
    "valor",
    "windows",
];

/// Pastas dos dados que têm frases: as medidas e as execuções são o que os programas disseram.
const DADOS_COM_PROSA: &[&str] = &[
    "book/dados/atlas/",
    "book/dados/frases.toml",
    "book/dados/glossario.toml",
    "book/dados/graficos/",
    "book/dados/numeros/",
    "book/dados/perguntas/",
    "exercicios/",
];

/// Onde estão os programas cujo texto alguém lê: na tela, no livro ou na documentação.
const PROGRAMAS: &[&str] = &["src/", "examples/", "editora/", "exercicios/"];

/// O que se cita entre aspas.
static ASPAS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("“[^”]*”|«[^»]*»").expect("a expressão é constante"));

/// O cabeçalho de uma cena, ou de uma figura.
static CABECALHO: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:# )?(?:titulo|descricao|terminal \d+): (.*)$")
        .expect("a expressão é constante")
});

/// O que está escrito em uma caixa de uma figura.
static ROTULO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("\"([^\"]*)\"").expect("a expressão é constante"));

/// Toda a prosa da casa, lida uma vez.
static TODAS: LazyLock<Vec<Trecho>> = LazyLock::new(|| {
    let terminacoes = ["cena", "js", "md", "pikchr", "rs", "toml"];
    let arquivos = casa::arquivos(&provas::raiz(), &terminacoes).expect("a casa se lê");
    arquivos.iter().flat_map(de).collect()
});

/// Toda a prosa da casa.
pub fn todas() -> &'static [Trecho] {
    &TODAS
}

/// A prosa de um arquivo.
pub fn de(arquivo: &Arquivo) -> Vec<Trecho> {
    let caminho = arquivo.caminho.as_str();
    let tipo = caminho.rsplit('.').next().unwrap_or_default();
    let texto = &arquivo.texto;
    let achados: Vec<(usize, String, Voz)> = match tipo {
        "md" if caminho != "book/src/SUMMARY.md" && !caminho.contains("/tests/dados/") => {
            do_markdown(texto, 1)
        }
        "toml"
            if DADOS_COM_PROSA
                .iter()
                .any(|pasta| caminho.starts_with(pasta)) =>
        {
            // O título de um erro do atlas é o que o sistema diz.
            let titulo = caminho.starts_with("book/dados/atlas/").then_some("titulo");
            do_toml(texto, titulo)
        }
        "cena" => do_cabecalho(texto),
        "pikchr" => {
            let mut achados = do_cabecalho(texto);
            achados.extend(dos_rotulos(texto));
            achados
        }
        "js" if caminho.starts_with("book/tema/") => javascript::prosa(texto),
        "rs" if PROGRAMAS.iter().any(|pasta| caminho.starts_with(pasta))
            && !caminho.contains("/tests/")
            && !caminho.ends_with("/testes.rs") =>
        {
            rust::prosa(texto)
        }
        _ => Vec::new(),
    };
    let trecho = |(linha, texto, voz)| Trecho {
        arquivo: caminho.to_string(),
        linha,
        texto,
        voz,
    };
    achados.into_iter().map(trecho).collect()
}

/// O que se lê em um texto em Markdown que começa na linha `primeira`.
pub fn do_markdown(texto: &str, primeira: usize) -> Vec<(usize, String, Voz)> {
    let mut achados = Vec::new();
    for bloco in markdown::ler(texto) {
        for pedaco in bloco.pedacos {
            let linha = pedaco.linha + primeira - 1;
            match pedaco.jeito {
                Jeito::Codigo => {}
                Jeito::Italico | Jeito::Ligado => achados.push((linha, pedaco.texto, Voz::Citada)),
                Jeito::Comum => achados.extend(
                    sem_aspas(&pedaco.texto)
                        .into_iter()
                        .map(|(texto, voz)| (linha, texto, voz)),
                ),
            }
        }
    }
    achados
}

/// O mesmo que se leu, dito por um programa ou por um arquivo de dados.
pub fn ditos(lidos: Vec<(usize, String, Voz)>) -> impl Iterator<Item = (usize, String, Voz)> {
    lidos.into_iter().map(|(linha, texto, voz)| match voz {
        Voz::Nossa => (linha, texto, Voz::Dita),
        Voz::Citada | Voz::Dita => (linha, texto, voz),
    })
}

/// Separa o que está entre aspas do resto.
fn sem_aspas(texto: &str) -> Vec<(String, Voz)> {
    let mut partes: Vec<(String, Voz)> = ASPAS
        .find_iter(texto)
        .map(|citado| (citado.as_str().to_string(), Voz::Citada))
        .collect();
    partes.push((ASPAS.replace_all(texto, " ").into_owned(), Voz::Nossa));
    partes
}

fn do_cabecalho(texto: &str) -> Vec<(usize, String, Voz)> {
    let na_linha = |(linha, texto): (usize, &str)| {
        let prosa = CABECALHO.captures(texto)?.get(1)?.as_str();
        Some(do_markdown(prosa, linha))
    };
    (1..)
        .zip(texto.lines())
        .filter_map(na_linha)
        .flatten()
        .collect()
}

fn dos_rotulos(texto: &str) -> Vec<(usize, String, Voz)> {
    let do_desenho = (1..)
        .zip(texto.lines())
        .filter(|(_, linha)| !linha.starts_with('#'));
    do_desenho
        .flat_map(|(linha, texto)| {
            ROTULO
                .captures_iter(texto)
                .map(move |rotulo| (linha, rotulo[1].to_string(), Voz::Dita))
        })
        .collect()
}

/// Os textos de um arquivo de dados, menos os das chaves técnicas, e os da `alheia`.
fn do_toml(texto: &str, alheia: Option<&str>) -> Vec<(usize, String, Voz)> {
    let tabela = match toml::de::DeTable::parse(texto) {
        Ok(tabela) => tabela,
        Err(erro) => return vec![(1, format!("arquivo que não se lê: {erro}"), Voz::Nossa)],
    };
    let mut achados = Vec::new();
    da_tabela(texto, tabela.get_ref(), alheia, &mut achados);
    achados
}

fn da_tabela(
    arquivo: &str,
    tabela: &toml::de::DeTable<'_>,
    alheia: Option<&str>,
    achados: &mut Vec<(usize, String, Voz)>,
) {
    for (chave, valor) in tabela {
        let chave = chave.get_ref().as_ref();
        if !CHAVES_TECNICAS.contains(&chave) && alheia != Some(chave) {
            do_valor(arquivo, valor, alheia, achados);
        }
    }
}

fn do_valor(
    arquivo: &str,
    valor: &toml::Spanned<toml::de::DeValue<'_>>,
    alheia: Option<&str>,
    achados: &mut Vec<(usize, String, Voz)>,
) {
    use toml::de::DeValue;
    match valor.get_ref() {
        DeValue::String(texto) => {
            let comeco = valor.span().start;
            let linha = arquivo[..comeco].matches('\n').count() + 1;
            // Depois de três aspas, o texto começa na linha seguinte.
            let pulo = usize::from(
                ["'''\n", "\"\"\"\n"]
                    .iter()
                    .any(|aspas| arquivo[comeco..].starts_with(aspas)),
            );
            if texto.contains(' ') || !texto.is_ascii() {
                let lidos = do_markdown(texto, linha + pulo);
                if pulo == 0 {
                    achados.extend(ditos(lidos));
                } else {
                    achados.extend(lidos);
                }
            }
        }
        DeValue::Array(itens) => {
            for item in itens {
                do_valor(arquivo, item, alheia, achados);
            }
        }
        DeValue::Table(tabela) => da_tabela(arquivo, tabela, alheia, achados),
        _ => {}
    }
}

pub fn provas() -> Vec<Trial> {
    let lido = |caminho: &str, texto: &str| -> Vec<(usize, String)> {
        let arquivo = Arquivo {
            caminho: caminho.to_string(),
            texto: texto.to_string(),
        };
        let trechos = de(&arquivo).into_iter();
        let trechos = trechos.map(|trecho| (trecho.linha, trecho.texto.trim().to_string()));
        trechos.filter(|(_, texto)| !texto.is_empty()).collect()
    };
    let um = |linha, texto: &str| (linha, texto.to_string());
    vec![
        prova("fontes::cada_especie_de_arquivo_e_lida", move || {
            assert_eq!(
                lido("a.md", "# Um\n\nDois “três” `x`\n*seis*.\n"),
                [
                    um(1, "Um"),
                    um(3, "“três”"),
                    um(3, "Dois"),
                    um(4, "seis"),
                    um(4, ".")
                ]
            );
            assert_eq!(
                lido(
                    "book/cenas/a.cena",
                    "titulo: Um\nterminal 1: dois\n\n1$ tres\n"
                ),
                [um(1, "Um"), um(2, "dois")]
            );
            assert_eq!(
                lido(
                    "book/figuras/a.pikchr",
                    "# titulo: Um\nbox \"dois\" \"três\"\n"
                ),
                [um(1, "Um"), um(2, "dois"), um(2, "três")]
            );
            assert_eq!(
                lido(
                    "book/dados/atlas/a.toml",
                    "[e]\nporque = '''\num\ndois e `x`\n'''\nmensagem = 'in english'\ncura = 'só isto'\n"
                ),
                [um(3, "um"), um(4, "dois e"), um(7, "só isto")]
            );
            Ok(())
        }),
        prova("fontes::o_que_e_dos_outros_fica_de_fora", move || {
            for (caminho, texto) in [
                ("book/src/SUMMARY.md", "# Um\n"),
                ("editora/tests/dados/a.md", "# Um\n"),
                ("book/dados/medidas/ambiente.toml", "a = 'um dois'\n"),
                ("tests/a.rs", "// um\n"),
                ("Cargo.toml", "a = 'um dois'\n"),
            ] {
                assert_eq!(lido(caminho, texto), [], "{caminho}");
            }
            Ok(())
        }),
        prova("fontes::a_casa_inteira_e_lida", || {
            let todas = todas();
            // Se um dia uma espécie não for achada, as regras não provam nada dela.
            for (fim, minimo) in [
                ("md", 5000),
                ("rs", 3000),
                ("toml", 500),
                ("cena", 150),
                ("pikchr", 300),
                ("js", 20),
            ] {
                let quantos = todas.iter().filter(|t| t.arquivo.ends_with(fim)).count();
                assert!(quantos >= minimo, "{fim}: {quantos}");
            }
            Ok(())
        }),
    ]
}
