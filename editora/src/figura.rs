//! Figuras: texto em pikchr que vira SVG dentro da página, nas cores do tema e
//! com título e descrição para quem não a vê, e com as ligações das suas caixas.

use std::sync::LazyLock;

use pikchr::{Pikchr, PikchrFlags};
use regex::Regex;

use crate::caixas::{self, Caixa};
use crate::html::escapar;
use crate::ligacoes::{self, Ligacao};

/// A largura máxima de uma figura, em unidades do SVG: acima disso as letras
/// ficam pequenas demais em uma tela de 360 px.
const LARGURA_MAXIMA: isize = 440;

/// As cores que uma figura pode usar e o que cada uma vira na página, para que
/// o tema claro, o escuro e a impressão tenham cada um a sua.
const CORES: &[(&str, &str)] = &[
    ("rgb(0,0,0)", "currentColor"),
    ("rgb(255,0,0)", "var(--figura-destaque)"),
    ("rgb(128,128,128)", "var(--figura-apoio)"),
    ("rgb(211,211,211)", "var(--figura-fundo)"),
    ("rgb(255,255,255)", "var(--bg)"),
];

static COR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"rgb\(\d+,\d+,\d+\)").expect("a expressão é constante"));

/// Um desenho do pikchr, nas cores do tema.
#[derive(Debug)]
pub struct Desenho {
    largura: isize,
    altura: isize,
    /// O que vai dentro do `<svg>`.
    pub conteudo: String,
}

/// Uma figura desenhada.
#[derive(Debug)]
pub struct Figura {
    titulo: String,
    descricao: String,
    desenho: Desenho,
    caixas: Vec<Caixa>,
    /// As caixas que levam a uma função.
    pub ligacoes: Vec<Ligacao>,
}

/// Desenha a figura escrita em `fonte`.
///
/// # Errors
/// Os problemas, cada um com a linha da fonte em que está.
pub fn desenhar(fonte: &str) -> Result<Figura, Vec<(usize, String)>> {
    let mut problemas = Vec::new();
    let mut cabecalho = |chave: &str| {
        let texto = fonte
            .lines()
            .find_map(|linha| linha.strip_prefix(&format!("# {chave}: ")))
            .unwrap_or("")
            .trim();
        if texto.is_empty() {
            problemas.push((
                1,
                format!("a figura não tem «# {chave}: …» para quem não a vê"),
            ));
        }
        texto.to_string()
    };
    let titulo = cabecalho("titulo");
    let descricao = cabecalho("descricao");
    match no_pikchr(fonte, &[]) {
        Err(problema) => problemas.push(problema),
        Ok(desenho) => {
            let caixas = caixas::encontrar(&desenho.conteudo);
            let ligacoes = ligacoes::ler(fonte, &caixas).unwrap_or_else(|achados| {
                problemas.extend(achados);
                Vec::new()
            });
            if problemas.is_empty() {
                return Ok(Figura {
                    titulo,
                    descricao,
                    desenho,
                    caixas,
                    ligacoes,
                });
            }
        }
    }
    Err(problemas)
}

/// Desenha uma fonte em pikchr, que além das cores de todas as figuras pode usar estas.
///
/// # Errors
/// O problema, com a linha da fonte.
pub fn no_pikchr(fonte: &str, cores: &[(&str, &str)]) -> Result<Desenho, (usize, String)> {
    let mut opcoes = PikchrFlags::default();
    let desenho = Pikchr::render(fonte, None, *opcoes.generate_plain_errors())
        .map_err(|erro| erro_do_pikchr(&erro))?;
    let (largura, altura) = (desenho.width(), desenho.height());
    if largura <= 0 || altura <= 0 {
        return Err((1, "a figura não desenha nada".to_string()));
    }
    if largura > LARGURA_MAXIMA {
        return Err((
            1,
            format!(
                "a figura tem largura {largura}: o máximo é {LARGURA_MAXIMA}, para se ler no telefone"
            ),
        ));
    }
    let svg = nas_cores_do_tema(&desenho, cores).map_err(|cor| {
        let texto =
            format!("a cor {cor} não é de nenhum tema: use preto, red, gray, lightgray ou white");
        (1, texto)
    })?;
    Ok(Desenho {
        largura,
        altura,
        conteudo: interior(&svg).to_string(),
    })
}

/// O erro do pikchr mostra as linhas lidas, numeradas, e acaba em `ERROR: …`.
fn erro_do_pikchr(erro: &str) -> (usize, String) {
    let linha = erro
        .lines()
        .filter_map(|l| {
            l.strip_prefix("/*")?
                .split_once("*/")?
                .0
                .trim()
                .parse()
                .ok()
        })
        .next_back()
        .unwrap_or(1);
    let motivo = erro
        .lines()
        .find_map(|l| l.strip_prefix("ERROR: "))
        .unwrap_or("erro desconhecido");
    (linha, format!("o pikchr não entende a figura: {motivo}"))
}

fn nas_cores_do_tema(svg: &str, outras: &[(&str, &str)]) -> Result<String, String> {
    let mut estranha = None;
    let novo = COR.replace_all(svg, |cor: &regex::Captures<'_>| {
        let mut todas = CORES.iter().chain(outras);
        todas.find(|(de, _)| *de == &cor[0]).map_or_else(
            || {
                estranha.get_or_insert_with(|| cor[0].to_string());
                String::new()
            },
            |(_, para)| (*para).to_string(),
        )
    });
    estranha.map_or(Ok(novo.into_owned()), Err)
}

/// O que há entre `<svg …>` e `</svg>`.
fn interior(svg: &str) -> &str {
    let comeco = svg
        .find("<svg")
        .and_then(|inicio| Some(inicio + svg[inicio..].find('>')? + 1));
    let fim = svg.rfind("</svg>");
    comeco
        .zip(fim)
        .and_then(|(comeco, fim)| svg.get(comeco..fim))
        .unwrap_or("")
}

impl Desenho {
    /// O `<svg>` do desenho, com o que dizer a quem não o vê. `id` é o começo dos ids
    /// dele, e `conteudo`, o que vai dentro.
    pub fn svg(
        &self,
        id: &str,
        titulo: &str,
        descricao: &str,
        conteudo: &str,
        papel: &str,
    ) -> String {
        let Self {
            largura, altura, ..
        } = self;
        let (titulo, descricao) = (escapar(titulo), escapar(descricao));
        format!(
            "<svg role=\"{papel}\" aria-labelledby=\"{id}-titulo\" aria-describedby=\"{id}-descricao\" \
             viewBox=\"0 0 {largura} {altura}\" width=\"{largura}\" height=\"{altura}\">\
             <title id=\"{id}-titulo\">{titulo}</title>\
             <desc id=\"{id}-descricao\">{descricao}</desc>{conteudo}</svg>"
        )
    }
}

impl Figura {
    /// O HTML da figura em `pagina`, em uma linha só: uma linha em branco acabaria com
    /// o bloco de HTML no meio do Markdown.
    pub fn html(&self, nome: &str, pagina: &str) -> String {
        let Self {
            caixas, ligacoes, ..
        } = self;
        // Uma imagem é uma coisa só para quem a ouve; a que tem ligações é um grupo.
        let papel = if ligacoes.is_empty() { "img" } else { "group" };
        let conteudo = ligacoes::no_desenho(&self.desenho.conteudo, caixas, ligacoes, pagina);
        let lista = ligacoes::em_lista(&self.titulo, ligacoes, pagina);
        let id = format!("figura-{nome}");
        let svg = self
            .desenho
            .svg(&id, &self.titulo, &self.descricao, &conteudo, papel);
        let titulo = escapar(&self.titulo);
        let html = format!(
            "<figure class=\"figura\" id=\"{id}\">{svg}\
             <figcaption>{titulo}</figcaption></figure>{lista}"
        );
        html.lines().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    const CABECALHO: &str = "# titulo: Uma caixa\n# descricao: Há uma caixa & só.\n";

    fn problemas(corpo: &str) -> Vec<(usize, String)> {
        desenhar(&format!("{CABECALHO}{corpo}")).unwrap_err()
    }

    #[test]
    fn vira_svg_com_titulo_descricao_e_cores_do_tema() {
        let fonte =
            format!("{CABECALHO}box \"bind\" fit\narrow color red\nbox fill lightgray \"fim\"");
        let html = desenhar(&fonte).unwrap().html("caixa", "um.md");
        assert!(
            html.contains("<title id=\"figura-caixa-titulo\">Uma caixa</title>"),
            "{html}"
        );
        assert!(html.contains("Há uma caixa &amp; só."), "{html}");
        assert!(
            html.contains("currentColor") && html.contains("var(--figura-destaque)"),
            "{html}"
        );
        assert!(!html.contains("rgb(") && !html.contains('\n'), "{html}");
    }

    #[test]
    fn uma_caixa_com_ligacao_deixa_de_ser_so_imagem() {
        let fonte = format!("{CABECALHO}# liga: bind = src/x.rs:f\nbox \"bind\" fit");
        let mut figura = desenhar(&fonte).unwrap();
        assert_eq!(figura.ligacoes[0].linha, 3);
        figura.ligacoes[0].mostras.push(ligacoes::Mostra {
            pagina: "dois.md".into(),
            titulo: "Dois".into(),
            id: "l".into(),
            linhas: 1,
        });
        let html = figura.html("caixa", "um.md");
        assert!(html.contains("<svg role=\"group\""), "{html}");
        assert_eq!(html.matches("href=\"dois.md#l\"").count(), 2, "{html}");
        assert!(!html.contains('\n'), "{html}");
    }

    #[test]
    fn sem_titulo_ou_descricao_nao_ha_figura() {
        let achados = desenhar("# titulo: Só o título\nbox").unwrap_err();
        assert_eq!(achados.len(), 1);
        assert!(achados[0].1.contains("descricao"), "{achados:?}");
    }

    #[test]
    fn o_erro_do_pikchr_traz_a_linha() {
        let achados = problemas("box \"a\" fit\nflexa \"b\"\n");
        assert_eq!(achados[0].0, 4, "{achados:?}");
    }

    #[test]
    fn cor_que_nao_e_do_tema_e_figura_larga_sao_recusadas() {
        assert!(
            problemas("box color blue")
                .iter()
                .any(|(_, t)| t.contains("rgb(0,0,255)"))
        );
        assert!(
            problemas("")
                .iter()
                .any(|(_, t)| t.contains("não desenha nada"))
        );
        assert!(
            problemas("box width 7in")
                .iter()
                .any(|(_, t)| t.contains("largura"))
        );
    }
}
