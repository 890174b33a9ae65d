//! A legenda: uma amostra e um nome por item, em quantas linhas for preciso.

use super::estilo::Estilo;
use super::papel::{self, FUNDO, LARGURA, Lado, Papel, TINTA, Traco};
use super::receita;
use super::series::Medida;

/// A altura de uma linha da legenda.
const LINHA: f64 = 17.0;

/// A largura de uma amostra.
const AMOSTRA: f64 = 22.0;

/// Entre a amostra e o nome.
const AO_NOME: f64 = 6.0;

/// Entre um item e o seguinte.
const AO_SEGUINTE: f64 = 16.0;

/// Um item da legenda.
#[derive(Debug)]
pub struct Item {
    /// O nome.
    pub nome: String,
    /// Como ele se desenha.
    pub amostra: Amostra,
}

/// Como uma coisa se desenha.
#[derive(Debug, Clone, Copy)]
pub enum Amostra {
    /// Só a marca.
    Marca(&'static Estilo),
    /// Só a linha.
    Linha(Traco),
    /// A marca em cima da linha.
    Ligada(&'static Estilo),
    /// Um pedaço de barra.
    Barra(&'static Estilo),
}

impl Amostra {
    /// A de uma série.
    pub fn de(medida: &Medida) -> Self {
        match medida.traco {
            receita::Traco::Pontos => Self::Marca(medida.estilo),
            receita::Traco::Linha => Self::Ligada(medida.estilo),
            receita::Traco::Degraus => Self::Linha(da_serie(medida.estilo)),
            receita::Traco::Barras => Self::Barra(medida.estilo),
        }
    }
}

fn da_serie(estilo: &Estilo) -> Traco {
    Traco {
        cor: estilo.cor,
        grossura: 1.8,
        tracejado: estilo.tracejado,
    }
}

/// Quanto ocupam, no alto do papel, o `titulo` do eixo e a legenda.
pub fn altura(itens: &[Item], titulo: &str) -> f64 {
    let ultima = lugares(itens, titulo)
        .last()
        .map_or(0.0, |(_, linha)| *linha);
    (ultima + 1.0) * LINHA
}

/// Põe no alto do papel o título do eixo e a legenda.
pub fn por(papel: &mut Papel, itens: &[Item], titulo: &str) {
    papel.texto((0.0, LINHA / 2.0), Lado::Direita, TINTA, titulo);
    for (item, (x, linha)) in itens.iter().zip(lugares(itens, titulo)) {
        let y = (linha + 0.5) * LINHA;
        let meio = (x + AMOSTRA / 2.0, y);
        let traco = match item.amostra {
            Amostra::Linha(traco) => Some(traco),
            Amostra::Ligada(estilo) => Some(da_serie(estilo)),
            Amostra::Marca(_) | Amostra::Barra(_) => None,
        };
        if let Some(traco) = traco {
            papel.linha(&[(x, y), (x + AMOSTRA, y)], traco);
        }
        match item.amostra {
            Amostra::Marca(estilo) | Amostra::Ligada(estilo) => papel.marca(meio, estilo),
            Amostra::Barra(estilo) => barra(papel, estilo, (x, y - 4.5), (x + AMOSTRA, y + 4.5)),
            Amostra::Linha(_) => {}
        }
        papel.texto((x + AMOSTRA + AO_NOME, y), Lado::Direita, TINTA, &item.nome);
    }
}

/// Uma barra de uma série, de um canto ao outro.
pub fn barra(papel: &mut Papel, estilo: &Estilo, de: (f64, f64), ate: (f64, f64)) {
    let cantos = [de, (ate.0, de.1), ate, (de.0, ate.1)];
    let miolo = if estilo.cheia { estilo.cor } else { FUNDO };
    papel.poligono(&cantos, Traco::cheio(estilo.cor, 1.4), miolo);
}

/// Onde começa cada item: o x e o número da linha. Os que cabem ao lado do título
/// ficam lá, no fim da linha; se não cabem todos, vão para baixo dele.
fn lugares(itens: &[Item], titulo: &str) -> Vec<(f64, f64)> {
    let larguras = itens
        .iter()
        .map(|item| AMOSTRA + AO_NOME + papel::largura(&item.nome));
    let mut lugares = Vec::new();
    let mut x = 0.0;
    let mut linha = 1.0;
    for largura in larguras {
        if x > 0.0 && x + largura > LARGURA {
            x = 0.0;
            linha += 1.0;
        }
        lugares.push((x, linha));
        x += largura + AO_SEGUINTE;
    }
    let sobra = LARGURA - (x - AO_SEGUINTE);
    if linha <= 1.0 && sobra > papel::largura(titulo) + 2.0 * AO_SEGUINTE {
        for lugar in &mut lugares {
            *lugar = (lugar.0 + sobra, 0.0);
        }
    }
    lugares
}
