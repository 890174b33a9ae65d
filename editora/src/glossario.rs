//! O glossário: os termos do livro em `book/dados/glossario.toml`, com o nome em inglês
//! e a página que apresenta cada um, e as grafias que o texto não usa.

use std::sync::LazyLock;

use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::{Regex, RegexBuilder};

use crate::dados::folha::{Bloco, Folha, Problemas};
use crate::diretivas::Linhas;
use crate::paginas::sem_acentos;

/// Onde os termos estão escritos.
pub const ARQUIVO: &str = "book/dados/glossario.toml";

/// Uma palavra, com o plural de costume.
static PALAVRA: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\w+").expect("a expressão é constante"));

/// O que se cita entre aspas, ou se pede em uma diretiva, não é o livro que diz.
static ALHEIO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"“[^”\n]*”|\{\{#[^}\n]*\}\}").expect("a expressão é constante"));

/// Os termos, na ordem alfabética.
#[derive(Debug)]
pub struct Glossario {
    termos: Vec<Termo>,
}

/// Um termo.
#[derive(Debug)]
pub struct Termo {
    /// Como o livro o escreve.
    pub nome: String,
    /// O nome que a área usa em inglês.
    pub ingles: String,
    /// A página que o apresenta, a partir de `book/src`, com a âncora.
    pub onde: String,
    /// O que quer dizer, em uma frase de Markdown.
    pub quer_dizer: String,
    /// A linha, no arquivo.
    pub linha: usize,
    /// As outras grafias, e a expressão que as acha.
    nunca: Option<Regex>,
}

/// Uma grafia que o livro não usa, achada em um texto.
#[derive(Debug, PartialEq, Eq)]
pub struct Deslize {
    /// A linha, a partir de 1.
    pub linha: usize,
    /// O que está escrito e o que se escreve no lugar.
    pub texto: String,
}

impl Glossario {
    /// Lê o arquivo.
    ///
    /// # Errors
    /// Todos os problemas, com a linha.
    pub fn ler(texto: &str) -> Result<Self, Problemas> {
        let mut termos = Folha::ler(texto, |arquivo| {
            let mut termos: Vec<Termo> = Vec::new();
            for mut bloco in arquivo.blocos("termo", "o termo") {
                if let Some(termo) = termo(&mut bloco) {
                    if let Some(outro) = termos.iter().find(|outro| outro.nome == termo.nome) {
                        let texto = format!("«{}» já está na linha {}", termo.nome, outro.linha);
                        bloco.acusar(termo.linha, texto);
                    }
                    termos.push(termo);
                }
                bloco.acabar();
            }
            Some(termos)
        })?;
        termos.sort_by_cached_key(|termo| sem_acentos(&termo.nome));
        Ok(Self { termos })
    }

    /// Os termos, na ordem alfabética.
    pub fn termos(&self) -> &[Termo] {
        &self.termos
    }

    /// Os termos em Markdown, para a página em `caminho`. `titulo` dá o título de uma página.
    pub fn markdown<'t>(&self, caminho: &str, titulo: impl Fn(&str) -> Option<&'t str>) -> String {
        let raiz = "../".repeat(caminho.matches('/').count());
        let linha = |termo: &Termo| {
            let pagina = termo.onde.split('#').next().unwrap_or(&termo.onde);
            format!(
                "- **{}** (*{}*): {} [{}]({raiz}{})",
                termo.nome,
                termo.ingles,
                termo.quer_dizer,
                titulo(pagina).unwrap_or(pagina),
                termo.onde
            )
        };
        let linhas: Vec<String> = self.termos.iter().map(linha).collect();
        linhas.join("\n")
    }

    /// A tabela em Markdown do nome em inglês para o do livro.
    pub fn do_ingles(&self) -> String {
        let mut linhas = vec!["| em inglês | no livro |\n| --- | --- |".to_string()];
        let mut do_ingles: Vec<&Termo> = self.termos.iter().collect();
        do_ingles.sort_by_cached_key(|termo| sem_acentos(&termo.ingles));
        for termo in do_ingles {
            linhas.push(format!("| *{}* | {} |", termo.ingles, termo.nome));
        }
        linhas.join("\n")
    }

    /// As grafias de um texto em Markdown que o livro não usa. Código, itálico e o que
    /// está entre aspas não contam: ali se fala das palavras dos outros.
    pub fn deslizes(&self, markdown: &str) -> Vec<Deslize> {
        let nosso = ALHEIO.replace_all(markdown, |alheio: &regex::Captures<'_>| {
            " ".repeat(alheio[0].len())
        });
        let linhas = Linhas::de(&nosso);
        let mut dentro = 0_usize;
        let mut deslizes = Vec::new();
        let eventos = new_cmark_parser(&nosso, &MarkdownOptions::default()).into_offset_iter();
        for (evento, intervalo) in eventos {
            match evento {
                Event::Start(Tag::Emphasis | Tag::CodeBlock(_)) => dentro += 1,
                Event::End(TagEnd::Emphasis | TagEnd::CodeBlock) => {
                    dentro = dentro.saturating_sub(1);
                }
                Event::Text(texto) if dentro == 0 => {
                    let linha = linhas.em(intervalo.start);
                    deslizes.extend(self.no_trecho(&texto, linha));
                }
                _ => {}
            }
        }
        deslizes
    }

    /// O mesmo, em um texto sem marcação, como o de uma figura.
    pub fn deslizes_em_texto(&self, texto: &str) -> Vec<Deslize> {
        let linhas = texto.lines().zip(1..);
        linhas
            .flat_map(|(texto, linha)| self.no_trecho(texto, linha))
            .collect()
    }

    fn no_trecho(&self, texto: &str, linha: usize) -> Vec<Deslize> {
        let achadas = self.termos.iter().flat_map(|termo| {
            let grafias = termo.nunca.iter().flat_map(|nunca| nunca.find_iter(texto));
            grafias.map(|grafia| Deslize {
                linha,
                texto: format!(
                    "«{}»: o livro diz «{}» (veja {ARQUIVO}, linha {})",
                    grafia.as_str(),
                    termo.nome,
                    termo.linha
                ),
            })
        });
        achadas.collect()
    }
}

impl Termo {
    /// Se `texto` fala do termo, no singular ou no plural.
    pub fn esta_em(&self, texto: &str) -> bool {
        let nome = PALAVRA.replace_all(&self.nome, "$0(?:e?s)?");
        RegexBuilder::new(&format!(r"\b{nome}\b"))
            .case_insensitive(true)
            .build()
            .is_ok_and(|nome| nome.is_match(texto))
    }
}

fn termo(bloco: &mut Bloco<'_>) -> Option<Termo> {
    let linha = bloco.linha;
    let nome = bloco.texto_exigido("nome");
    let ingles = bloco.texto_exigido("ingles");
    let onde = bloco.texto_exigido("onde");
    let quer_dizer = bloco.texto_exigido("quer_dizer");
    let nunca = match bloco.tirar("nunca") {
        None => None,
        Some(valor) => match valor.textos().as_deref() {
            Some(grafias) if !grafias.is_empty() => expressao(grafias),
            _ => {
                bloco.acusar(valor.linha, "«nunca» é uma lista de textos");
                None
            }
        },
    };
    Some(Termo {
        nome: nome?,
        ingles: ingles?,
        onde: onde?,
        quer_dizer: quer_dizer?,
        linha,
        nunca,
    })
}

/// A expressão que acha qualquer das grafias, como palavra inteira.
fn expressao(grafias: &[String]) -> Option<Regex> {
    let grafias: Vec<String> = grafias.iter().map(|grafia| regex::escape(grafia)).collect();
    let palavra = format!(r"\b(?:{})\b", grafias.join("|"));
    RegexBuilder::new(&palavra)
        .case_insensitive(true)
        .build()
        .ok()
}

#[cfg(test)]
mod testes {
    use super::*;

    const DOIS: &str = "[[termo]]\nnome = 'prazo'\ningles = 'timeout'\nonde = 'a/um.md#p'\n\
        quer_dizer = 'Quanto se espera.'\nnunca = ['timeout', 'tempo limite']\n\n\
        [[termo]]\nnome = 'ícone'\ningles = 'icon'\nonde = 'dois.md'\nquer_dizer = 'Um desenho.'\n";

    fn deslizes(markdown: &str) -> Vec<(usize, String)> {
        let achados = Glossario::ler(DOIS).unwrap().deslizes(markdown);
        let palavra = |texto: String| texto.split(['«', '»']).nth(1).unwrap().to_string();
        achados
            .into_iter()
            .map(|deslize| (deslize.linha, palavra(deslize.texto)))
            .collect()
    }

    #[test]
    fn acha_a_outra_grafia_na_linha_dela() {
        let achados = deslizes("# O timeout {#timeout}\n\nUm\ntempo limite, e um **Timeout**.\n");
        let esperados = [(1, "timeout"), (4, "tempo limite"), (4, "Timeout")];
        assert_eq!(
            achados,
            esperados.map(|(linha, texto)| (linha, texto.to_string()))
        );
    }

    #[test]
    fn nao_se_mete_no_que_os_outros_dizem() {
        let texto = "O prazo (*timeout*), `set_timeout` e “Timeout”, em [x](timeout.md).\n\n\
            ```sh\ntimeout 5 nc\n```\n\n{{#figura timeout}} timeouts\n";
        assert_eq!(deslizes(texto), []);
    }

    #[test]
    fn mostra_as_duas_ordens_com_as_ligacoes() {
        let glossario = Glossario::ler(DOIS).unwrap();
        let markdown = glossario.markdown("apendices/g.md", |pagina| {
            (pagina == "a/um.md").then_some("Um")
        });
        assert_eq!(
            markdown,
            "- **ícone** (*icon*): Um desenho. [dois.md](../dois.md)\n\
             - **prazo** (*timeout*): Quanto se espera. [Um](../a/um.md#p)"
        );
        let tabela = glossario.do_ingles();
        let linhas: Vec<&str> = tabela.lines().skip(2).collect();
        assert_eq!(linhas, ["| *icon* | ícone |", "| *timeout* | prazo |"]);
    }

    #[test]
    fn um_texto_fala_do_termo_tambem_no_plural() {
        let glossario = Glossario::ler(DOIS).unwrap();
        let prazo = &glossario.termos()[1];
        assert!(prazo.esta_em("Os *Prazos* são dois.") && prazo.esta_em("um prazo"));
        assert!(!prazo.esta_em("prazenteiro"));
    }

    #[test]
    fn acusa_o_que_falta_o_que_sobra_e_o_que_se_repete() {
        let texto = "[[termo]]\nnome = 'x'\ningles = 'x'\nonde = 'x.md'\nquer_dizer = 'x'\nnunca = []\n\
            [[termo]]\nnome = 'x'\ningles = 'x'\nonde = 'x.md'\nquer_dizer = 'x'\ncor = 1\n[[termo]]\nnome = 'y'\n";
        let achados = Glossario::ler(texto).unwrap_err();
        let tem = |linha, parte: &str| {
            let ha = achados
                .iter()
                .any(|(l, texto)| *l == linha && texto.contains(parte));
            assert!(ha, "{parte}: {achados:?}");
        };
        tem(6, "lista de textos");
        tem(7, "«x» já está na linha 1");
        tem(12, "não conheço a chave «cor»");
        tem(13, "falta «ingles = …»");
    }
}
