//! As referências: que RFCs e páginas de manual o livro cita, e onde. Os títulos estão em
//! `book/dados/referencias.toml`; as citações, no próprio texto.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::dados::folha::{Bloco, Folha, Problemas};
use crate::diretivas::Linhas;

/// Onde estão os títulos.
pub const ARQUIVO: &str = "book/dados/referencias.toml";

/// Uma RFC citada e, se o texto as diz, as seções.
static RFC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\bRFC\s(\d{3,5})(?:,?\s(?:seção|seções|§§?)\s?(\d+(?:\.\d+)*(?:(?:,|\se)\s\d+(?:\.\d+)*)*))?",
    )
    .expect("a expressão é constante")
});

/// O que parece uma página de manual: `socket(2)`.
static MANUAL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b[a-z][a-z0-9_.-]*\([1-8]\)").expect("a expressão é constante"));

/// Um número de seção.
static SECAO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d+(?:\.\d+)*").expect("a expressão é constante"));

/// Os títulos do que o livro cita.
#[derive(Debug)]
pub struct Referencias {
    obras: Vec<Obra>,
}

/// Algo que o livro cita.
#[derive(Debug)]
pub struct Obra {
    /// Como o texto a cita: `RFC 9293`, `socket(2)`.
    pub nome: String,
    titulo: String,
    /// Onde se lê.
    pub endereco: String,
    especie: Especie,
    /// A linha, no arquivo.
    pub linha: usize,
}

/// As duas listas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Especie {
    /// Os documentos da Internet.
    Rfc,
    /// As páginas de manual.
    Manual,
}

/// Uma citação no texto de uma página.
#[derive(Debug, PartialEq, Eq)]
pub struct Citacao {
    /// A linha, a partir de 1.
    pub linha: usize,
    /// A obra: `RFC 9293`, `socket(2)`.
    pub nome: String,
    /// As seções que ela diz.
    pub secoes: Vec<String>,
}

/// Uma página que cita: o caminho, o título e o que ela cita.
pub struct QuemCita<'t> {
    /// O caminho, a partir de `book/src`.
    pub caminho: &'t str,
    /// O título.
    pub titulo: &'t str,
    /// As citações dela.
    pub citacoes: Vec<Citacao>,
}

/// As citações de um texto, na ordem.
pub fn citacoes(texto: &str) -> Vec<Citacao> {
    let linhas = Linhas::de(texto);
    let rfcs = RFC.captures_iter(texto).filter_map(|partes| {
        let secoes = partes.get(2).map_or("", |secoes| secoes.as_str());
        Some(Citacao {
            linha: linhas.em(partes.get(0)?.start()),
            nome: format!("RFC {}", &partes[1]),
            secoes: SECAO
                .find_iter(secoes)
                .map(|secao| secao.as_str().to_string())
                .collect(),
        })
    });
    let manuais = MANUAL.find_iter(texto).map(|achado| Citacao {
        linha: linhas.em(achado.start()),
        nome: achado.as_str().to_string(),
        secoes: Vec::new(),
    });
    rfcs.chain(manuais).collect()
}

impl Referencias {
    /// Lê o arquivo.
    ///
    /// # Errors
    /// Todos os problemas, com a linha.
    pub fn ler(texto: &str) -> Result<Self, Problemas> {
        Folha::ler(texto, |arquivo| {
            let mut obras: Vec<Obra> = Vec::new();
            for (lista, especie) in [("rfc", Especie::Rfc), ("manual", Especie::Manual)] {
                for mut bloco in arquivo.blocos(lista, lista) {
                    if let Some(obra) = obra(&mut bloco, especie) {
                        if let Some(outra) = obras.iter().find(|outra| outra.nome == obra.nome) {
                            let texto = format!("«{}» já está na linha {}", obra.nome, outra.linha);
                            bloco.acusar(obra.linha, texto);
                        }
                        obras.push(obra);
                    }
                    bloco.acabar();
                }
            }
            Some(Self { obras })
        })
    }

    /// As obras, na ordem do arquivo.
    pub fn obras(&self) -> &[Obra] {
        &self.obras
    }

    /// O que o texto cita e não tem título, como frase, com a linha.
    pub fn sem_titulo(&self, citacoes: &[Citacao]) -> Vec<(usize, String)> {
        let falta = |citacao: &&Citacao| {
            // `s.listen(5)` e `set_ttl(1)` são código; `resolv.conf(5)` e `clock_gettime(2)`, só
            // se não estiverem na lista.
            !citacao.nome.contains(['.', '_'])
                && !self.obras.iter().any(|obra| obra.nome == citacao.nome)
        };
        let frase = |citacao: &Citacao| {
            let nome = &citacao.nome;
            let texto =
                format!("«{nome}» não está em {ARQUIVO}, de onde sai a lista do que se cita");
            (citacao.linha, texto)
        };
        citacoes.iter().filter(falta).map(frase).collect()
    }

    /// O que tem título e ninguém cita, como frase, com a linha no arquivo.
    pub fn sem_citacao(&self, citados: &BTreeSet<&str>) -> Vec<(usize, String)> {
        self.obras
            .iter()
            .filter(|obra| !citados.contains(obra.nome.as_str()))
            .map(|obra| (obra.linha, format!("nenhum capítulo cita «{}»", obra.nome)))
            .collect()
    }

    /// Uma das listas, em Markdown, para a página em `caminho`.
    pub fn markdown(&self, especie: Especie, caminho: &str, paginas: &[QuemCita<'_>]) -> String {
        let raiz = "../".repeat(caminho.matches('/').count());
        let linha = |obra: &Obra| {
            let citam = paginas.iter().filter_map(|pagina| {
                let dela = pagina
                    .citacoes
                    .iter()
                    .filter(|citacao| citacao.nome == obra.nome);
                let secoes: Vec<&Vec<String>> = dela.map(|citacao| &citacao.secoes).collect();
                if secoes.is_empty() {
                    return None;
                }
                let secoes: BTreeSet<Vec<u32>> = secoes
                    .into_iter()
                    .flatten()
                    .map(|secao| secao.split('.').filter_map(|n| n.parse().ok()).collect())
                    .collect();
                Some(format!(
                    "[{}]({raiz}{}){}",
                    pagina.titulo,
                    pagina.caminho,
                    entre_parenteses(&secoes)
                ))
            });
            let citam: Vec<String> = citam.collect();
            let nome = match especie {
                Especie::Rfc => obra.nome.clone(),
                Especie::Manual => format!("`{}`", obra.nome),
            };
            let titulo = match especie {
                Especie::Rfc => format!("*{}*", obra.titulo),
                Especie::Manual => obra.titulo.clone(),
            };
            format!(
                "- [{nome}]({}), {titulo}. Em {}",
                obra.endereco,
                citam.join(", ")
            )
        };
        let mut obras: Vec<&Obra> = self
            .obras
            .iter()
            .filter(|obra| obra.especie == especie)
            .collect();
        obras.sort_by_key(|obra| (numero_da_rfc(&obra.nome), obra.nome.clone()));
        obras.into_iter().map(linha).collect::<Vec<_>>().join("\n")
    }
}

/// As seções, como se leem: ` (seções 3.5 e 3.8.6.3)`; nada, se não há nenhuma.
fn entre_parenteses(secoes: &BTreeSet<Vec<u32>>) -> String {
    let secoes: Vec<String> = secoes
        .iter()
        .map(|partes| {
            let partes: Vec<String> = partes.iter().map(u32::to_string).collect();
            partes.join(".")
        })
        .collect();
    match secoes.as_slice() {
        [] => String::new(),
        [uma] => format!(" (seção {uma})"),
        [primeiras @ .., ultima] => {
            format!(" (seções {} e {ultima})", primeiras.join(", "))
        }
    }
}

fn numero_da_rfc(nome: &str) -> u32 {
    nome.strip_prefix("RFC ")
        .and_then(|numero| numero.parse().ok())
        .unwrap_or(0)
}

fn obra(bloco: &mut Bloco<'_>, especie: Especie) -> Option<Obra> {
    let linha = bloco.linha;
    let nome = match especie {
        Especie::Rfc => bloco.numero("numero").map(|numero| format!("RFC {numero}")),
        Especie::Manual => bloco.texto("nome"),
    };
    if nome.is_none() {
        bloco.acusar(
            linha,
            "falta «numero = …», de uma RFC, ou «nome = …», de um manual",
        );
    }
    let titulo = bloco.texto_exigido("titulo");
    let endereco = bloco.texto("endereco");
    let nome = nome?;
    Some(Obra {
        endereco: endereco.unwrap_or_else(|| endereco_de(&nome)),
        titulo: titulo?,
        nome,
        especie,
        linha,
    })
}

/// Onde se lê uma RFC ou uma página do manual do Linux.
fn endereco_de(nome: &str) -> String {
    if let Some(numero) = nome.strip_prefix("RFC ") {
        return format!("https://www.rfc-editor.org/rfc/rfc{numero}");
    }
    let (nome, secao) = nome
        .trim_end_matches(')')
        .split_once('(')
        .unwrap_or((nome, ""));
    format!("https://man7.org/linux/man-pages/man{secao}/{nome}.{secao}.html")
}

#[cfg(test)]
mod testes {
    use super::*;

    const TRES: &str = "\
        [[rfc]]\nnumero = 9293\ntitulo = 'TCP'\n\
        [[rfc]]\nnumero = 768\ntitulo = 'UDP'\n\
        [[manual]]\nnome = 'socket(2)'\ntitulo = 'cria um socket'\n";

    fn cita(texto: &str) -> Vec<(usize, String, String)> {
        citacoes(texto)
            .into_iter()
            .map(|citacao| (citacao.linha, citacao.nome, citacao.secoes.join(" ")))
            .collect()
    }

    #[test]
    fn acha_as_citacoes_e_as_secoes() {
        let texto = "A RFC 9293 §3.5 e a RFC 768.\nVeja (RFC 5681, seção 3.2) e RFC 9293, \
            seções 3.1, 3.2 e 4.\nE `socket(2)`, `x.listen(5)`.\n";
        let esperadas = [
            (1, "RFC 9293", "3.5"),
            (1, "RFC 768", ""),
            (2, "RFC 5681", "3.2"),
            (2, "RFC 9293", "3.1 3.2 4"),
            (3, "socket(2)", ""),
            (3, "x.listen(5)", ""),
        ];
        let esperadas = esperadas.map(|(linha, nome, secoes)| (linha, nome.into(), secoes.into()));
        assert_eq!(cita(texto), esperadas);
    }

    #[test]
    fn lista_na_ordem_dos_numeros_com_quem_cita() {
        let referencias = Referencias::ler(TRES).unwrap();
        let paginas = [
            QuemCita {
                caminho: "a/um.md",
                titulo: "Um",
                citacoes: citacoes("RFC 9293 §10.2, RFC 9293 §9, RFC 768, `socket(2)`"),
            },
            QuemCita {
                caminho: "dois.md",
                titulo: "Dois",
                citacoes: citacoes("RFC 9293"),
            },
        ];
        assert_eq!(
            referencias.markdown(Especie::Rfc, "b/r.md", &paginas),
            "- [RFC 768](https://www.rfc-editor.org/rfc/rfc768), *UDP*. Em [Um](../a/um.md)\n\
             - [RFC 9293](https://www.rfc-editor.org/rfc/rfc9293), *TCP*. Em [Um](../a/um.md) \
             (seções 9 e 10.2), [Dois](../dois.md)"
        );
        assert_eq!(
            referencias.markdown(Especie::Manual, "r.md", &paginas),
            "- [`socket(2)`](https://man7.org/linux/man-pages/man2/socket.2.html), cria um \
             socket. Em [Um](a/um.md)"
        );
    }

    #[test]
    fn acusa_o_que_se_cita_sem_titulo_e_o_que_ninguem_cita() {
        let referencias = Referencias::ler(TRES).unwrap();
        let citadas = citacoes("RFC 9293,\nRFC 1 e RFC 1122, `socket(2)`, `bind(2)`");
        let faltam = referencias.sem_titulo(&citadas);
        let linhas: Vec<(usize, &str)> = faltam
            .iter()
            .map(|(linha, texto)| (*linha, texto.split(['«', '»']).nth(1).unwrap()))
            .collect();
        assert_eq!(linhas, [(2, "RFC 1122"), (2, "bind(2)")]);
        let nomes = citadas
            .iter()
            .map(|citacao| citacao.nome.as_str())
            .collect();
        let sobram = referencias.sem_citacao(&nomes);
        assert_eq!(sobram, [(4, "nenhum capítulo cita «RFC 768»".to_string())]);
    }

    #[test]
    fn acusa_o_que_falta_e_o_que_se_repete() {
        let texto = "[[rfc]]\ntitulo = 'x'\n[[manual]]\nnome = 'a(2)'\n[[manual]]\nnome = 'b(2)'\n\
            titulo = 'x'\n[[manual]]\nnome = 'b(2)'\ntitulo = 'x'\n";
        let achados = Referencias::ler(texto).unwrap_err();
        for (linha, parte) in [
            (1, "falta «numero"),
            (3, "falta «titulo"),
            (8, "já está na linha 5"),
        ] {
            let ha = achados
                .iter()
                .any(|(l, texto)| *l == linha && texto.contains(parte));
            assert!(ha, "{parte}: {achados:?}");
        }
    }
}
