//! O que cabe em um terminal: tabelas alinhadas e frases quebradas.

/// A maior largura do que se mostra, em caracteres.
pub const LARGURA: usize = 80;

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

/// `frase` em linhas de até [`LARGURA`], as seguintes com dois espaços na frente.
#[must_use]
pub fn quebrar(frase: &str) -> Vec<String> {
    quebrar_em(frase, LARGURA)
}

/// Como [`quebrar`], em linhas de até `largura`.
#[must_use]
pub fn quebrar_em(frase: &str, largura: usize) -> Vec<String> {
    let mut linhas = vec![String::new()];
    for palavra in sockets::visivel(frase.as_bytes()).split(' ') {
        let atual = linhas.last_mut().map_or(0, |linha| linha.chars().count());
        if atual > 0 && atual + 1 + palavra.chars().count() > largura {
            linhas.push(format!("  {palavra}"));
        } else if let Some(linha) = linhas.last_mut() {
            if atual > 0 {
                linha.push(' ');
            }
            linha.push_str(palavra);
        }
    }
    linhas
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

    #[test]
    fn uma_frase_comprida_se_quebra_entre_palavras() {
        let frase = "palavra ".repeat(30) + "\x1b[2J";
        let linhas = quebrar(&frase);
        assert_eq!(linhas.len(), 4);
        assert!(linhas.iter().all(|linha| linha.chars().count() <= LARGURA));
        assert!(
            linhas[1..]
                .iter()
                .all(|linha| linha.starts_with("  palavra"))
        );
        assert!(linhas[3].ends_with(r"\u{1b}[2J"), "{linhas:?}");
        assert_eq!(quebrar("curta"), ["curta"]);
    }
}
