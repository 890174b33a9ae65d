//! O terminal visto pelo ratatui: tudo que se desenha vai para a memória, e a tela
//! o escreve de uma vez.
//!
//! Assim um desenho nunca aparece pela metade, e o ratatui, que pergunta ao terminal
//! onde está o cursor cada vez que insere linhas, recebe a resposta daqui. Perguntar
//! de verdade custaria uma ida e volta por linha que chega, e a resposta viria pelo
//! teclado, que outra thread está lendo.

use std::io;
use std::mem;

use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType as Limpeza, EndSynchronizedUpdate,
};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::{Position, Size};

/// O que ainda não foi escrito no terminal, e o que se sabe dele.
#[derive(Debug, Default)]
pub(super) struct Fundo {
    /// Os bytes à espera de ir para o terminal.
    bytes: Vec<u8>,
    tamanho: Size,
    /// Onde o cursor estará depois de escritos os `bytes`.
    cursor: Position,
}

impl Fundo {
    /// Um terminal deste tamanho, com o cursor nesta linha, na primeira coluna.
    pub(super) fn novo(tamanho: Size, linha: u16) -> Self {
        let mut fundo = Self {
            tamanho,
            ..Self::default()
        };
        fundo.mover(Position::new(
            0,
            linha.min(tamanho.height.saturating_sub(1)),
        ));
        fundo
    }

    /// O mesmo terminal, com o cursor no começo desta linha, para outro dono.
    pub(super) fn no_mesmo_lugar(&mut self, linha: u16) -> Self {
        let mut fundo = mem::take(self);
        fundo.mover(Position::new(0, linha));
        fundo
    }

    /// Quantos bytes esperam para ir ao terminal.
    pub(super) fn por_escrever(&self) -> usize {
        self.bytes.len()
    }

    /// Os bytes do que se desenhou, para ir ao terminal de uma vez: ele só mostra o
    /// desenho inteiro, se souber esperar (*synchronized output*, modo 2026).
    pub(super) fn tirar_desenho(&mut self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 16);
        // Escrever na memória não falha.
        let _ = queue!(bytes, BeginSynchronizedUpdate);
        bytes.append(&mut self.bytes);
        let _ = queue!(bytes, EndSynchronizedUpdate);
        bytes
    }

    /// Apaga uma a uma todas as linhas e leva o cursor para a primeira. Apagar tudo
    /// de uma vez faria alguns terminais guardarem mais uma cópia do que se via.
    pub(super) fn limpar_a_tela(&mut self) {
        for y in 0..self.tamanho.height {
            self.mover(Position::new(0, y));
            self.ordenar(Clear(Limpeza::UntilNewLine));
        }
        self.mover(Position::ORIGIN);
    }

    fn mover(&mut self, lugar: Position) {
        self.cursor = lugar;
        self.ordenar(MoveTo(lugar.x, lugar.y));
    }

    fn ordenar(&mut self, ordem: impl crossterm::Command) {
        let _ = queue!(self.bytes, ordem);
    }

    fn crossterm(&mut self) -> CrosstermBackend<&mut Vec<u8>> {
        CrosstermBackend::new(&mut self.bytes)
    }
}

impl Backend for Fundo {
    type Error = io::Error;

    /// Desenha as células. O fim vazio de uma linha não vira espaços, que quem
    /// copiasse a conversa levaria junto: é apagado.
    fn draw<'a, I>(&mut self, celulas: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let celulas = sem_as_cobertas(celulas);
        let mut pedaco = Vec::new();
        let mut celulas = celulas.into_iter().peekable();
        while let Some(celula) = celulas.next() {
            let (_, y, _) = celula;
            pedaco.push(celula);
            if celulas.peek().is_some_and(|(_, outra, _)| *outra == y) {
                continue;
            }
            let vazias = vazias_no_fim(&pedaco, self.tamanho.width);
            let comeco = vazias.first().map(|(x, _, _)| *x);
            let cheias = pedaco.len() - vazias.len();
            self.crossterm().draw(pedaco.drain(..).take(cheias))?;
            if let Some(x) = comeco {
                self.mover(Position::new(x, y));
                self.ordenar(Clear(Limpeza::UntilNewLine));
            }
        }
        Ok(())
    }

    fn append_lines(&mut self, quantas: u16) -> io::Result<()> {
        self.crossterm().append_lines(quantas)?;
        let ultima = self.tamanho.height.saturating_sub(1);
        self.cursor.y = self.cursor.y.saturating_add(quantas).min(ultima);
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.crossterm().hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.crossterm().show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(self.cursor)
    }

    fn set_cursor_position<P: Into<Position>>(
        &mut self,
        lugar: P,
    ) -> io::Result<()> {
        self.mover(lugar.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, regiao: ClearType) -> io::Result<()> {
        self.crossterm().clear_region(regiao)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.tamanho)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.tamanho,
            pixels: Size::ZERO,
        })
    }

    /// Quem escreve os bytes é a tela, no fim do desenho.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// As células que se veem: a que vem depois de uma letra larga está debaixo dela, e
/// desenhá-la empurraria o resto da linha.
fn sem_as_cobertas<'a>(
    celulas: impl Iterator<Item = (u16, u16, &'a Cell)>,
) -> Vec<(u16, u16, &'a Cell)> {
    let (mut linha, mut ate) = (0, 0);
    celulas
        .filter(|(x, y, celula)| {
            if *y == linha && *x < ate {
                return false;
            }
            (linha, ate) = (*y, x + celula.cell_width().max(1));
            true
        })
        .collect()
}

/// As células vazias com que a linha acaba, se `pedaco` vai até a beira da tela.
fn vazias_no_fim<'p, 'a>(
    pedaco: &'p [(u16, u16, &'a Cell)],
    largura: u16,
) -> &'p [(u16, u16, &'a Cell)] {
    let mut beira = largura;
    let vazias = pedaco.iter().rev().take_while(|(x, _, celula)| {
        let segue = x + 1 == beira && **celula == Cell::EMPTY;
        beira = *x;
        segue
    });
    let quantas = vazias.count();
    &pedaco[pedaco.len() - quantas..]
}
