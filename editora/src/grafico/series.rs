//! Da receita aos pontos: o que os dados dizem de cada série, curva e reta.

use super::estilo::Estilo;
use super::receita::{Categoria, Faixa, Receita, Serie, Traco};
use crate::dados::Dados;
use crate::dados::conta::{Argumento, Conta, Defeito, Significado};
use crate::dados::folha::Problemas;
use crate::dados::numeros::{Nome, Numeros, faixa_de};
use crate::dados::tabela::{FUNCOES, Onde, Selecao, Tabela};

/// O nome, nas contas das curvas, do valor no eixo x.
const X: &str = "x";

/// Uma série com os seus pontos.
#[derive(Debug)]
pub struct Medida {
    /// O nome.
    pub nome: String,
    /// A linha da receita.
    pub linha: usize,
    /// A cor e a forma.
    pub estilo: &'static Estilo,
    /// Como se desenha.
    pub traco: Traco,
    /// Os pontos, em ordem de x; em barras, x é o número da categoria.
    pub pontos: Vec<Medido>,
    /// Em degraus, a altura antes do primeiro.
    pub topo: f64,
}

/// Um ponto medido.
#[derive(Debug, Clone, PartialEq)]
pub struct Medido {
    /// O valor no eixo x.
    pub x: f64,
    /// O valor no eixo y.
    pub y: f64,
    /// Do menor ao maior.
    pub faixa: Option<(f64, f64)>,
    /// Quantas linhas da tabela ele resume.
    pub rodadas: usize,
}

/// Os pontos de todas as séries.
///
/// # Errors
/// Os problemas, cada um na linha da série.
pub fn medir(receita: &Receita, dados: &Dados) -> Result<Vec<Medida>, Problemas> {
    let escolhidos: Vec<_> = receita.series.iter().map(|serie| serie.estilo).collect();
    let estilos = Estilo::distribuir(&escolhidos).map_err(|indice| {
        let motivo = "não há estilos para tantas séries: cinco é o que se distingue";
        vec![(receita.series[indice].linha, motivo.to_string())]
    })?;
    let mut medidas = Vec::new();
    let mut problemas = Vec::new();
    for (serie, estilo) in receita.series.iter().zip(estilos) {
        match pontos(serie, &receita.categorias, dados) {
            Ok((pontos, topo)) => medidas.push(Medida {
                nome: serie.nome.clone(),
                linha: serie.linha,
                estilo,
                traco: serie.traco,
                pontos,
                topo,
            }),
            Err(Defeito::Acusado) => {}
            Err(defeito) => {
                problemas.push((serie.linha, format!("a série «{}»: {defeito}", serie.nome)));
            }
        }
    }
    if problemas.is_empty() {
        Ok(medidas)
    } else {
        Err(problemas)
    }
}

fn pontos(
    serie: &Serie,
    categorias: &[Categoria],
    dados: &Dados,
) -> Result<(Vec<Medido>, f64), Defeito> {
    let tabela = match dados.tabelas.get(&serie.tabela) {
        Some(Some(tabela)) => tabela,
        Some(None) => return Err(Defeito::Acusado),
        None => {
            let motivo = format!("não existe book/dados/medidas/{}.csv", serie.tabela);
            return Err(Defeito::Motivo(motivo));
        }
    };
    match (serie.traco, &serie.x) {
        (Traco::Barras, _) => Ok((barras(serie, tabela, categorias)?, 0.0)),
        (Traco::Degraus, Some(x)) => degraus(serie, x, &tabela.escolher(&serie.onde)?),
        (_, Some(x)) => {
            let selecao = tabela.escolher(&serie.onde)?;
            let mut pontos = Vec::new();
            for (x, mut grupo) in selecao.por_valor(x)? {
                pontos.push(resumir(serie, x, &mut grupo)?);
            }
            Ok((pontos, 0.0))
        }
        (_, None) => Err(Defeito::Acusado),
    }
}

/// Um ponto por categoria; sem categorias, um só.
fn barras(
    serie: &Serie,
    tabela: &Tabela,
    categorias: &[Categoria],
) -> Result<Vec<Medido>, Defeito> {
    let nenhuma = Onde::default();
    let mut ondes: Vec<&Onde> = categorias.iter().map(|categoria| &categoria.onde).collect();
    if ondes.is_empty() {
        ondes.push(&nenhuma);
    }
    let mut pontos = Vec::new();
    for (indice, onde) in ondes.into_iter().enumerate() {
        let mut selecao = tabela.escolher(&serie.onde.com(onde))?;
        #[expect(clippy::cast_precision_loss, reason = "são poucas categorias")]
        pontos.push(resumir(serie, indice as f64, &mut selecao)?);
    }
    Ok(pontos)
}

fn resumir(serie: &Serie, x: f64, grupo: &mut Selecao<'_>) -> Result<Medido, Defeito> {
    let y = serie.y.valor(grupo)?;
    let faixa = match &serie.faixa {
        None => None,
        Some(Faixa::Contas(de, ate)) => Some((de.valor(grupo)?, ate.valor(grupo)?)),
        Some(Faixa::Rodadas) => {
            let Some([menor, maior]) = faixa_de(&serie.y) else {
                let motivo = "só tem faixa o y que tem uma mediana";
                return Err(Defeito::Motivo(motivo.into()));
            };
            Some((menor.valor(grupo)?, maior.valor(grupo)?))
        }
    };
    Ok(Medido {
        x,
        y,
        faixa,
        rodadas: grupo.quantas(),
    })
}

/// A coluna que diz de que rodada é uma linha.
const RODADA: &str = "rodada";

/// A distribuição de todas as rodadas juntas, cada uma com o mesmo peso, e a altura
/// antes do primeiro degrau: a que a conta tem quando toda coluna vale 1, pois antes da
/// menor medida tudo está acima.
fn degraus(serie: &Serie, x: &Conta, selecao: &Selecao<'_>) -> Result<(Vec<Medido>, f64), Defeito> {
    let topo = serie.y.valor(&mut TudoUm)?;
    let grupos = if selecao.tem_coluna(RODADA) {
        let grupos = selecao.por_valor(&Conta::Nome(RODADA.into()))?;
        grupos.into_iter().map(|(_, grupo)| grupo).collect()
    } else {
        vec![selecao.clone()]
    };
    let mut rodadas = Vec::new();
    for grupo in &grupos {
        let (xs, ys) = (grupo.por_linha(x)?, grupo.por_linha(&serie.y)?);
        let mut degraus: Vec<(f64, f64)> = xs.into_iter().zip(ys).collect();
        degraus.sort_by(|um, outro| um.0.total_cmp(&outro.0).then(outro.1.total_cmp(&um.1)));
        if degraus.windows(2).any(|par| par[1].1 > par[0].1) {
            let motivo =
                "os degraus têm de descer: há mais de uma distribuição nas linhas escolhidas";
            return Err(Defeito::Motivo(motivo.into()));
        }
        rodadas.push(degraus);
    }
    Ok((juntar(&rodadas, topo), topo))
}

/// A média das escadas em cada lugar em que alguma desce.
fn juntar(rodadas: &[Vec<(f64, f64)>], topo: f64) -> Vec<Medido> {
    #[expect(clippy::cast_precision_loss, reason = "são poucas rodadas")]
    let quantas = rodadas.len() as f64;
    let mut xs: Vec<f64> = rodadas.iter().flatten().map(|(x, _)| *x).collect();
    xs.sort_by(f64::total_cmp);
    xs.dedup();
    // Em cada rodada, quantos degraus já ficaram para trás e a altura em que ela está.
    let mut estados = vec![(0, topo); rodadas.len()];
    xs.into_iter()
        .map(|x| {
            for (rodada, (passados, altura)) in rodadas.iter().zip(&mut estados) {
                while let Some((_, y)) = rodada.get(*passados).filter(|degrau| degrau.0 <= x) {
                    *altura = *y;
                    *passados += 1;
                }
            }
            Medido {
                x,
                y: estados.iter().map(|(_, altura)| altura).sum::<f64>() / quantas,
                faixa: None,
                rodadas: rodadas.len(),
            }
        })
        .collect()
}

/// Toda coluna vale 1.
struct TudoUm;

impl Significado for TudoUm {
    fn nome(&mut self, _: &str) -> Result<f64, Defeito> {
        Ok(1.0)
    }

    fn funcao(&mut self, _: &str, _: &[Argumento]) -> Option<Result<f64, Defeito>> {
        None
    }
}

/// O valor de uma conta em um ponto do eixo x, ou fora dele, com os números do livro.
pub fn no_ponto(conta: &Conta, x: Option<f64>, numeros: &Numeros) -> Result<f64, Defeito> {
    conta.valor(&mut NoPonto { x, numeros })
}

struct NoPonto<'n> {
    x: Option<f64>,
    numeros: &'n Numeros,
}

impl Significado for NoPonto<'_> {
    fn nome(&mut self, dito: &str) -> Result<f64, Defeito> {
        match self.x {
            Some(x) if dito == X => Ok(x),
            _ => self.numeros.valor(&self.numeros.achar(dito, None)?),
        }
    }

    fn funcao(&mut self, funcao: &str, _: &[Argumento]) -> Option<Result<f64, Defeito>> {
        FUNCOES.contains(&funcao).then(|| {
            Err(Defeito::Motivo(format!(
                "{funcao}() resume uma tabela, e aqui cabem x, números (arquivo.nome) e fórmulas"
            )))
        })
    }
}

/// Os números que as contas das curvas e das retas usam.
pub fn numeros_usados(receita: &Receita, numeros: &Numeros) -> Vec<Nome> {
    let curvas = receita.curvas.iter().map(|curva| &curva.formula);
    let retas = receita.retas.iter().map(|reta| &reta.valor);
    curvas
        .chain(retas)
        .flat_map(Conta::nomes)
        .filter_map(|dito| numeros.achar(dito, None).ok())
        .collect()
}
