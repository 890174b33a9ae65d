//! Uma linha da conversa: o texto, como se desenha cada parte, e onde quebra.

use std::ops::Range;

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::{Color, Style};
use unicode_segmentation::UnicodeSegmentation;

use crate::Emenda;

/// De quem é um nome que se mostra.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quem {
    Nos,
    OOutro,
}

/// Uma linha da conversa, antes de se saber a largura da tela.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Linha {
    texto: String,
    /// Onde o texto parou.
    emenda: Emenda,
    /// Até que byte vai cada estilo, em ordem.
    estilos: Vec<(usize, Style)>,
}

impl Linha {
    /// `[14:03:11] Bia: `, o começo de uma fala.
    pub(super) fn fala(hora: &str, nome: &str, quem: Quem) -> Self {
        let cor = match quem {
            Quem::Nos => Color::Green,
            Quem::OOutro => Color::Cyan,
        };
        let mut linha = Self::default();
        linha.juntar(&format!("[{hora}] "), Style::new().dim());
        linha.juntar(&format!("{nome}: "), Style::new().fg(cor).bold());
        linha
    }

    /// `[14:03:11] * conectado`, uma linha por linha do aviso.
    pub(super) fn aviso(hora: &str, texto: &str) -> impl Iterator<Item = Self> {
        texto.lines().map(move |texto| {
            let mut linha = Self::default();
            for parte in ["[", hora, "] * ", texto] {
                linha.juntar(parte, Style::new().dim());
            }
            linha
        })
    }

    /// Mais texto, sem destaque.
    pub(super) fn continuar(&mut self, texto: &str) {
        self.juntar(texto, Style::new());
    }

    /// A marca de que o outro programa recebeu.
    pub(super) fn entregue(mut self) -> Self {
        self.juntar(" ✓", Style::new().fg(Color::Green));
        self
    }

    /// A marca de que o outro programa não vai receber.
    pub(super) fn nao_entregue(mut self) -> Self {
        self.juntar(" ✗ não entregue", Style::new().fg(Color::Red).bold());
        self
    }

    /// O texto dela, inteiro.
    #[cfg(test)]
    pub(super) fn texto(&self) -> &str {
        &self.texto
    }

    /// Quantos bytes de texto ela tem.
    pub(super) fn tamanho(&self) -> usize {
        self.texto.len()
    }

    /// Põe no fim um texto, que pode ter vindo da rede.
    fn juntar(&mut self, texto: &str, estilo: Style) {
        self.emenda.visivel_em(&mut self.texto, texto);
        self.estilos.push((self.texto.len(), estilo));
    }

    /// Os pedaços da linha, cada um para uma linha da tela com `largura` colunas. De
    /// preferência quebra depois de um espaço. Há sempre um, mesmo vazio.
    pub(super) fn quebrar(&self, largura: usize) -> Vec<Range<usize>> {
        if self.texto.len() <= largura && self.texto.is_ascii() {
            return std::iter::once(0..self.texto.len()).collect();
        }
        let mut pedacos = Vec::new();
        let (mut inicio, mut ocupadas) = (0, 0);
        // Onde se pode quebrar, e quantas colunas ficam para trás.
        let mut corte = (0, 0);
        for (byte, grafema) in self.texto.grapheme_indices(true) {
            let colunas = usize::from(grafema.cell_width());
            if grafema == " " && ocupadas == largura && byte > inicio {
                // Este espaço é a própria quebra.
                pedacos.push(inicio..byte);
                (inicio, ocupadas) = (byte + 1, 0);
                corte = (inicio, 0);
                continue;
            }
            while ocupadas + colunas > largura && byte > inicio {
                if corte.0 <= inicio {
                    corte = (byte, ocupadas);
                }
                pedacos.push(inicio..corte.0);
                inicio = corte.0;
                ocupadas -= corte.1;
            }
            ocupadas += colunas;
            if grafema == " " {
                corte = (byte + 1, ocupadas);
            }
        }
        pedacos.push(inicio..self.texto.len());
        pedacos
    }

    /// Desenha um pedaço na linha `y`, a partir da coluna 0. O que não couber não
    /// aparece.
    pub(super) fn desenhar(
        &self,
        pedaco: Range<usize>,
        y: u16,
        celulas: &mut Buffer,
    ) {
        let mut x = celulas.area.left();
        let mut inicio = pedaco.start;
        for (fim, estilo) in &self.estilos {
            let fim = (*fim).min(pedaco.end);
            if fim > inicio {
                let texto = &self.texto[inicio..fim];
                (x, _) = celulas.set_stringn(x, y, texto, usize::MAX, *estilo);
                inicio = fim;
            }
        }
    }
}

#[cfg(test)]
mod testes {
    use ratatui::layout::Rect;
    use ratatui::style::Modifier;

    use super::*;

    fn linha(texto: &str) -> Linha {
        let mut linha = Linha::default();
        linha.continuar(texto);
        linha
    }

    fn quebrada(texto: &str, largura: usize) -> Vec<String> {
        let linha = linha(texto);
        let pedacos = linha.quebrar(largura).into_iter();
        pedacos.map(|p| linha.texto[p].to_string()).collect()
    }

    #[test]
    fn quebra_depois_do_espaco_ou_onde_for_preciso() {
        assert_eq!(quebrada("", 5), [""]);
        assert_eq!(quebrada("abcde", 5), ["abcde"]);
        assert_eq!(quebrada("abcdefg", 5), ["abcde", "fg"]);
        assert_eq!(quebrada("ab cdef", 5), ["ab ", "cdef"]);
        assert_eq!(quebrada("abcde fgh", 5), ["abcde", "fgh"]);
        assert_eq!(quebrada("ação é já", 5), ["ação ", "é já"]);
        assert_eq!(quebrada("a bcdefghij", 4), ["a ", "bcde", "fghi", "j"]);
        assert_eq!(quebrada("日本語", 5), ["日本", "語"]);
        assert_eq!(quebrada("日本語", 1), ["日", "本", "語"]);
        assert_eq!(quebrada("e\u{301}e\u{301}", 1), ["e\u{301}", "e\u{301}"]);
    }

    #[test]
    fn nada_se_perde_na_quebra_a_nao_ser_um_espaco() {
        let texto = "uma frase 日本 com palavras compridíssimas e  espaços ";
        for largura in 1..30 {
            let linha = linha(texto);
            let mut fim = 0;
            for pedaco in linha.quebrar(largura) {
                let pulado = &texto[fim..pedaco.start];
                assert!(pulado.is_empty() || pulado == " ", "{largura}");
                fim = pedaco.end;
            }
            assert_eq!(fim, texto.len());
        }
    }

    #[test]
    fn o_que_vem_da_rede_nao_vira_comando_do_terminal() {
        let mut fala = Linha::fala("14:03:11", "B\x1b[2J", Quem::OOutro);
        fala.continuar("\x07a\n");
        assert_eq!(fala.texto, r"[14:03:11] B\u{1b}[2J: \u{7}a\n");
        let aviso = Linha::aviso("14:03:11", "um\ndois\x1b");
        let aviso: Vec<String> = aviso.map(|linha| linha.texto).collect();
        assert_eq!(aviso, ["[14:03:11] * um", r"[14:03:11] * dois\u{1b}"]);
    }

    #[test]
    fn desenha_cada_parte_com_o_seu_estilo() {
        let mut fala = Linha::fala("14:03:11", "Ana", Quem::Nos);
        fala.continuar("oi");
        let fala = fala.entregue();
        let mut celulas = Buffer::empty(Rect::new(0, 0, 20, 1));
        fala.desenhar(0..fala.tamanho(), 0, &mut celulas);
        assert_eq!(celulas[(0, 0)].modifier, Modifier::DIM);
        assert_eq!(celulas[(11, 0)].modifier, Modifier::BOLD);
        assert_eq!(celulas[(16, 0)].symbol(), "o");
        assert_eq!(celulas[(16, 0)].fg, Color::Reset);
        assert_eq!(celulas[(19, 0)].symbol(), "✓");
    }
}
