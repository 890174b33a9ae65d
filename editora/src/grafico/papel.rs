//! O papel do gráfico: traços, marcas e textos em pixels, com o zero no alto à
//! esquerda, que viram um desenho em pikchr.

use std::fmt::Write;

use super::estilo::{Estilo, Forma};
use super::rotulos::Retangulo;
use crate::dados::folha::Problemas;
use crate::letras;

/// O corpo da letra, em pixels do desenho.
pub const CORPO: f64 = 13.2;

/// A largura do papel.
pub const LARGURA: f64 = 360.0;

/// A cor do fundo da página, no pikchr.
pub const FUNDO: &str = "white";

/// A cor do que fica atrás: a grade.
pub const GRADE: &str = "silver";

/// A cor do que acompanha: as marcas dos eixos.
pub const APOIO: &str = "gray";

/// A cor do texto.
pub const TINTA: &str = "black";

/// Quantos pixels o pikchr põe em uma polegada.
const POLEGADA: f64 = 144.0;

/// O corpo de que o pikchr parte quando o texto é `small`, em pixels: o tema do livro
/// dá ao gráfico uma letra deste tamanho.
const CORPO_DO_TEMA: f64 = 16.5;

/// Quantos pontos o pikchr aceita em uma linha só, com folga.
const MAIS_PONTOS: usize = 400;

/// O raio de uma marca.
pub const RAIO: f64 = 3.6;

/// Um desenho que se faz.
#[derive(Debug)]
pub struct Papel {
    altura: f64,
    fonte: String,
    /// Cada texto posto e o lugar que ele ocupa.
    textos: Vec<(String, Retangulo)>,
}

/// De que lado do lugar dado fica o texto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lado {
    /// Começa ali.
    Direita,
    /// Acaba ali.
    Esquerda,
    /// O meio fica ali.
    Meio,
}

/// Um lugar do papel.
pub type Ponto = (f64, f64);

/// Um traço.
#[derive(Debug, Clone, Copy)]
pub struct Traco {
    /// A cor.
    pub cor: &'static str,
    /// A grossura, em pixels.
    pub grossura: f64,
    /// O tamanho de cada pedaço, se é tracejado.
    pub tracejado: Option<f64>,
}

impl Traco {
    /// Um traço contínuo.
    pub const fn cheio(cor: &'static str, grossura: f64) -> Self {
        Self {
            cor,
            grossura,
            tracejado: None,
        }
    }
}

impl Papel {
    /// Um papel em branco, desta altura.
    pub fn novo(altura: f64) -> Self {
        debug_assert!((CORPO_DO_TEMA * 0.8 - CORPO).abs() < 1e-9, "`small` é 80 %");
        let mut papel = Self {
            altura,
            // Para o pikchr os textos não ocupam lugar: quem sabe onde cabem é quem os põe.
            fonte: "charwid = 0.0001\ncharht = 0.0001\nthickness = 0.01\nmargin = -0.01\n"
                .to_string(),
            textos: Vec::new(),
        };
        // Uma folha sem tinta, para que o desenho tenha sempre o tamanho do papel.
        let (x, y) = papel.lugar((LARGURA / 2.0, altura / 2.0));
        let (largura, altura) = (polegadas(LARGURA), polegadas(altura));
        papel.escrever(format_args!(
            "box width {largura} height {altura} thickness 0 at ({x},{y})"
        ));
        papel
    }

    /// O desenho, em pikchr.
    ///
    /// # Errors
    /// Os textos que não cabem no papel ou caem uns sobre os outros.
    pub fn fonte(self) -> Result<String, Problemas> {
        let papel = Retangulo {
            x0: -1.0,
            y0: -1.0,
            x1: LARGURA + 1.0,
            y1: self.altura + 1.0,
        };
        let mut motivos = Vec::new();
        for (indice, (texto, ocupa)) in self.textos.iter().enumerate() {
            if !ocupa.dentro(&papel) {
                motivos.push((1, format!("«{texto}» não cabe no gráfico: encurte")));
            }
            let antes = &self.textos[..indice];
            if let Some((outro, _)) = antes.iter().find(|(_, outro)| outro.toca(ocupa)) {
                let texto = format!("«{outro}» e «{texto}» ficam um sobre o outro: encurte");
                motivos.push((1, texto));
            }
        }
        if motivos.is_empty() {
            Ok(self.fonte)
        } else {
            Err(motivos)
        }
    }

    /// Uma linha por estes pontos.
    pub fn linha(&mut self, pontos: &[Ponto], traco: Traco) {
        let mut inicio = 0;
        while pontos.len() - inicio > 1 {
            let fim = pontos.len().min(inicio + MAIS_PONTOS);
            let caminho = self.caminho(&pontos[inicio..fim]);
            let tracejado = traco.tracejado.map_or(String::new(), |tamanho| {
                format!(" dashed {}", polegadas(tamanho))
            });
            self.escrever(format_args!(
                "line {caminho} color {} thickness {}{tracejado}",
                traco.cor,
                polegadas(traco.grossura)
            ));
            inicio = fim - 1;
        }
    }

    /// Uma forma fechada, com contorno e miolo.
    pub fn poligono(&mut self, pontos: &[Ponto], traco: Traco, miolo: &str) {
        let caminho = self.caminho(pontos);
        self.escrever(format_args!(
            "line {caminho} close color {} thickness {} fill {miolo}",
            traco.cor,
            polegadas(traco.grossura)
        ));
    }

    /// A marca de uma série.
    pub fn marca(&mut self, (x, y): Ponto, estilo: &Estilo) {
        let traco = Traco::cheio(estilo.cor, 1.6);
        let miolo = if estilo.cheia { estilo.cor } else { FUNDO };
        // Cada forma com o raio que a faz parecer do mesmo tamanho.
        match estilo.forma {
            Forma::Circulo => {
                let (x, y) = self.lugar((x, y));
                self.escrever(format_args!(
                    "circle radius {} color {} thickness {} fill {miolo} at ({x},{y})",
                    polegadas(RAIO - 0.4),
                    traco.cor,
                    polegadas(traco.grossura)
                ));
            }
            Forma::Quadrado => {
                let r = RAIO * 0.86;
                let cantos = [
                    (x - r, y - r),
                    (x + r, y - r),
                    (x + r, y + r),
                    (x - r, y + r),
                ];
                self.poligono(&cantos, traco, miolo);
            }
            Forma::Triangulo => {
                let r = RAIO * 1.05;
                let cantos = [
                    (x, y - r * 1.1),
                    (x + r, y + r * 0.75),
                    (x - r, y + r * 0.75),
                ];
                self.poligono(&cantos, traco, miolo);
            }
            Forma::Losango => {
                let r = RAIO * 1.2;
                let cantos = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
                self.poligono(&cantos, traco, miolo);
            }
        }
    }

    /// Um texto cujo meio, na altura, fica no lugar dado.
    pub fn texto(&mut self, lugar: Ponto, lado: Lado, cor: &str, texto: &str) {
        self.textos
            .push((texto.to_string(), ocupado(lugar, lado, texto)));
        let (x, y) = self.lugar(lugar);
        let lado = match lado {
            Lado::Direita => "ljust",
            Lado::Esquerda => "rjust",
            Lado::Meio => "center",
        };
        let texto = texto.replace('\\', "\\\\").replace('"', "\\\"");
        self.escrever(format_args!(
            "text \"{texto}\" small {lado} color {cor} at ({x},{y})"
        ));
    }

    fn caminho(&self, pontos: &[Ponto]) -> String {
        let mut caminho = String::new();
        for (indice, ponto) in pontos.iter().enumerate() {
            let (x, y) = self.lugar(*ponto);
            let passo = if indice == 0 { "from" } else { " to" };
            let _ = write!(caminho, "{passo} ({x},{y})");
        }
        caminho
    }

    /// O lugar como o pikchr o diz: em polegadas, com o zero embaixo.
    fn lugar(&self, (x, y): Ponto) -> (String, String) {
        (polegadas(x), polegadas(self.altura - y))
    }

    fn escrever(&mut self, linha: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.fonte, "{linha}");
    }
}

/// O que um texto ocupa; a altura é a das letras, sem o espaço entre linhas.
pub fn ocupado((x, y): Ponto, lado: Lado, texto: &str) -> Retangulo {
    let largura = largura(texto);
    let x0 = match lado {
        Lado::Direita => x,
        Lado::Esquerda => x - largura,
        Lado::Meio => x - largura / 2.0,
    };
    Retangulo {
        x0,
        y0: y - CORPO * 0.5,
        x1: x0 + largura,
        y1: y + CORPO * 0.5,
    }
}

/// A largura de um texto no papel.
pub fn largura(texto: &str) -> f64 {
    letras::largura(texto, CORPO)
}

/// Uma medida em pixels, em polegadas do pikchr.
fn polegadas(pixels: f64) -> String {
    // Um décimo de pixel é mais fino que qualquer tela.
    let decimos = (pixels * 10.0).round() / 10.0;
    let texto = format!("{:.5}", decimos / POLEGADA);
    texto
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_string()
}
