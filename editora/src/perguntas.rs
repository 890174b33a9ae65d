//! As perguntas de autoconferência: as de cada capítulo em `book/dados/perguntas`, e a
//! diretiva `{{#perguntas}}`, que as põe na página.
//!
//! Cada escolha é um `<details>`: abri-la mostra se é a certa, e por quê, sem que a página
//! precise de JavaScript. Com ele (`perguntas.js`), o aparelho lembra o que já se abriu.

use std::fmt::Write;

use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd, html};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use crate::dados::folha::{Bloco, Folha, Problemas};
use crate::html::escapar;
use crate::material::Material;
use crate::paginas::Pagina;
use crate::problema::Problema;

/// Onde ficam, a partir da raiz do projeto: um arquivo por capítulo.
pub const PASTA: &str = "book/dados/perguntas";

/// Menos do que isto não é uma escolha.
const ESCOLHAS: usize = 3;

/// Uma pergunta.
#[derive(Debug)]
pub struct Pergunta {
    /// O nome dela no aparelho do leitor: não se muda.
    id: String,
    linha: usize,
    texto: String,
    escolhas: Vec<Escolha>,
}

/// Uma resposta possível.
#[derive(Debug)]
struct Escolha {
    linha: usize,
    certa: bool,
    texto: String,
    razao: String,
}

/// O nome das perguntas da página em `caminho`: `chamadas-recv` para `chamadas/recv.md`.
pub fn nome(caminho: &str) -> String {
    caminho
        .strip_suffix(".md")
        .unwrap_or(caminho)
        .replace('/', "-")
}

/// O arquivo das perguntas de uma página.
pub fn arquivo(nome: &str) -> String {
    format!("{PASTA}/{nome}.toml")
}

/// Lê as perguntas de um capítulo.
///
/// # Errors
/// Todos os problemas, com a linha.
pub fn ler(texto: &str) -> Result<Vec<Pergunta>, Problemas> {
    Folha::ler(texto, |arquivo| {
        let mut perguntas: Vec<Pergunta> = Vec::new();
        for mut bloco in arquivo.blocos("pergunta", "a pergunta") {
            if let Some(pergunta) = pergunta(&mut bloco) {
                if perguntas.iter().any(|outra| outra.id == pergunta.id) {
                    let texto = format!("o id «{}» já é de outra pergunta", pergunta.id);
                    bloco.acusar(pergunta.linha, texto);
                }
                perguntas.push(pergunta);
            }
            bloco.acabar();
        }
        if perguntas.is_empty() {
            arquivo.acusar(1, "não há nenhuma pergunta: [[pergunta]]");
        }
        Some(perguntas)
    })
}

fn pergunta(bloco: &mut Bloco<'_>) -> Option<Pergunta> {
    let linha = bloco.linha;
    let id = bloco.texto_exigido("id");
    let texto = bloco.texto_exigido("texto");
    let mut escolhas = Vec::new();
    for mut escolha in bloco.blocos("escolha", "a escolha") {
        let linha = escolha.linha;
        let certa = escolha
            .tirar("certa")
            .is_some_and(|valor| valor.sim_ou_nao() == Some(true));
        let texto = escolha.texto_exigido("texto");
        let razao = escolha.texto_exigido("razao");
        if let (Some(texto), Some(razao)) = (texto, razao) {
            if contem_ligacao(&texto) {
                escolha.acusar(
                    linha,
                    "o texto de uma escolha não leva ligação: a razão leva",
                );
            }
            escolhas.push(Escolha {
                linha,
                certa,
                texto: texto.trim().to_string(),
                razao: razao.trim().to_string(),
            });
        }
        escolha.acabar();
    }
    let id = id?;
    let boa = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !id.chars().all(boa) {
        let texto = "o id só pode ter letras minúsculas sem acento, algarismos e hifens";
        bloco.acusar(linha, texto);
    }
    if escolhas.len() < ESCOLHAS {
        let texto = format!(
            "«{id}» tem {} escolhas, e o mínimo é {ESCOLHAS}",
            escolhas.len()
        );
        bloco.acusar(linha, texto);
    }
    let certas = escolhas.iter().filter(|escolha| escolha.certa).count();
    if certas != 1 {
        let texto = format!("«{id}» tem {certas} escolhas certas, e tem de ter uma");
        bloco.acusar(linha, texto);
    }
    Some(Pergunta {
        id,
        linha,
        texto: texto?.trim().to_string(),
        escolhas,
    })
}

/// As perguntas em Markdown, para a página cujas perguntas se chamam `nome`.
pub fn markdown(nome: &str, perguntas: &[Pergunta]) -> String {
    let mut saida = String::from("<div class=\"perguntas\">\n\n");
    for (numero, pergunta) in perguntas.iter().enumerate() {
        let id = format!("pergunta-{nome}-{}", pergunta.id);
        // Escrever em uma String não falha.
        let _ = write!(
            saida,
            "<div class=\"pergunta\" role=\"group\" aria-labelledby=\"{id}\" \
             data-pergunta=\"{}/{}\">\n\n<p class=\"enunciado\" id=\"{id}\"><b>{}.</b> {}</p>\n\n",
            escapar(nome),
            escapar(&pergunta.id),
            numero + 1,
            em_linha(&pergunta.texto),
        );
        for escolha in &pergunta.escolhas {
            let (classe, veredito) = if escolha.certa {
                ("certa", "Certo.")
            } else {
                ("errada", "Não.")
            };
            let _ = write!(
                saida,
                "<details class=\"escolha {classe}\">\n<summary>{}</summary>\n\n\
                 **{veredito}** {}\n\n</details>\n\n",
                em_linha(&escolha.texto),
                escolha.razao
            );
        }
        saida.push_str("</div>\n\n");
    }
    saida + "</div>"
}

/// Um texto em Markdown de uma linha, em HTML, sem o parágrafo em volta.
pub fn em_linha(texto: &str) -> String {
    let texto = texto.trim().replace('\n', " ");
    let eventos = new_cmark_parser(&texto, &MarkdownOptions::default()).filter(|evento| {
        !matches!(
            evento,
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph)
        )
    });
    let mut saida = String::new();
    html::push_html(&mut saida, eventos);
    saida.trim().to_string()
}

/// As ligações de um texto em Markdown.
pub fn ligacoes(texto: &str) -> Vec<String> {
    new_cmark_parser(texto, &MarkdownOptions::default())
        .filter_map(|evento| match evento {
            Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.to_string()),
            _ => None,
        })
        .collect()
}

fn contem_ligacao(texto: &str) -> bool {
    !ligacoes(texto).is_empty()
}

/// O que está errado: perguntas de página nenhuma, ou que a página não mostra, e ligações
/// que não levam a lugar nenhum. `ligacao` confere uma, a partir da página.
pub fn conferir(
    material: &Material,
    ligacao: &dyn Fn(&Pagina, &str) -> Result<(), String>,
) -> Vec<Problema> {
    let mut problemas = Vec::new();
    for (nome_do_arquivo, perguntas) in &material.perguntas {
        let mut acusar = |linha: usize, texto: String| {
            problemas.push(Problema::novo(arquivo(nome_do_arquivo), linha, texto));
        };
        let pagina = material
            .paginas
            .values()
            .find(|pagina| nome(&pagina.caminho) == *nome_do_arquivo);
        let Some(pagina) = pagina else {
            acusar(1, "não há um capítulo com este nome".into());
            continue;
        };
        if !pagina.texto.contains("{{#perguntas}}") {
            let texto = format!(
                "{} não as mostra: falta {{{{#perguntas}}}}",
                pagina.arquivo()
            );
            acusar(1, texto);
        }
        for pergunta in perguntas.iter().flatten() {
            let razoes = pergunta.escolhas.iter().map(|e| (e.linha, &e.razao));
            for (linha, texto) in razoes.chain([(pergunta.linha, &pergunta.texto)]) {
                for destino in ligacoes(texto) {
                    if let Err(motivo) = ligacao(pagina, &destino) {
                        acusar(linha, format!("a ligação «{destino}»: {motivo}"));
                    }
                }
            }
        }
    }
    problemas
}

#[cfg(test)]
mod testes {
    use super::*;

    const BOA: &str = "[[pergunta]]\nid = \"um\"\ntexto = \"\"\"\nQuanto dá `a < b`?\n\"\"\"\n\
        [[pergunta.escolha]]\ntexto = \"*A*\"\nrazao = \"Não é [isso](#x).\"\n\
        [[pergunta.escolha]]\ntexto = \"B\"\ncerta = true\nrazao = \"É.\"\n\
        [[pergunta.escolha]]\ntexto = \"C\"\nrazao = \"Quase.\"\n";

    #[test]
    fn cada_escolha_se_abre_e_diz_se_e_a_certa() {
        let perguntas = ler(BOA).unwrap();
        let texto = markdown("chamadas-recv", &perguntas);
        for parte in [
            "data-pergunta=\"chamadas-recv/um\"",
            "<p class=\"enunciado\" id=\"pergunta-chamadas-recv-um\"><b>1.</b> Quanto dá <code>a &lt; b</code>?</p>",
            "<summary><em>A</em></summary>\n\n**Não.** Não é [isso](#x).",
            "<details class=\"escolha certa\">\n<summary>B</summary>\n\n**Certo.** É.",
        ] {
            assert!(texto.contains(parte), "falta {parte}: {texto}");
        }
    }

    #[test]
    fn acusa_o_que_nao_e_uma_boa_pergunta() {
        let acusados = |texto: &str| {
            let problemas = ler(texto).unwrap_err();
            problemas
                .into_iter()
                .map(|(_, texto)| texto)
                .collect::<Vec<_>>()
                .join("\n")
        };
        let sem_certa = BOA.replace("certa = true\n", "");
        assert!(acusados(&sem_certa).contains("0 escolhas certas"));
        let duas = BOA.replace("texto = \"C\"", "texto = \"C\"\ncerta = true");
        assert!(acusados(&duas).contains("2 escolhas certas"));
        assert!(acusados(&BOA.replace("\"um\"", "\"Um\"")).contains("minúsculas"));
        assert!(acusados(&(BOA.to_string() + BOA)).contains("já é de outra"));
        assert!(acusados(&BOA.replace("razao = \"É.\"\n", "")).contains("razao"));
        let ligada = BOA.replace("texto = \"B\"", "texto = \"[B](#b)\"");
        assert!(acusados(&ligada).contains("não leva ligação"));
        let (poucas, _) = BOA.rsplit_once("[[pergunta.escolha]]").unwrap();
        assert!(acusados(poucas).contains("2 escolhas, e o mínimo"));
        assert!(acusados("").contains("nenhuma pergunta"));
    }
}
