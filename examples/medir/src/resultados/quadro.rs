//! Uma tabela no terminal: colunas alinhadas, e números pela direita.

/// De que lado as células de uma coluna se encostam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lado {
    /// À esquerda: nomes.
    Esquerda,
    /// À direita: números.
    Direita,
}

/// Uma tabela a desenhar.
#[derive(Debug, Clone, Default)]
pub struct Quadro {
    titulos: Vec<(String, Lado)>,
    linhas: Vec<Vec<String>>,
}

/// O que separa as colunas.
const ENTRE: &str = "  ";

impl Quadro {
    /// Acrescenta uma coluna.
    pub fn coluna(&mut self, titulo: &str, lado: Lado) {
        self.titulos.push((titulo.into(), lado));
    }

    /// Acrescenta uma linha, com uma célula por coluna.
    pub fn linha(&mut self, celulas: Vec<String>) {
        debug_assert_eq!(celulas.len(), self.titulos.len());
        self.linhas.push(celulas);
    }

    /// As linhas de texto: os títulos e as células, com dois espaços na frente.
    #[must_use]
    pub fn desenhar(&self) -> Vec<String> {
        let larguras: Vec<usize> = self
            .titulos
            .iter()
            .enumerate()
            .map(|(qual, (titulo, _))| {
                let celulas = self.linhas.iter().filter_map(|l| l.get(qual));
                let maior = celulas.map(|celula| celula.chars().count()).max();
                maior.unwrap_or(0).max(titulo.chars().count())
            })
            .collect();
        let titulos = self.titulos.iter().map(|(titulo, _)| titulo.clone());
        let titulos: Vec<String> = titulos.collect();
        [&titulos]
            .into_iter()
            .chain(&self.linhas)
            .map(|linha| self.desenhar_linha(linha, &larguras))
            .collect()
    }

    fn desenhar_linha(&self, celulas: &[String], larguras: &[usize]) -> String {
        let mut texto = String::new();
        let lados = self.titulos.iter().map(|(_, lado)| lado);
        for ((celula, largura), lado) in celulas.iter().zip(larguras).zip(lados)
        {
            texto += ENTRE;
            let falta =
                " ".repeat(largura.saturating_sub(celula.chars().count()));
            texto += &match lado {
                Lado::Esquerda => celula.clone() + &falta,
                Lado::Direita => falta + celula,
            };
        }
        texto.trim_end().to_string()
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn os_nomes_ficam_a_esquerda_e_os_numeros_a_direita() {
        let mut quadro = Quadro::default();
        quadro.coluna("protocolo", Lado::Esquerda);
        quadro.coluna("tempo (s)", Lado::Direita);
        quadro.linha(vec!["tcp".into(), "11,6".into()]);
        quadro.linha(vec!["pare-e-espere".into(), "3".into()]);
        assert_eq!(
            quadro.desenhar(),
            [
                "  protocolo      tempo (s)",
                "  tcp                 11,6",
                "  pare-e-espere          3",
            ]
        );
    }
}
