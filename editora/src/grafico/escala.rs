//! Escalas: de um valor ao seu lugar no papel, e as marcas de que se precisa para
//! voltar.

use crate::dados::formato;

/// Os passos de que uma escala linear gosta, entre 1 e 10.
const PASSOS: [f64; 4] = [1.0, 2.0, 5.0, 10.0];

/// Que parte de um passo, além da última marca, ainda não pede outra.
const POUCO: f64 = 0.35;

/// Uma escala em um intervalo do papel.
#[derive(Debug, Clone)]
pub struct Escala {
    /// Se é logarítmica.
    pub log: bool,
    /// O primeiro valor.
    pub de: f64,
    /// O último.
    pub ate: f64,
    /// Onde está o primeiro, no papel.
    pub inicio: f64,
    /// Onde está o último.
    pub fim: f64,
    /// Onde há marcas.
    pub marcas: Vec<f64>,
}

/// O que se pede de uma escala.
#[derive(Debug, Clone, Copy)]
pub struct Pedido<'p> {
    /// Se é logarítmica.
    pub log: bool,
    /// O começo, se é fixo.
    pub de: Option<f64>,
    /// O fim, se é fixo.
    pub ate: Option<f64>,
    /// As marcas, se são fixas.
    pub marcas: Option<&'p [f64]>,
    /// Mais ou menos quantas marcas cabem.
    pub cabem: usize,
}

impl Escala {
    /// Uma escala em que cabem todos os `valores`, de `inicio` a `fim` no papel.
    pub fn nova(pedido: Pedido<'_>, valores: &[f64], inicio: f64, fim: f64) -> Self {
        let menor = valores.iter().copied().fold(f64::INFINITY, f64::min);
        let maior = valores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (menor, maior) = if menor <= maior {
            (menor, maior)
        } else {
            (1.0, 1.0)
        };
        let (de, ate, automaticas) = if pedido.log {
            logaritmica(pedido, menor, maior)
        } else {
            linear(pedido, menor, maior)
        };
        let marcas = pedido.marcas.map_or(automaticas, <[f64]>::to_vec);
        let folga = (ate - de) * 1e-9;
        let marcas = marcas
            .into_iter()
            .filter(|marca| (de - folga..=ate + folga).contains(marca))
            .collect();
        Self {
            log: pedido.log,
            de,
            ate,
            inicio,
            fim,
            marcas,
        }
    }

    /// O lugar de `valor` no papel.
    pub fn lugar(&self, valor: f64) -> f64 {
        let parte = if self.log {
            (valor / self.de).ln() / (self.ate / self.de).ln()
        } else {
            (valor - self.de) / (self.ate - self.de)
        };
        self.inicio + parte * (self.fim - self.inicio)
    }

    /// O valor que está em um lugar do papel.
    pub fn valor(&self, lugar: f64) -> f64 {
        let parte = (lugar - self.inicio) / (self.fim - self.inicio);
        if self.log {
            self.de * (self.ate / self.de).powf(parte)
        } else {
            self.de + parte * (self.ate - self.de)
        }
    }

    /// Se o valor está na escala.
    pub fn contem(&self, valor: f64) -> bool {
        let folga = (self.ate - self.de).abs() * 1e-9;
        (self.de - folga..=self.ate + folga).contains(&valor)
    }

    /// Em uma escala logarítmica, os valores redondos que não têm marca: mostram que o
    /// passo não é sempre o mesmo.
    pub fn entre_marcas(&self) -> Vec<f64> {
        if !self.log || (self.ate / self.de).log10() > 4.0 {
            return Vec::new();
        }
        let mut valores = Vec::new();
        let mut dez = 10_f64.powf(self.de.log10().floor());
        while dez < self.ate {
            valores.extend((1..10).map(|multiplo| dez * f64::from(multiplo)));
            dez *= 10.0;
        }
        let marcada = |valor: &f64| {
            let mut marcas = self.marcas.iter();
            marcas.any(|marca| (marca / valor - 1.0).abs() < 1e-9)
        };
        valores.retain(|valor| self.contem(*valor) && !marcada(valor));
        valores
    }

    /// O que se escreve em uma marca.
    pub fn rotulo(&self, marca: f64) -> String {
        if self.log {
            return formato::enxuto(marca);
        }
        let casas = self.marcas.iter().map(|marca| casas_exatas(*marca)).max();
        formato::numero(marca, casas.unwrap_or(0))
    }
}

/// Quantas casas escrevem `valor` sem arredondar, até seis.
fn casas_exatas(valor: f64) -> i32 {
    (0..6)
        .find(|casas| {
            let dez = 10_f64.powi(*casas);
            ((valor * dez).round() / dez - valor).abs() <= 1e-9 * valor.abs().max(1e-9)
        })
        .unwrap_or(6)
}

/// O intervalo e as marcas de uma escala linear. Sem outro pedido ela começa no zero:
/// um eixo cortado faz de uma diferença pequena uma grande.
fn linear(pedido: Pedido<'_>, menor: f64, maior: f64) -> (f64, f64, Vec<f64>) {
    let de = pedido.de.unwrap_or(menor.min(0.0));
    let ate = pedido.ate.unwrap_or(maior.max(0.0));
    let ate = if ate > de { ate } else { de + 1.0 };
    #[expect(clippy::cast_precision_loss, reason = "são poucas marcas")]
    let bruto = (ate - de) / pedido.cabem.max(1) as f64;
    let dez = 10_f64.powf(bruto.log10().floor());
    let passo = PASSOS
        .iter()
        .map(|passo| passo * dez)
        .find(|passo| *passo >= bruto * (1.0 - 1e-9))
        .unwrap_or(10.0 * dez);
    let de = pedido.de.unwrap_or((de / passo).floor() * passo);
    let ate = pedido.ate.unwrap_or_else(|| {
        // Quem mal passa de uma marca não leva o eixo até a seguinte.
        let marca = (ate / passo * (1.0 + 1e-9)).floor() * passo;
        let sobra = ate - marca;
        if sobra > passo * POUCO {
            marca + passo
        } else {
            marca + sobra.max(0.0) * 1.2
        }
    });
    let mut marcas = Vec::new();
    let mut marca = (de / passo).ceil() * passo;
    while marca <= ate + passo * 1e-9 {
        // A soma de muitos passos não é exata.
        marcas.push((marca / passo).round() * passo);
        marca += passo;
    }
    (de, ate, marcas)
}

/// O intervalo e as marcas de uma escala logarítmica: potências de dez; se cabem
/// poucas no intervalo, também o dobro e o quíntuplo de cada uma.
fn logaritmica(pedido: Pedido<'_>, menor: f64, maior: f64) -> (f64, f64, Vec<f64>) {
    let de = pedido.de.unwrap_or_else(|| vizinho(menor, false));
    let ate = pedido.ate.unwrap_or_else(|| vizinho(maior, true));
    let ate = if ate > de { ate } else { de * 10.0 };
    let decadas = (ate / de).log10();
    let (primeira, ultima) = (de.log10().floor(), ate.log10().ceil());
    #[expect(clippy::cast_precision_loss, reason = "são poucas marcas")]
    let cabem = pedido.cabem.max(1) as f64;
    let multiplos: &[f64] = if decadas * 3.0 <= cabem {
        &[1.0, 2.0, 5.0]
    } else {
        &[1.0]
    };
    let salto = (decadas / cabem).ceil().max(1.0);
    let mut marcas = Vec::new();
    let mut expoente = (primeira / salto).ceil() * salto;
    if multiplos.len() > 1 {
        expoente = primeira;
    }
    while expoente <= ultima {
        marcas.extend(multiplos.iter().map(|m| m * 10_f64.powf(expoente)));
        expoente += salto;
    }
    (de, ate, marcas)
}

/// O vizinho de `valor`, abaixo ou acima, em 1, 2, 5, 10, 20…
fn vizinho(valor: f64, acima: bool) -> f64 {
    let dez = 10_f64.powf(valor.log10().floor());
    let resto = valor / dez;
    let passo = if acima {
        PASSOS.iter().find(|passo| **passo >= resto * (1.0 - 1e-9))
    } else {
        PASSOS
            .iter()
            .rev()
            .find(|passo| **passo <= resto * (1.0 + 1e-9))
    };
    passo.copied().unwrap_or(1.0) * dez
}

#[cfg(test)]
mod testes {
    use super::*;

    fn escala(log: bool, valores: &[f64]) -> Escala {
        let pedido = Pedido {
            log,
            de: None,
            ate: None,
            marcas: None,
            cabem: 5,
        };
        Escala::nova(pedido, valores, 0.0, 100.0)
    }

    fn rotulos(escala: &Escala) -> Vec<String> {
        escala.marcas.iter().map(|m| escala.rotulo(*m)).collect()
    }

    #[test]
    fn a_linear_comeca_no_zero_e_tem_marcas_redondas() {
        for (valores, esperadas) in [
            (&[1.0, 20.0][..], &["0", "5", "10", "15", "20"][..]),
            (&[0.3, 0.94], &["0,0", "0,2", "0,4", "0,6", "0,8", "1,0"]),
            (&[55.0], &["0", "20", "40", "60"]),
            (&[-3.0, 4.0], &["−4", "−2", "0", "2", "4"]),
            (
                &[45_000.0],
                &["0", "10.000", "20.000", "30.000", "40.000", "50.000"],
            ),
            (&[0.0], &["0,0", "0,2", "0,4", "0,6", "0,8", "1,0"]),
        ] {
            assert_eq!(rotulos(&escala(false, valores)), esperadas, "{valores:?}");
        }
    }

    #[test]
    fn a_log_tem_potencias_de_dez_ou_1_2_5() {
        for (valores, esperadas) in [
            (&[0.03, 55.0][..], &["0,1", "1", "10", "100"][..]),
            (&[3.0, 40.0], &["2", "5", "10", "20", "50"]),
            (&[1e-4, 1.0], &["0,0001", "0,001", "0,01", "0,1", "1"]),
            (&[1e-3, 1e6], &["0,01", "1", "100", "10.000", "1.000.000"]),
        ] {
            assert_eq!(rotulos(&escala(true, valores)), esperadas, "{valores:?}");
        }
    }

    #[test]
    fn o_lugar_e_o_valor_se_desfazem() {
        for log in [false, true] {
            let escala = escala(log, &[1.0, 100.0]);
            for valor in [escala.de, 3.0, 10.0, 77.0, escala.ate] {
                let volta = escala.valor(escala.lugar(valor));
                assert!((volta - valor).abs() < 1e-9, "{log} {valor} {volta}");
            }
        }
        assert!((escala(true, &[1.0, 100.0]).lugar(10.0) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn o_que_se_pede_vale_mais() {
        let pedido = Pedido {
            log: true,
            de: Some(0.5),
            ate: Some(200.0),
            marcas: Some(&[1.0, 4.0, 128.0, 512.0]),
            cabem: 5,
        };
        let escala = Escala::nova(pedido, &[1.0, 1000.0], 0.0, 1.0);
        assert_eq!(rotulos(&escala), ["1", "4", "128"]);
        assert_eq!(escala.entre_marcas().len(), 23);
        assert!(escala.contem(0.5) && !escala.contem(0.4) && !escala.contem(201.0));
    }
}
