//! Gráficos de barras: deitadas, para que os nomes se leiam em uma tela estreita, e
//! com o valor escrito na ponta, para que não seja preciso um eixo.

use super::escala::{Escala, Pedido};
use super::legenda::{self, Amostra, Item};
use super::papel::{self, APOIO, LARGURA, Lado, Papel, TINTA, Traco};
use super::receita::Receita;
use super::series::Medida;
use crate::dados::folha::Problemas;
use crate::dados::formato;

/// A altura de uma linha de texto.
const LINHA: f64 = 17.0;

/// A altura de uma barra.
const BARRA: f64 = 14.0;

/// Entre uma barra e a seguinte.
const ENTRE: f64 = 5.0;

/// Entre um grupo e o seguinte.
const ENTRE_GRUPOS: f64 = 12.0;

/// Uma barra com o que se escreve nela.
struct Barra<'m> {
    medida: &'m Medida,
    valor: f64,
    faixa: Option<(f64, f64)>,
    texto: String,
}

/// Um grupo de barras com o mesmo nome.
struct Grupo<'m> {
    nome: &'m str,
    barras: Vec<Barra<'m>>,
}

/// Desenha as barras, em pikchr.
///
/// # Errors
/// Um valor negativo, que uma barra daqui não mostra.
pub fn desenhar(receita: &Receita, medidas: &[Medida]) -> Result<String, Problemas> {
    let negativo = |medida: &&Medida| medida.pontos.iter().any(|ponto| ponto.y < 0.0);
    if let Some(medida) = medidas.iter().find(negativo) {
        let texto = format!(
            "a série «{}» tem um valor negativo, que não vira barra",
            medida.nome
        );
        return Err(vec![(medida.linha, texto)]);
    }
    let grupos = grupos(receita, medidas);
    let com_legenda = !receita.categorias.is_empty() && medidas.len() > 1;
    let itens: Vec<Item> = medidas
        .iter()
        .filter(|_| com_legenda)
        .map(|medida| Item {
            nome: medida.nome.clone(),
            amostra: Amostra::de(medida),
        })
        .collect();
    let todas = || grupos.iter().flat_map(|grupo| &grupo.barras);
    let mais_largo = todas()
        .map(|barra| papel::largura(&barra.texto))
        .fold(0.0, f64::max);
    let valores: Vec<f64> = todas()
        .flat_map(|barra| [barra.valor, barra.faixa.map_or(0.0, |(_, ate)| ate)])
        .collect();
    let maior = valores.iter().copied().fold(0.0, f64::max);
    let pedido = Pedido {
        log: false,
        de: Some(0.0),
        // A maior barra vai até o fim: sem eixo, não há marca redonda a alcançar.
        ate: receita.y.ate.or((maior > 0.0).then_some(maior)),
        marcas: None,
        cabem: 1,
    };
    let escala = Escala::nova(pedido, &valores, 1.0, LARGURA - mais_largo - 8.0);
    let inicio = legenda::altura(&itens, &receita.y.nome) + 8.0;
    let altura = grupos.iter().fold(inicio, |y, grupo| y + altura(grupo)) - ENTRE_GRUPOS + 2.0;
    let mut papel = Papel::novo(altura);
    legenda::por(&mut papel, &itens, &receita.y.nome);
    let mut y = inicio;
    for grupo in &grupos {
        papel.texto((0.0, y + LINHA / 2.0), Lado::Direita, TINTA, grupo.nome);
        let mut alto = y + LINHA + 2.0;
        for barra in &grupo.barras {
            por_barra(&mut papel, &escala, barra, alto);
            alto += BARRA + ENTRE;
        }
        let base = [
            (escala.inicio, y + LINHA),
            (escala.inicio, alto - ENTRE + 2.0),
        ];
        papel.linha(&base, Traco::cheio(APOIO, 1.2));
        y += self::altura(grupo);
    }
    papel.fonte()
}

fn por_barra(papel: &mut Papel, escala: &Escala, barra: &Barra<'_>, alto: f64) {
    let estilo = barra.medida.estilo;
    let (meio, pe) = (alto + BARRA / 2.0, alto + BARRA);
    let ponta = escala.lugar(barra.valor);
    if ponta > escala.inicio + 0.5 {
        legenda::barra(papel, estilo, (escala.inicio, alto), (ponta, pe));
    }
    let mut fim = ponta;
    if let Some((de, ate)) = barra.faixa {
        let (de, ate) = (escala.lugar(de), escala.lugar(ate));
        fim = fim.max(ate);
        if ate - de > 1.0 {
            // A tinta do texto se vê dentro e fora da barra.
            let traco = Traco::cheio(TINTA, 1.2);
            papel.linha(&[(de, meio), (ate, meio)], traco);
            for x in [de, ate] {
                papel.linha(&[(x, meio - 3.0), (x, meio + 3.0)], traco);
            }
        }
    }
    papel.texto((fim + 6.0, meio), Lado::Direita, TINTA, &barra.texto);
}

fn altura(grupo: &Grupo<'_>) -> f64 {
    let barras = grupo.barras.iter().map(|_| BARRA + ENTRE);
    LINHA + 2.0 + barras.sum::<f64>() - ENTRE + ENTRE_GRUPOS
}

/// Um grupo por categoria; sem categorias, um por série.
fn grupos<'m>(receita: &'m Receita, medidas: &'m [Medida]) -> Vec<Grupo<'m>> {
    let barra = |medida: &'m Medida, indice: usize| {
        let ponto = medida.pontos.get(indice)?;
        let casas = receita
            .y
            .casas
            .unwrap_or_else(|| formato::casas_de(ponto.y));
        Some(Barra {
            medida,
            valor: ponto.y,
            faixa: ponto.faixa,
            texto: formato::numero(ponto.y, casas),
        })
    };
    if receita.categorias.is_empty() {
        return medidas
            .iter()
            .map(|medida| Grupo {
                nome: &medida.nome,
                barras: barra(medida, 0).into_iter().collect(),
            })
            .collect();
    }
    receita
        .categorias
        .iter()
        .enumerate()
        .map(|(indice, categoria)| Grupo {
            nome: &categoria.nome,
            barras: medidas
                .iter()
                .filter_map(|medida| barra(medida, indice))
                .collect(),
        })
        .collect()
}
