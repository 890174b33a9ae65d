//! Gráficos de dois eixos: pontos, linhas, degraus, curvas e retas.

use super::escala::{Escala, Pedido};
use super::legenda::{self, Amostra, Item};
use super::papel::{self, APOIO, CORPO, GRADE, LARGURA, Lado, Papel, Ponto, RAIO, TINTA, Traco};
use super::receita::{self, Eixo, Receita};
use super::rotulos::{self, Retangulo, Tracado};
use super::series::{self, Medida};
use crate::dados::conta::Defeito;
use crate::dados::folha::Problemas;
use crate::dados::numeros::Numeros;

/// A altura da área dos dados, em pixels.
const ALTURA: f64 = 195.0;

/// A altura de uma linha de texto.
const LINHA: f64 = 17.0;

/// Entre o que está em cima do gráfico e a primeira linha da grade.
const FOLGA: f64 = 12.0;

/// O tamanho de um traço de marca, e o de um traço entre duas marcas.
const MARCAS: (f64, f64) = (4.5, 2.5);

/// Quantos pixels entre dois cálculos de uma curva.
const PASSO: f64 = 3.0;

/// O recuo dos dados em relação aos eixos, para que uma marca não os cubra.
const RECUO: f64 = 9.0;

/// De quanto em quanto, ao longo de uma linha, se tenta pôr o nome dela.
const ENTRE_ANCORAS: f64 = 18.0;

/// Os degraus mais juntos que isto, em pixels, viram um.
const DEGRAU: f64 = 0.6;

/// O traço da grade.
const DA_GRADE: Traco = Traco::cheio(GRADE, 0.8);

/// Uma curva ou uma reta, calculada.
struct Calculada {
    nome: String,
    /// O índice da série que ela acompanha.
    acompanha: Option<usize>,
    /// Pedaços contínuos, em pixels.
    pedacos: Vec<Vec<Ponto>>,
    traco: Traco,
}

/// O lugar de tudo.
struct Quadro {
    x: Escala,
    y: Escala,
    alto: f64,
    pe: f64,
    esquerda: f64,
    direita: f64,
    altura: f64,
}

/// Desenha um gráfico de dois eixos, em pikchr.
///
/// # Errors
/// Os problemas, com a linha da receita.
pub fn desenhar(
    receita: &Receita,
    medidas: &[Medida],
    numeros: &Numeros,
) -> Result<String, Problemas> {
    let Some(eixo_x) = &receita.x else {
        return Err(vec![(1, "falta o eixo [x]".into())]);
    };
    cabe_na_escala(eixo_x, &receita.y, medidas)?;
    let retas = valores_das_retas(receita, numeros)?;
    let mut sem_rotulo: Vec<Item> = Vec::new();
    for curva in receita
        .curvas
        .iter()
        .filter(|curva| curva.acompanha.is_some())
    {
        if sem_rotulo.iter().all(|item| item.nome != curva.nome) {
            sem_rotulo.push(Item {
                nome: curva.nome.clone(),
                amostra: Amostra::Linha(Traco::cheio(APOIO, 1.4)),
            });
        }
    }
    let da_legenda = legenda::altura(&sem_rotulo, &receita.y.nome);
    let quadro = Quadro::novo(eixo_x, &receita.y, medidas, &retas, da_legenda);
    let calculadas = calcular(receita, medidas, numeros, &retas, &quadro)?;
    let (nomes, tracados) = tracados(medidas, &calculadas, &quadro);
    if let Some(lugares) = rotulos::colocar(&nomes, &tracados, &quadro.limites()) {
        let mut papel = quadro.papel(eixo_x, &receita.y, &sem_rotulo);
        quadro.por_dados(&mut papel, medidas, &calculadas);
        let cores = medidas.iter().map(|medida| medida.estilo.cor).chain(
            calculadas
                .iter()
                .filter(|c| c.acompanha.is_none())
                .map(|c| c.traco.cor),
        );
        for ((nome, lugar), cor) in nomes.iter().zip(lugares).zip(cores) {
            papel.texto(lugar.ponto, lugar.lado, cor, nome);
        }
        return papel.fonte();
    }
    // Algum nome não cabe: todos vão para a legenda.
    let das_series = medidas.iter().map(|medida| Item {
        nome: medida.nome.clone(),
        amostra: Amostra::de(medida),
    });
    let das_outras = calculadas
        .iter()
        .filter(|calculada| calculada.acompanha.is_none())
        .map(|calculada| Item {
            nome: calculada.nome.clone(),
            amostra: Amostra::Linha(calculada.traco),
        });
    let itens: Vec<Item> = das_series.chain(das_outras).chain(sem_rotulo).collect();
    let da_legenda = legenda::altura(&itens, &receita.y.nome);
    let quadro = Quadro::novo(eixo_x, &receita.y, medidas, &retas, da_legenda);
    let calculadas = calcular(receita, medidas, numeros, &retas, &quadro)?;
    let mut papel = quadro.papel(eixo_x, &receita.y, &itens);
    quadro.por_dados(&mut papel, medidas, &calculadas);
    papel.fonte()
}

/// Todo ponto tem de ter lugar: um zero não o tem em uma escala logarítmica, e o que
/// passa dos limites pedidos ficaria desenhado onde não está.
fn cabe_na_escala(x: &Eixo, y: &Eixo, medidas: &[Medida]) -> Result<(), Problemas> {
    let mut problemas = Vec::new();
    for medida in medidas {
        let degraus = medida.traco == receita::Traco::Degraus;
        let fora = medida.pontos.iter().find_map(|ponto| {
            // O último degrau desce a zero: para além da maior medida não há nada.
            let fim = degraus && ponto.y == 0.0;
            por_que_nao_cabe(x, ponto.x)
                .map(|motivo| ("x", ponto.x, motivo))
                .or_else(|| {
                    let motivo = por_que_nao_cabe(y, ponto.y).filter(|_| !fim)?;
                    Some(("y", ponto.y, motivo))
                })
        });
        if let Some((eixo, valor, motivo)) = fora {
            problemas.push((
                medida.linha,
                format!("a série «{}» tem {eixo} = {valor}, {motivo}", medida.nome),
            ));
        }
    }
    if problemas.is_empty() {
        Ok(())
    } else {
        Err(problemas)
    }
}

fn por_que_nao_cabe(eixo: &Eixo, valor: f64) -> Option<&'static str> {
    if eixo.log && valor <= 0.0 {
        return Some(
            "que não cabe em uma escala log: escolha outras linhas com onde, ou uma escala linear",
        );
    }
    let fora = eixo.de.is_some_and(|de| valor < de) || eixo.ate.is_some_and(|ate| valor > ate);
    fora.then_some("fora dos limites pedidos para o eixo (de, ate)")
}

fn valores_das_retas(receita: &Receita, numeros: &Numeros) -> Result<Vec<f64>, Problemas> {
    let mut valores = Vec::new();
    let mut problemas = Vec::new();
    for reta in &receita.retas {
        match series::no_ponto(&reta.valor, None, numeros) {
            Ok(valor) => valores.push(valor),
            // Já foi acusado, no arquivo dos números; o livro não monta.
            Err(Defeito::Acusado) => valores.push(1.0),
            Err(defeito) => {
                problemas.push((reta.linha, format!("a reta «{}»: {defeito}", reta.nome)));
            }
        }
    }
    if problemas.is_empty() {
        Ok(valores)
    } else {
        Err(problemas)
    }
}

/// As curvas e as retas, em pixels.
fn calcular(
    receita: &Receita,
    medidas: &[Medida],
    numeros: &Numeros,
    retas: &[f64],
    quadro: &Quadro,
) -> Result<Vec<Calculada>, Problemas> {
    let mut calculadas = Vec::new();
    let mut problemas = Vec::new();
    for curva in &receita.curvas {
        let acompanha = curva
            .acompanha
            .as_deref()
            .and_then(|nome| medidas.iter().position(|medida| medida.nome == nome));
        let cor = acompanha.map_or(APOIO, |indice| medidas[indice].estilo.cor);
        match quadro.curva(&|x| series::no_ponto(&curva.formula, Some(x), numeros)) {
            Ok(pedacos) => calculadas.push(Calculada {
                nome: curva.nome.clone(),
                acompanha,
                pedacos,
                traco: Traco::cheio(cor, 1.2),
            }),
            Err(Defeito::Acusado) => {}
            Err(defeito) => {
                problemas.push((curva.linha, format!("a curva «{}»: {defeito}", curva.nome)));
            }
        }
    }
    for (reta, valor) in receita.retas.iter().zip(retas) {
        let (eixo, nome) = if reta.vertical {
            (&quadro.x, "x")
        } else {
            (&quadro.y, "y")
        };
        if !eixo.contem(*valor) {
            let texto = format!(
                "a reta «{}» está em {nome} = {valor}, fora do gráfico",
                reta.nome
            );
            problemas.push((reta.linha, texto));
            continue;
        }
        let lugar = eixo.lugar(*valor);
        let pontos = if reta.vertical {
            vec![(lugar, quadro.alto), (lugar, quadro.pe)]
        } else {
            vec![(quadro.esquerda, lugar), (quadro.direita, lugar)]
        };
        calculadas.push(Calculada {
            nome: reta.nome.clone(),
            acompanha: None,
            pedacos: vec![pontos],
            traco: Traco {
                cor: APOIO,
                grossura: 1.2,
                tracejado: Some(4.0),
            },
        });
    }
    if problemas.is_empty() {
        Ok(calculadas)
    } else {
        Err(problemas)
    }
}

/// Os nomes que precisam de lugar e o que se desenhou de cada um. A curva que acompanha
/// uma série é dela.
fn tracados<'m>(
    medidas: &'m [Medida],
    calculadas: &'m [Calculada],
    quadro: &Quadro,
) -> (Vec<&'m str>, Vec<Tracado>) {
    let mut nomes = Vec::new();
    let mut tracados = Vec::new();
    for medida in medidas {
        nomes.push(medida.nome.as_str());
        tracados.push(quadro.tracado(medida));
    }
    for calculada in calculadas {
        let mut tracado = Tracado::default();
        for pedaco in &calculada.pedacos {
            tracado.linha(pedaco);
        }
        let pontos: Vec<Ponto> = calculada.pedacos.iter().flatten().copied().collect();
        let ancoras = ao_longo(&pontos);
        if let Some(indice) = calculada.acompanha {
            tracados[indice].cheios.extend(tracado.cheios);
            tracados[indice].ancoras.extend(ancoras);
        } else {
            tracado.ancoras = ancoras;
            nomes.push(calculada.nome.as_str());
            tracados.push(tracado);
        }
    }
    (nomes, tracados)
}

/// Lugares espalhados ao longo de uma linha, do fim para o começo.
fn ao_longo(pontos: &[Ponto]) -> Vec<Ponto> {
    let mut lugares: Vec<Ponto> = Vec::new();
    for par in pontos.windows(2).rev() {
        let ((x0, y0), (x1, y1)) = (par[0], par[1]);
        let passos = ((x1 - x0).hypot(y1 - y0) / ENTRE_ANCORAS).ceil().max(1.0);
        let mut passo = passos;
        while passo >= 0.0 {
            let parte = passo / passos;
            let ponto: Ponto = (x0 + (x1 - x0) * parte, y0 + (y1 - y0) * parte);
            let longe =
                |outro: &Ponto| (outro.0 - ponto.0).hypot(outro.1 - ponto.1) >= ENTRE_ANCORAS * 0.8;
            if lugares.last().is_none_or(longe) {
                lugares.push(ponto);
            }
            passo -= 1.0;
        }
    }
    lugares
}

impl Quadro {
    fn novo(x: &Eixo, y: &Eixo, medidas: &[Medida], retas: &[f64], da_legenda: f64) -> Self {
        let alto = da_legenda + FOLGA;
        let pe = alto + ALTURA;
        let mut valores = Vec::new();
        let mut abscissas = Vec::new();
        for medida in medidas {
            let degraus = medida.traco == receita::Traco::Degraus;
            for ponto in &medida.pontos {
                abscissas.push(ponto.x);
                valores.push(ponto.y);
                valores.extend(ponto.faixa.iter().flat_map(|(de, ate)| [*de, *ate]));
            }
            valores.extend(degraus.then_some(medida.topo));
        }
        valores.extend(retas);
        if y.log {
            valores.retain(|valor| *valor > 0.0);
        }
        let escala_y = Escala::nova(pedido(y, 6), &valores, pe, alto);
        let maior = escala_y
            .marcas
            .iter()
            .map(|marca| papel::largura(&escala_y.rotulo(*marca)))
            .fold(0.0, f64::max);
        let esquerda = maior + 8.0;
        let provisoria = Escala::nova(pedido(x, 6), &abscissas, esquerda, LARGURA);
        let ultimo = provisoria.marcas.last().map_or(0.0, |marca| {
            papel::largura(&provisoria.rotulo(*marca)) / 2.0
        });
        let direita = LARGURA - (ultimo - RECUO).max(1.0);
        Self {
            x: Escala::nova(pedido(x, 6), &abscissas, esquerda + RECUO, direita - RECUO),
            y: escala_y,
            alto,
            pe,
            esquerda,
            direita,
            altura: pe + 2.0 * LINHA + 8.0,
        }
    }

    /// Onde um rótulo pode ficar.
    fn limites(&self) -> Retangulo {
        Retangulo {
            x0: self.esquerda + 2.0,
            y0: self.alto - CORPO * 0.5,
            x1: LARGURA,
            y1: self.pe - 1.0,
        }
    }

    fn lugar(&self, x: f64, y: f64) -> Ponto {
        (self.x.lugar(x), self.altura_de(y))
    }

    /// O lugar de um y; o que passa do gráfico fica na beira dele.
    fn altura_de(&self, y: f64) -> f64 {
        if self.y.log && y <= 0.0 {
            return self.pe;
        }
        self.y.lugar(y).clamp(self.alto, self.pe)
    }

    /// O papel com os eixos, a grade e a legenda.
    fn papel(&self, x: &Eixo, y: &Eixo, itens: &[Item]) -> Papel {
        let mut papel = Papel::novo(self.altura);
        legenda::por(&mut papel, itens, &y.nome);
        let fino = Traco::cheio(APOIO, 0.8);
        for valor in self.x.entre_marcas() {
            let lugar = self.x.lugar(valor);
            papel.linha(&[(lugar, self.pe), (lugar, self.pe + MARCAS.1)], fino);
        }
        for marca in &self.y.marcas {
            let lugar = self.y.lugar(*marca);
            papel.linha(&[(self.esquerda, lugar), (self.direita, lugar)], DA_GRADE);
            let rotulo = self.y.rotulo(*marca);
            papel.texto((self.esquerda - 6.0, lugar), Lado::Esquerda, APOIO, &rotulo);
        }
        let mut livre = f64::NEG_INFINITY;
        for marca in &self.x.marcas {
            let lugar = self.x.lugar(*marca);
            if self.x.log {
                papel.linha(&[(lugar, self.alto), (lugar, self.pe)], DA_GRADE);
            }
            papel.linha(
                &[(lugar, self.pe), (lugar, self.pe + MARCAS.0)],
                Traco::cheio(APOIO, 1.0),
            );
            let rotulo = self.x.rotulo(*marca);
            let meia = papel::largura(&rotulo) / 2.0;
            if lugar - meia > livre {
                papel.texto(
                    (lugar, self.pe + 4.0 + LINHA / 2.0),
                    Lado::Meio,
                    APOIO,
                    &rotulo,
                );
                livre = lugar + meia + 5.0;
            }
        }
        let base = [(self.esquerda, self.pe), (self.direita, self.pe)];
        papel.linha(&base, Traco::cheio(APOIO, 1.2));
        let meio = f64::midpoint(self.esquerda, self.direita);
        // Um nome comprido não sai do papel.
        let metade = papel::largura(&x.nome) / 2.0;
        let meio = meio.clamp(
            metade.min(LARGURA / 2.0),
            (LARGURA - metade).max(LARGURA / 2.0),
        );
        let pe = self.pe + 6.0 + LINHA * 1.5;
        papel.texto((meio, pe), Lado::Meio, TINTA, &x.nome);
        papel
    }

    fn por_dados(&self, papel: &mut Papel, medidas: &[Medida], calculadas: &[Calculada]) {
        for calculada in calculadas {
            for pedaco in &calculada.pedacos {
                papel.linha(pedaco, calculada.traco);
            }
        }
        for medida in medidas {
            let cor = medida.estilo.cor;
            for ponto in &medida.pontos {
                let Some((de, ate)) = ponto.faixa else {
                    continue;
                };
                let (x, menor) = self.lugar(ponto.x, de);
                let maior = self.altura_de(ate);
                // A marca já cobre uma faixa menor que ela.
                if menor - maior < 2.0 * RAIO {
                    continue;
                }
                let traco = Traco::cheio(cor, 1.3);
                papel.linha(&[(x, menor), (x, maior)], traco);
                if menor - maior > 4.0 * RAIO {
                    for y in [menor, maior] {
                        papel.linha(&[(x - 3.0, y), (x + 3.0, y)], traco);
                    }
                }
            }
            let traco = Traco {
                cor,
                grossura: 1.8,
                tracejado: medida.estilo.tracejado,
            };
            match medida.traco {
                receita::Traco::Degraus => papel.linha(&self.degraus(medida), traco),
                receita::Traco::Linha => papel.linha(&self.pontos(medida), traco),
                receita::Traco::Pontos | receita::Traco::Barras => {}
            }
        }
        // As marcas por cima de todas as linhas.
        for medida in medidas {
            if medida.traco != receita::Traco::Degraus {
                for ponto in self.pontos(medida) {
                    papel.marca(ponto, medida.estilo);
                }
            }
        }
    }

    fn pontos(&self, medida: &Medida) -> Vec<Ponto> {
        let pontos = medida.pontos.iter();
        pontos.map(|ponto| self.lugar(ponto.x, ponto.y)).collect()
    }

    /// Os cantos da escada, sem os que não se distinguem.
    fn degraus(&self, medida: &Medida) -> Vec<Ponto> {
        let mut cantos: Vec<Ponto> = Vec::new();
        let mut altura = self.altura_de(medida.topo);
        for (indice, ponto) in medida.pontos.iter().enumerate() {
            let (x, y) = self.lugar(ponto.x, ponto.y);
            let ultimo = indice + 1 == medida.pontos.len();
            let perto = |(antes_x, antes_y): &Ponto| (x - antes_x).hypot(y - antes_y) < DEGRAU;
            if !ultimo && cantos.last().is_some_and(perto) {
                continue;
            }
            if cantos.is_empty() {
                cantos.push((self.x.inicio, altura));
            }
            cantos.push((x, altura));
            cantos.push((x, y));
            altura = y;
        }
        cantos
    }

    /// O que o nome de uma série não pode cobrir, e onde ele pode ficar.
    fn tracado(&self, medida: &Medida) -> Tracado {
        let mut tracado = Tracado::default();
        let pontos = if medida.traco == receita::Traco::Degraus {
            self.degraus(medida)
        } else {
            self.pontos(medida)
        };
        match medida.traco {
            receita::Traco::Degraus => {
                tracado.linha(&pontos);
                tracado.ancoras = ao_longo(&pontos);
            }
            receita::Traco::Linha => {
                tracado.linha(&pontos);
                tracado.ancoras = pontos.iter().rev().copied().collect();
                tracado.ancoras.extend(ao_longo(&pontos));
            }
            receita::Traco::Pontos | receita::Traco::Barras => {
                tracado.ancoras = pontos.iter().rev().copied().collect();
            }
        }
        if medida.traco != receita::Traco::Degraus {
            let marcas = pontos
                .iter()
                .map(|ponto| Retangulo::em_volta(*ponto, RAIO + 1.0));
            tracado.cheios.extend(marcas);
        }
        for ponto in &medida.pontos {
            if let Some((de, ate)) = ponto.faixa {
                let x = self.x.lugar(ponto.x);
                let barra = [(x, self.altura_de(de)), (x, self.altura_de(ate))];
                tracado.linha(&barra);
            }
        }
        tracado
    }

    /// Uma curva em pedaços contínuos dentro do gráfico. Onde ela é infinita não há
    /// curva.
    fn curva(
        &self,
        valor: &dyn Fn(f64) -> Result<f64, Defeito>,
    ) -> Result<Vec<Vec<Ponto>>, Defeito> {
        let mut pedacos: Vec<Vec<Ponto>> = Vec::new();
        let mut antes: Option<(f64, f64)> = None;
        let passos = ((self.x.fim - self.x.inicio) / PASSO).ceil();
        let mut passo = 0.0;
        while passo <= passos {
            let x = self.x.inicio + (self.x.fim - self.x.inicio) * passo / passos;
            passo += 1.0;
            let y = match valor(self.x.valor(x)) {
                Ok(y) if self.y.log && y <= 0.0 => None,
                Ok(y) => Some(self.y.lugar(y)),
                Err(Defeito::Infinito) => None,
                Err(defeito) => return Err(defeito),
            };
            let Some(y) = y else {
                antes = None;
                continue;
            };
            if let Some(trecho) = antes.and_then(|antes| self.dentro(antes, (x, y))) {
                match pedacos.last_mut() {
                    Some(pedaco) if pedaco.last() == Some(&trecho[0]) => pedaco.push(trecho[1]),
                    _ => pedacos.push(trecho.to_vec()),
                }
            }
            antes = Some((x, y));
        }
        Ok(pedacos)
    }

    /// A parte de um trecho de curva que está entre o alto e o pé do gráfico.
    fn dentro(&self, de: Ponto, ate: Ponto) -> Option<[Ponto; 2]> {
        let corte = |(x, y): Ponto, outro: Ponto| -> Option<Ponto> {
            let borda = y.clamp(self.alto, self.pe);
            if (borda - y).abs() < 1e-9 {
                return Some((x, y));
            }
            let parte = (borda - y) / (outro.1 - y);
            (0.0..=1.0)
                .contains(&parte)
                .then_some((x + (outro.0 - x) * parte, borda))
        };
        Some([corte(de, ate)?, corte(ate, de)?])
    }
}

fn pedido(eixo: &Eixo, cabem: usize) -> Pedido<'_> {
    Pedido {
        log: eixo.log,
        de: eixo.de,
        ate: eixo.ate,
        marcas: eixo.marcas.as_deref(),
        cabem,
    }
}
