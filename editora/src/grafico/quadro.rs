//! Os dados de um gráfico em uma tabela: os mesmos números, para quem não os vê ou
//! quer o valor exato.

use std::fmt::Write;

use super::receita::{Curva, Receita, Traco};
use super::series::{self, Medida, Medido};
use crate::dados::formato;
use crate::dados::numeros::Numeros;
use crate::html::escapar;

/// As frações em que se lê uma distribuição, das mais comuns às mais raras.
const FRACOES: [f64; 6] = [0.5, 0.1, 0.05, 0.01, 0.001, 0.0001];

/// Uma célula que não tem o que mostrar.
const VAZIA: &str = "—";

/// A tabela, em HTML.
pub fn html(receita: &Receita, medidas: &[Medida], numeros: &Numeros) -> String {
    let tracos = |traco: Traco| medidas.iter().any(|medida| medida.traco == traco);
    if tracos(Traco::Barras) {
        barras(receita, medidas)
    } else if medidas.iter().all(|medida| medida.traco == Traco::Degraus) {
        distribuicoes(receita, medidas)
    } else {
        por_x(receita, medidas, numeros)
    }
}

/// Uma célula: o valor e, se é um resumo, a faixa dele.
#[derive(Default)]
struct Celula {
    valor: String,
    faixa: Option<String>,
}

/// O título de uma coluna e o que só quem a ouve precisa saber dela.
struct Coluna<'n> {
    nome: &'n str,
    de: Option<&'n str>,
}

impl<'n> Coluna<'n> {
    fn nova(nome: &'n str) -> Self {
        Self { nome, de: None }
    }
}

/// Uma linha por categoria e uma coluna por série; sem categorias, uma linha por série.
fn barras(receita: &Receita, medidas: &[Medida]) -> String {
    let valor = |ponto: &Medido| Celula::de(ponto, receita.y.casas);
    let y = receita.y.nome.as_str();
    let mut colunas = vec![Coluna::nova("")];
    if receita.categorias.is_empty() {
        colunas.push(Coluna::nova(y));
        let linhas = medidas.iter().map(|medida| {
            let celulas = medida.pontos.first().map(valor);
            (medida.nome.clone(), celulas.into_iter().collect())
        });
        return tabela(y, &colunas, linhas);
    }
    colunas.extend(medidas.iter().map(|medida| Coluna::nova(&medida.nome)));
    let linhas = receita.categorias.iter().enumerate().map(|(i, categoria)| {
        let celula = |medida: &Medida| medida.pontos.get(i).map(valor).unwrap_or_default();
        (categoria.nome.clone(), medidas.iter().map(celula).collect())
    });
    tabela(y, &colunas, linhas)
}

/// Uma linha por fração: o x que só aquela fração supera.
fn distribuicoes(receita: &Receita, medidas: &[Medida]) -> String {
    let x = receita.x.as_ref().map_or("x", |eixo| eixo.nome.as_str());
    let mut colunas = vec![Coluna::nova(&receita.y.nome)];
    colunas.extend(medidas.iter().map(|medida| Coluna::nova(&medida.nome)));
    let topo = medidas.first().map_or(1.0, |medida| medida.topo);
    let linhas = FRACOES.iter().map(|fracao| {
        let celula = |medida: &Medida| {
            let limite = fracao * medida.topo * (1.0 + 1e-9);
            let ate_o_limite = |ponto: &&Medido| ponto.y <= limite;
            // Uma fração menor que a de uma só medida não se viu.
            let vista = medida.pontos.iter().filter(ate_o_limite).any(|p| p.y > 0.0);
            let ponto = medida.pontos.iter().find(ate_o_limite).filter(|_| vista);
            ponto.map_or_else(Celula::default, |ponto| {
                Celula::so(formato::enxuto(ponto.x))
            })
        };
        (
            formato::enxuto(fracao * topo),
            medidas.iter().map(celula).collect(),
        )
    });
    let titulo = format!("{x}, conforme {}", receita.y.nome);
    tabela(&titulo, &colunas, linhas)
}

/// Uma linha por x, e uma coluna por série ou curva; a que acompanha uma série vem
/// logo depois dela.
fn por_x(receita: &Receita, medidas: &[Medida], numeros: &Numeros) -> String {
    enum Fonte<'m> {
        Medida(&'m Medida),
        Curva(&'m Curva),
    }
    let x = receita.x.as_ref().map_or("x", |eixo| eixo.nome.as_str());
    let mut xs: Vec<f64> = medidas
        .iter()
        .filter(|medida| medida.traco != Traco::Degraus)
        .flat_map(|medida| medida.pontos.iter().map(|ponto| ponto.x))
        .collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    let mut colunas = vec![Coluna::nova(x)];
    let mut fontes = Vec::new();
    for medida in medidas {
        colunas.push(Coluna::nova(&medida.nome));
        fontes.push(Fonte::Medida(medida));
        let dela = |curva: &&Curva| curva.acompanha.as_deref() == Some(&medida.nome);
        for curva in receita.curvas.iter().filter(dela) {
            colunas.push(Coluna {
                nome: &curva.nome,
                de: Some(&medida.nome),
            });
            fontes.push(Fonte::Curva(curva));
        }
    }
    for curva in receita
        .curvas
        .iter()
        .filter(|curva| curva.acompanha.is_none())
    {
        colunas.push(Coluna::nova(&curva.nome));
        fontes.push(Fonte::Curva(curva));
    }
    let linhas = xs.iter().map(|x| {
        let celula = |fonte: &Fonte<'_>| match fonte {
            Fonte::Medida(medida) => {
                let ponto = medida.pontos.iter().find(|p| p.x.total_cmp(x).is_eq());
                ponto.map_or_else(Celula::default, |p| Celula::de(p, receita.y.casas))
            }
            Fonte::Curva(curva) => series::no_ponto(&curva.formula, Some(*x), numeros).map_or_else(
                |_| Celula::default(),
                |y| Celula::so(formato::numero(y, formato::casas_de(y))),
            ),
        };
        (formato::enxuto(*x), fontes.iter().map(celula).collect())
    });
    tabela(&format!("{}, por {x}", receita.y.nome), &colunas, linhas)
}

impl Celula {
    fn so(valor: String) -> Self {
        Self { valor, faixa: None }
    }

    fn de(ponto: &Medido, casas: Option<i32>) -> Self {
        let casas = casas.unwrap_or_else(|| formato::casas_de(ponto.y));
        let faixa = ponto.faixa.and_then(|(de, ate)| {
            let [de, ate] = [de, ate].map(|valor| formato::numero(valor, casas));
            (de != ate).then(|| format!("{de} a {ate}"))
        });
        Self {
            valor: formato::numero(ponto.y, casas),
            faixa,
        }
    }
}

fn tabela(
    titulo: &str,
    colunas: &[Coluna<'_>],
    linhas: impl Iterator<Item = (String, Vec<Celula>)>,
) -> String {
    let mut html = format!("<table><caption>{}</caption><thead><tr>", escapar(titulo));
    for Coluna { nome, de } in colunas {
        let de = de.map_or(String::new(), |de| {
            format!("<span class=\"so-leitor\"> de {}</span>", escapar(de))
        });
        // Um canto vazio não é o título de nada.
        let _ = if nome.is_empty() {
            write!(html, "<td></td>")
        } else {
            write!(html, "<th scope=\"col\">{}{de}</th>", escapar(nome))
        };
    }
    html.push_str("</tr></thead><tbody>");
    for (nome, celulas) in linhas {
        let _ = write!(html, "<tr><th scope=\"row\">{}</th>", escapar(&nome));
        for Celula { valor, faixa } in celulas {
            let valor = if valor.is_empty() { VAZIA } else { &valor };
            let faixa = faixa.map_or(String::new(), |faixa| {
                format!(" <small>{}</small>", escapar(&faixa))
            });
            let _ = write!(html, "<td>{}{faixa}</td>", escapar(valor));
        }
        html.push_str("</tr>");
    }
    html.push_str("</tbody></table>");
    html
}
