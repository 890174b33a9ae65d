//! As caixas de um desenho do pikchr: cada forma fechada com o texto dentro dela.

use std::ops::Range;

use crate::html::{self, Etiqueta, desescapar};

/// Uma forma fechada que tem algo escrito.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caixa {
    /// O que está escrito nela; de uma linha para outra vai um espaço.
    pub texto: String,
    /// Onde estão, no SVG, a forma e o texto dela.
    pub lugar: Range<usize>,
}

/// As caixas de `svg`, na ordem em que foram desenhadas.
///
/// O pikchr escreve um elemento por linha, e o texto de um objeto logo depois da
/// forma. Um texto solto também vem depois de alguma forma: o que os distingue é o
/// lugar, dentro ou fora dela.
pub fn encontrar(svg: &str) -> Vec<Caixa> {
    let mut caixas: Vec<Caixa> = Vec::new();
    let mut aberta: Option<(Contorno, Caixa)> = None;
    let mut posicao = 0;
    for linha in svg.split_inclusive('\n') {
        let comeco = posicao;
        posicao += linha.len();
        let Some(etiqueta) = html::etiquetas(linha).into_iter().next() else {
            continue;
        };
        if let Some((contorno, caixa)) = &mut aberta
            && etiqueta.nome == "text"
            && contorno.contem(&etiqueta)
        {
            if !caixa.texto.is_empty() {
                caixa.texto.push(' ');
            }
            caixa.texto.push_str(&texto_da_linha(linha));
            caixa.lugar.end = comeco + linha.trim_end().len();
            continue;
        }
        caixas.extend(aberta.take().map(|(_, caixa)| caixa));
        aberta = Contorno::de(&etiqueta).map(|contorno| {
            let vazia = Caixa {
                texto: String::new(),
                lugar: comeco..comeco,
            };
            (contorno, vazia)
        });
    }
    caixas.extend(aberta.map(|(_, caixa)| caixa));
    caixas.retain(|caixa| !caixa.texto.is_empty());
    caixas
}

/// O que está escrito entre a etiqueta e o fim dela, com espaços comuns.
fn texto_da_linha(linha: &str) -> String {
    let dentro = linha
        .split_once('>')
        .and_then(|(_, resto)| resto.split_once("</"))
        .map_or("", |(dentro, _)| dentro);
    desescapar(dentro).replace('\u{a0}', " ").trim().to_string()
}

/// O retângulo que uma forma fechada ocupa.
#[derive(Debug)]
struct Contorno {
    x: [f64; 2],
    y: [f64; 2],
}

impl Contorno {
    /// O de uma forma, ou `None` se o elemento não é uma forma fechada.
    fn de(etiqueta: &Etiqueta<'_>) -> Option<Self> {
        let medida = |nome: &str| etiqueta.atributo(nome)?.parse::<f64>().ok();
        let em_volta = |rx: f64, ry: f64| {
            let (x, y) = (medida("cx")?, medida("cy")?);
            Some(Self {
                x: [x - rx, x + rx],
                y: [y - ry, y + ry],
            })
        };
        match etiqueta.nome.as_str() {
            "circle" => medida("r").and_then(|raio| em_volta(raio, raio)),
            "ellipse" => em_volta(medida("rx")?, medida("ry")?),
            "path" => Self::do_caminho(&etiqueta.atributo("d")?),
            _ => None,
        }
    }

    /// O de um caminho que volta ao começo. Só formas têm cantos em arco (`A`), e a
    /// do cilindro não acaba em `Z`.
    fn do_caminho(caminho: &str) -> Option<Self> {
        if !caminho.ends_with('Z') && !caminho.contains('A') {
            return None;
        }
        let mut contorno = Self {
            x: [f64::INFINITY, f64::NEG_INFINITY],
            y: [f64::INFINITY, f64::NEG_INFINITY],
        };
        for passo in caminho.split(|letra: char| letra.is_ascii_alphabetic()) {
            let numeros: Vec<f64> = passo
                .split([',', ' '])
                .filter_map(|numero| numero.parse().ok())
                .collect();
            // Em um arco, o ponto de chegada são os dois últimos números.
            if let [.., x, y] = numeros[..] {
                contorno.x = [contorno.x[0].min(x), contorno.x[1].max(x)];
                contorno.y = [contorno.y[0].min(y), contorno.y[1].max(y)];
            }
        }
        contorno.x[0].is_finite().then_some(contorno)
    }

    fn contem(&self, texto: &Etiqueta<'_>) -> bool {
        let dentro = |nome: &str, [menor, maior]: [f64; 2]| {
            let medida = texto.atributo(nome).and_then(|medida| medida.parse().ok());
            medida.is_some_and(|medida: f64| (menor..=maior).contains(&medida))
        };
        dentro("x", self.x) && dentro("y", self.y)
    }
}

#[cfg(test)]
mod testes {
    use pikchr::{Pikchr, PikchrFlags};

    use super::*;

    fn textos(fonte: &str) -> Vec<String> {
        let svg = Pikchr::render(fonte, None, PikchrFlags::default()).unwrap();
        let caixas = encontrar(&svg);
        for caixa in &caixas {
            let pedaco = &svg[caixa.lugar.clone()];
            assert!(
                pedaco.starts_with('<') && pedaco.ends_with("</text>"),
                "{pedaco}"
            );
        }
        caixas.into_iter().map(|caixa| caixa.texto).collect()
    }

    #[test]
    fn toda_forma_fechada_com_texto_e_uma_caixa() {
        let fonte = "box \"liga para\" \"o par\" fit; move; oval \"a & <b>\" fit\n\
                     move; diamond \"Sim?\" fit; move; circle \"c\"; move; ellipse \"d\"\n\
                     move; cylinder \"e\"; move; box rad 5px \"f\"";
        assert_eq!(
            textos(fonte),
            ["liga para o par", "a & <b>", "Sim?", "c", "d", "e", "f"]
        );
    }

    #[test]
    fn setas_linhas_pontos_e_textos_soltos_nao_sao_caixas() {
        let fonte = "box \"a\"; arrow \"sim\" above; dot; text \"solto\"; line \"b\" above\n\
                     spline right 1 then down 1 \"c\"; box; text \"abaixo\" at last box.s - (0, 1)";
        assert_eq!(textos(fonte), ["a"]);
    }
}
