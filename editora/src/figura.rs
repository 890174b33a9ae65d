//! Figuras: texto em pikchr que vira SVG dentro da página, nas cores do tema e
//! com título e descrição para quem não a vê, e com as ligações das suas caixas.

use std::sync::LazyLock;

use pikchr::{Pikchr, PikchrFlags};
use regex::Regex;

use crate::caixas::{self, Caixa};
use crate::html::escapar;
use crate::ligacoes::{self, Ligacao};
use crate::realce;

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

/// O id da figura `nome` com estas caixas em destaque: a mesma figura pode aparecer
/// mais de uma vez na página, cada vez com as suas.
pub fn id(nome: &str, destacadas: &[&str]) -> String {
    let mut id = format!("figura-{nome}");
    for texto in destacadas {
        id.push('-');
        id.push_str(&texto.to_lowercase().replace(' ', "-"));
    }
    id
}

impl Figura {
    /// Por que esta figura não se desenha com estas caixas em destaque.
    pub fn sem_a_caixa(&self, nome: &str, destacadas: &[&str]) -> Option<String> {
        let ha = |texto: &str| self.caixas.iter().any(|caixa| caixa.texto == texto);
        let falta = destacadas.iter().find(|texto| !ha(texto))?;
        let todas: Vec<_> = self.caixas.iter().map(|caixa| &*caixa.texto).collect();
        Some(format!(
            "a figura {nome} não tem a caixa «{falta}»: tem {}",
            todas.join(", ")
        ))
    }

    /// O HTML da figura em `pagina`, com estas caixas em destaque, em uma linha só: uma
    /// linha em branco acabaria com o bloco de HTML no meio do Markdown.
    pub fn html(&self, nome: &str, destacadas: &[&str], pagina: &str) -> String {
        let ligacoes = &self.ligacoes;
        // Uma imagem é uma coisa só para quem a ouve; a que tem ligações é um grupo.
        let papel = if ligacoes.is_empty() { "img" } else { "group" };
        let realcado = realce::no_desenho(&self.desenho.conteudo, &self.caixas, destacadas);
        let caixas = caixas::encontrar(&realcado);
        let conteudo = ligacoes::no_desenho(&realcado, &caixas, ligacoes, pagina);
        let (mut titulo, mut descricao) = (self.titulo.clone(), self.descricao.clone());
        if let Some(destaque) = realce::em_palavras(destacadas) {
            titulo = format!("{titulo}. {destaque}");
            descricao = format!("{descricao} {destaque}.");
        }
        let lista = ligacoes::em_lista(&titulo, ligacoes, pagina);
        let id = id(nome, destacadas);
        let svg = self.desenho.svg(&id, &titulo, &descricao, &conteudo, papel);
        let titulo = escapar(&titulo);
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
        let html = desenhar(&fonte).unwrap().html("caixa", &[], "um.md");
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
        let html = figura.html("caixa", &[], "um.md");
        assert!(html.contains("<svg role=\"group\""), "{html}");
        assert_eq!(html.matches("href=\"dois.md#l\"").count(), 2, "{html}");
        assert!(!html.contains('\n'), "{html}");
    }

    #[test]
    fn as_caixas_em_destaque_se_dizem_e_a_que_nao_ha_e_acusada() {
        let fonte = format!("{CABECALHO}box \"UM\" fit\nbox \"DOIS\" fit at 1in right of last");
        let figura = desenhar(&fonte).unwrap();
        let html = figura.html("caixa", &["DOIS"], "um.md");
        for parte in [
            "id=\"figura-caixa-dois\"",
            "<title id=\"figura-caixa-dois-titulo\">Uma caixa. Em destaque: DOIS</title>",
            "Há uma caixa &amp; só. Em destaque: DOIS.</desc>",
            "<figcaption>Uma caixa. Em destaque: DOIS</figcaption>",
            "var(--figura-apoio)",
        ] {
            assert!(html.contains(parte), "{parte}\n{html}");
        }
        // O contorno e o texto.
        assert_eq!(html.matches("var(--figura-destaque)").count(), 2, "{html}");
        assert_eq!(figura.sem_a_caixa("caixa", &["UM", "DOIS"]), None);
        let falta = figura.sem_a_caixa("caixa", &["UM", "TRÊS"]).unwrap();
        assert!(
            falta.contains("«TRÊS»") && falta.contains("UM, DOIS"),
            "{falta}"
        );
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
