//! Os gráficos do livro: uma receita em `book/dados/graficos` e as tabelas medidas
//! viram um desenho em pikchr, com a mesma biblioteca e os mesmos cuidados das
//! figuras, e uma tabela com os mesmos dados.
//!
//! | arquivo | ideia |
//! | --- | --- |
//! | `receita` | o que se escreve no TOML |
//! | `series` | da receita e dos dados aos pontos |
//! | `escala` | do valor ao lugar no papel, e as marcas |
//! | `estilo` | a cor, a forma e o traço de cada série |
//! | `papel` | pixels que viram pikchr |
//! | `eixos`, `barras` | as duas famílias de gráfico |
//! | `rotulos`, `legenda` | os nomes das séries |
//! | `quadro` | a tabela dos mesmos dados |

mod barras;
mod eixos;
mod escala;
mod estilo;
mod legenda;
mod papel;
mod quadro;
mod receita;
mod rotulos;
mod series;

#[cfg(test)]
mod testes;

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::dados::conta::Defeito;
use crate::dados::folha::Problemas;
use crate::dados::numeros::{Forma, Nome, Numeros};
use crate::dados::{Dados, publicado};
use crate::diretivas::{self, Pedido};
use crate::figura::{self, Desenho};
use crate::html::escapar;
use crate::leitura::decimais;

use self::receita::{Receita, Traco};
use self::series::Medida;

/// As cores das séries no pikchr e o que cada uma vira na página.
const CORES: &[(&str, &str)] = &[
    ("rgb(0,0,255)", "var(--serie-1)"),
    ("rgb(255,165,0)", "var(--serie-2)"),
    ("rgb(0,128,0)", "var(--serie-3)"),
    ("rgb(128,0,128)", "var(--serie-4)"),
    ("rgb(192,192,192)", "var(--traco)"),
];

/// Um gráfico desenhado.
#[derive(Debug)]
pub struct Grafico {
    titulo: String,
    descricao: String,
    rodadas: Option<String>,
    desenho: Desenho,
    quadro: String,
    /// As tabelas de que ele vem.
    pub tabelas: BTreeSet<String>,
    /// Os números que ele usa.
    pub numeros: BTreeSet<Nome>,
}

/// Desenha o gráfico cuja receita é `texto`.
///
/// # Errors
/// Os problemas, com a linha da receita. Nenhum, quando a culpa é de uma tabela ou de
/// um número que já foi acusado.
pub fn desenhar(texto: &str, dados: &Dados) -> Result<Grafico, Problemas> {
    let receita = receita::ler(texto)?;
    let mut problemas = decimais_digitados(&receita, texto);
    let mut numeros = BTreeSet::new();
    let linha = linha_da_chave(texto, "descricao");
    let descricao =
        com_numeros(&receita.descricao, &dados.numeros, &mut numeros).unwrap_or_else(|motivos| {
            problemas.extend(motivos.into_iter().map(|motivo| (linha, motivo)));
            String::new()
        });
    let medidas = series::medir(&receita, dados);
    let medidas = match medidas {
        Ok(medidas) if problemas.is_empty() => medidas,
        Ok(_) => return Err(problemas),
        Err(das_series) => {
            problemas.extend(das_series);
            return Err(problemas);
        }
    };
    if medidas.len() < receita.series.len() {
        return Err(Vec::new());
    }
    let rodadas = rodadas(&receita, &medidas, linha_da_chave(texto, "rodadas"))?;
    let fonte = if medidas.iter().any(|medida| medida.traco == Traco::Barras) {
        barras::desenhar(&receita, &medidas)?
    } else {
        eixos::desenhar(&receita, &medidas, &dados.numeros)?
    };
    let desenho = figura::no_pikchr(&fonte, CORES)
        .map_err(|(_, motivo)| vec![(1, format!("o desenho não saiu: {motivo}"))])?;
    numeros.extend(series::numeros_usados(&receita, &dados.numeros));
    Ok(Grafico {
        quadro: quadro::html(&receita, &medidas, &dados.numeros),
        titulo: receita.titulo,
        descricao,
        rodadas,
        desenho,
        tabelas: receita
            .series
            .into_iter()
            .map(|serie| serie.tabela)
            .collect(),
        numeros,
    })
}

/// Os números com casas decimais que alguém digitou onde se lê o gráfico.
fn decimais_digitados(receita: &Receita, texto: &str) -> Problemas {
    let mut problemas = Vec::new();
    let mut olhar = |linha: usize, escrito: &str| {
        let achados = decimais(escrito).map(|(_, frase)| (linha, frase));
        problemas.extend(achados);
    };
    olhar(linha_da_chave(texto, "titulo"), &receita.titulo);
    olhar(linha_da_chave(texto, "descricao"), &receita.descricao);
    olhar(
        linha_da_chave(texto, "rodadas"),
        receita.rodadas.as_deref().unwrap_or(""),
    );
    for serie in &receita.series {
        olhar(serie.linha, &serie.nome);
    }
    for curva in &receita.curvas {
        olhar(curva.linha, &curva.nome);
    }
    for reta in &receita.retas {
        olhar(reta.linha, &reta.nome);
    }
    problemas
}

/// A primeira linha em que a chave aparece.
fn linha_da_chave(texto: &str, chave: &str) -> usize {
    let comeca = |linha: &str| {
        linha
            .strip_prefix(chave)
            .is_some_and(|resto| resto.trim_start().starts_with('='))
    };
    texto
        .lines()
        .position(comeca)
        .map_or(1, |indice| indice + 1)
}

/// A descrição em uma linha, com cada número no seu lugar.
fn com_numeros(
    descricao: &str,
    numeros: &Numeros,
    usados: &mut BTreeSet<Nome>,
) -> Result<String, Vec<String>> {
    let descricao = descricao.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut motivos = Vec::new();
    let mut novo = String::new();
    let mut copiado = 0;
    for achada in diretivas::encontrar(&descricao) {
        let Pedido::Numero { nome, forma } = achada.pedido else {
            motivos.push("a descrição de um gráfico só leva {{#numero arquivo.nome}}".into());
            continue;
        };
        let texto = numeros.achar(nome, None).and_then(|nome| {
            let forma = Forma::de(forma).ok_or_else(|| format!("não há a forma «{forma}»"))?;
            let mostrado = numeros.mostrado(&nome).ok_or(Defeito::Acusado);
            usados.insert(nome);
            Ok(mostrado?.texto(forma)?)
        });
        novo.push_str(&descricao[copiado..achada.intervalo.start]);
        copiado = achada.intervalo.end;
        match texto {
            Ok(texto) => novo.push_str(&texto),
            Err(Defeito::Acusado) => {}
            Err(defeito) => motivos.push(defeito.to_string()),
        }
    }
    novo.push_str(&descricao[copiado..]);
    if motivos.is_empty() {
        Ok(novo)
    } else {
        Err(motivos)
    }
}

/// A frase das rodadas, com quantas foram. Só a dispensa quem mostra uma rodada só,
/// inteira.
fn rodadas(
    receita: &Receita,
    medidas: &[Medida],
    linha: usize,
) -> Result<Option<String>, Problemas> {
    let resume = |medida: &Medida| medida.traco != Traco::Degraus;
    let pontos = || medidas.iter().flat_map(|medida| &medida.pontos);
    let dispensa = !medidas.iter().any(resume) && pontos().all(|ponto| ponto.rodadas == 1);
    let Some(frase) = &receita.rodadas else {
        return if dispensa {
            Ok(None)
        } else {
            let falta = "falta «rodadas = …»: quantas rodadas cada ponto resume, com {n}, e o que \
                         a barra mostra";
            Err(vec![(1, falta.into())])
        };
    };
    if !dispensa && !frase.contains("{n}") {
        let falta = "«rodadas» diz quantas com {n}, que vem dos dados";
        return Err(vec![(linha, falta.into())]);
    }
    let quantas: BTreeSet<usize> = pontos().map(|ponto| ponto.rodadas).collect();
    let n = match (quantas.first(), quantas.last()) {
        (Some(menos), Some(mais)) if menos < mais => format!("{menos} a {mais}"),
        (_, mais) => mais.map_or(String::new(), ToString::to_string),
    };
    Ok(Some(frase.replace("{n}", &n)))
}

impl Grafico {
    /// O HTML do gráfico em `pagina`, em uma linha só.
    pub fn html(&self, nome: &str, pagina: &str) -> String {
        let titulo = escapar(&self.titulo);
        let rodadas = self.rodadas.as_deref().map_or(String::new(), |rodadas| {
            format!("<span class=\"rodadas\">{}</span>", escapar(rodadas))
        });
        let svg = self.desenho.svg(
            &format!("grafico-{nome}"),
            &self.titulo,
            &self.descricao,
            &self.desenho.conteudo,
            "img",
        );
        let ate_a_raiz = "../".repeat(pagina.matches('/').count());
        let mut ligacoes = String::new();
        for tabela in &self.tabelas {
            let antes = if ligacoes.is_empty() { "" } else { ", " };
            let _ = write!(
                ligacoes,
                "{antes}<a href=\"{ate_a_raiz}{}\"><code>{tabela}.csv</code></a>",
                publicado(tabela)
            );
        }
        let arquivo = if self.tabelas.len() == 1 {
            "No arquivo"
        } else {
            "Nos arquivos"
        };
        let html = format!(
            "<figure class=\"figura grafico\" id=\"grafico-{nome}\">{svg}\
             <figcaption>{titulo}{rodadas}</figcaption></figure>\
             <details class=\"dados\"><summary>Os dados deste gráfico<span class=\"so-leitor\">: {titulo}</span></summary>\
             <div class=\"table-wrapper\">{quadro}</div>\
             <p>{arquivo}, com cada rodada: {ligacoes}</p></details>",
            quadro = self.quadro
        );
        html.lines().collect::<Vec<_>>().join(" ")
    }
}
