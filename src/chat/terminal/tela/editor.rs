//! A linha que se digita: o texto, onde está o cursor e que parte dela cabe na tela.
//!
//! O cursor anda de *grafema* em grafema, o que a pessoa vê como uma letra só: um
//! «ç» feito de `c` e cedilha, ou um emoji de vários códigos (Unicode, anexo 29).

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

use crate::visivel;

/// O máximo de bytes na linha que se digita: dezesseis mensagens cheias, e pouco o
/// bastante para que cada tecla custe quase nada.
pub(super) const MAIOR_LINHA: usize = 16 * 1024;

/// A linha que se digita.
#[derive(Debug, Default)]
pub(super) struct Editor {
    texto: String,
    /// Em que byte está o cursor; sempre entre dois grafemas.
    cursor: usize,
    /// O primeiro byte à vista, quando a linha é maior que a tela.
    inicio: usize,
}

impl Editor {
    /// O que foi digitado.
    pub(super) fn texto(&self) -> &str {
        &self.texto
    }

    /// Põe `texto` onde está o cursor. `false`, e nada muda, se não couber.
    pub(super) fn inserir(&mut self, texto: &str) -> bool {
        if self.texto.len() + texto.len() > MAIOR_LINHA {
            return false;
        }
        self.texto.insert_str(self.cursor, texto);
        self.cursor += texto.len();
        self.acertar();
        true
    }

    /// Troca a linha inteira, com o cursor no fim.
    pub(super) fn trocar(&mut self, texto: String) {
        self.cursor = texto.len();
        self.inicio = 0;
        self.texto = texto;
    }

    /// Tira o que foi digitado e fica com a linha vazia.
    pub(super) fn tirar(&mut self) -> String {
        let texto = std::mem::take(&mut self.texto);
        self.trocar(String::new());
        texto
    }

    /// Anda um grafema para a esquerda.
    pub(super) fn recuar(&mut self) {
        self.cursor = self.antes();
    }

    /// Anda um grafema para a direita.
    pub(super) fn avancar(&mut self) {
        self.cursor = self.depois();
    }

    /// Vai ao começo da palavra anterior.
    pub(super) fn recuar_palavra(&mut self) {
        self.cursor = self.palavra_antes();
        self.acertar();
    }

    /// Vai ao fim da palavra seguinte.
    pub(super) fn avancar_palavra(&mut self) {
        let resto = &self.texto[self.cursor..];
        let espacos = resto.len() - resto.trim_start().len();
        let palavra = resto[espacos..].find(char::is_whitespace);
        self.cursor = match palavra {
            Some(tamanho) => self.cursor + espacos + tamanho,
            None => self.texto.len(),
        };
        self.acertar();
    }

    /// Vai ao começo da linha.
    pub(super) fn ir_ao_comeco(&mut self) {
        self.cursor = 0;
    }

    /// Vai ao fim da linha.
    pub(super) fn ir_ao_fim(&mut self) {
        self.cursor = self.texto.len();
    }

    /// Apaga o grafema à esquerda.
    pub(super) fn apagar_antes(&mut self) {
        self.apagar_desde(self.antes());
    }

    /// Apaga o grafema à direita.
    pub(super) fn apagar_depois(&mut self) {
        let ate = self.depois();
        self.texto.replace_range(self.cursor..ate, "");
        self.acertar();
    }

    /// Apaga a palavra à esquerda.
    pub(super) fn apagar_palavra(&mut self) {
        self.apagar_desde(self.palavra_antes());
    }

    /// Apaga do começo da linha até o cursor.
    pub(super) fn apagar_o_comeco(&mut self) {
        self.apagar_desde(0);
    }

    /// Apaga do cursor até o fim da linha.
    pub(super) fn apagar_o_fim(&mut self) {
        self.texto.truncate(self.cursor);
        self.acertar();
    }

    /// A parte da linha que cabe em `largura` colunas, com o cursor à vista, e a
    /// coluna dele. O que não se pode mostrar como veio aparece como no outro lado.
    pub(super) fn janela(&mut self, largura: usize) -> (String, usize) {
        let coluna = self.rolar(largura.max(1));
        let mut janela = String::new();
        let mut ocupadas = 0;
        for grafema in self.texto[self.inicio..].graphemes(true) {
            let mostrado = visivel(grafema.as_bytes());
            ocupadas += largura_de(&mostrado);
            if ocupadas > largura {
                break;
            }
            janela += &mostrado;
        }
        (janela, coluna)
    }

    /// Escolhe o começo do que está à vista e devolve a coluna do cursor. Depois do
    /// texto sobra sempre uma coluna, para ele.
    fn rolar(&mut self, largura: usize) -> usize {
        self.inicio = self.inicio.min(self.cursor);
        let mut coluna = largura_visivel(&self.texto[self.inicio..self.cursor]);
        while coluna >= largura {
            let tamanho = proximo(&self.texto[self.inicio..]);
            let saiu = &self.texto[self.inicio..self.inicio + tamanho];
            coluna -= largura_visivel(saiu);
            self.inicio += tamanho;
        }
        // O que se apagou pode ter deixado lugar para o que estava à esquerda.
        let mut ocupadas = largura_visivel(&self.texto[self.inicio..]);
        let antes = self.texto[..self.inicio].graphemes(true).rev();
        for grafema in antes {
            let colunas = largura_visivel(grafema);
            if ocupadas + colunas >= largura {
                break;
            }
            ocupadas += colunas;
            coluna += colunas;
            self.inicio -= grafema.len();
        }
        coluna
    }

    fn apagar_desde(&mut self, byte: usize) {
        self.texto.replace_range(byte..self.cursor, "");
        self.cursor = byte;
        self.acertar();
    }

    /// Depois de uma mudança duas letras podem ter-se juntado em uma, e um espaço pode
    /// levar um acento: se o cursor ficou no meio, passa para depois, e a beira da
    /// tela para antes.
    fn acertar(&mut self) {
        let fim = self.texto.len();
        let limites =
            || self.texto.grapheme_indices(true).map(|(byte, _)| byte);
        let cursor = limites().find(|byte| *byte >= self.cursor).unwrap_or(fim);
        let inicio = limites().take_while(|byte| *byte <= self.inicio).last();
        (self.cursor, self.inicio) = (cursor, inicio.unwrap_or(0));
    }

    /// Onde começa o grafema à esquerda do cursor.
    fn antes(&self) -> usize {
        let anterior = self.texto[..self.cursor].graphemes(true).next_back();
        self.cursor - anterior.map_or(0, str::len)
    }

    /// Onde acaba o grafema à direita do cursor.
    fn depois(&self) -> usize {
        self.cursor + proximo(&self.texto[self.cursor..])
    }

    fn palavra_antes(&self) -> usize {
        let antes = self.texto[..self.cursor].trim_end();
        let espaco = antes.char_indices().rfind(|(_, c)| c.is_whitespace());
        espaco.map_or(0, |(byte, c)| byte + c.len_utf8())
    }
}

/// Quantos bytes tem o primeiro grafema de `texto`.
fn proximo(texto: &str) -> usize {
    texto.graphemes(true).next().map_or(0, str::len)
}

/// Quantas colunas `texto` ocupa depois de tornado inofensivo.
fn largura_visivel(texto: &str) -> usize {
    texto
        .graphemes(true)
        .map(|grafema| largura_de(&visivel(grafema.as_bytes())))
        .sum()
}

/// Quantas colunas `texto`, que já não tem caracteres de controle, ocupa.
pub(super) fn largura_de(texto: &str) -> usize {
    texto
        .graphemes(true)
        .map(|g| usize::from(g.cell_width()))
        .sum()
}

#[cfg(test)]
mod testes {
    use super::*;

    fn com(texto: &str) -> Editor {
        let mut editor = Editor::default();
        assert!(editor.inserir(texto));
        editor
    }

    #[test]
    fn o_cursor_anda_de_letra_em_letra_mesmo_que_ela_tenha_varios_codigos() {
        let mut editor = com("ac\u{327}🇧🇷日");
        for byte in [12, 4, 1, 0, 0] {
            editor.recuar();
            assert_eq!(editor.cursor, byte);
        }
        editor.avancar();
        editor.avancar();
        assert_eq!(&editor.texto[..editor.cursor], "ac\u{327}");
        editor.apagar_depois();
        assert_eq!(editor.texto(), "ac\u{327}日");
        editor.apagar_antes();
        assert_eq!(editor.texto(), "a日");
    }

    #[test]
    fn cada_tecla_de_apagar_apaga_o_seu() {
        let mut editor = com("uma frase  comprida");
        editor.apagar_palavra();
        assert_eq!(editor.texto(), "uma frase  ");
        editor.apagar_palavra();
        assert_eq!(editor.texto(), "uma ");
        editor.ir_ao_comeco();
        editor.avancar();
        editor.apagar_o_fim();
        assert_eq!(editor.texto(), "u");
        editor.inserir("vas");
        editor.recuar();
        editor.apagar_o_comeco();
        assert_eq!(editor.texto(), "s");
        editor.ir_ao_comeco();
        editor.apagar_antes();
        editor.apagar_palavra();
        editor.ir_ao_fim();
        editor.apagar_depois();
        assert_eq!(editor.tirar(), "s");
        assert_eq!(editor.texto(), "");
    }

    #[test]
    fn de_palavra_em_palavra() {
        let mut editor = com("um  dois três");
        editor.recuar_palavra();
        editor.recuar_palavra();
        assert_eq!(&editor.texto[editor.cursor..], "dois três");
        editor.avancar_palavra();
        assert_eq!(&editor.texto[..editor.cursor], "um  dois");
        editor.avancar_palavra();
        editor.avancar_palavra();
        assert_eq!(editor.cursor, editor.texto.len());
    }

    #[test]
    fn um_acento_digitado_depois_da_letra_junta_se_a_ela() {
        let mut editor = com("e fim");
        editor.ir_ao_comeco();
        editor.avancar();
        editor.inserir("\u{301}");
        assert_eq!(&editor.texto[..editor.cursor], "e\u{301}");
        editor.recuar();
        assert_eq!(editor.cursor, 0);
        // Uma letra antes de um acento solto também.
        let mut editor = com("\u{301}");
        editor.ir_ao_comeco();
        editor.inserir("e");
        assert_eq!(editor.cursor, editor.texto.len());
    }

    #[test]
    fn a_linha_longa_rola_e_o_cursor_esta_sempre_a_vista() {
        let mut editor = com("0123456789");
        assert_eq!(editor.janela(5), ("6789".into(), 4));
        editor.recuar();
        assert_eq!(editor.janela(5), ("6789".into(), 3));
        editor.ir_ao_comeco();
        assert_eq!(editor.janela(5), ("01234".into(), 0));
        editor.ir_ao_fim();
        editor.janela(5);
        editor.apagar_antes();
        editor.apagar_antes();
        assert_eq!(editor.janela(5), ("4567".into(), 4));
        assert_eq!(editor.janela(20), ("01234567".into(), 8));
    }

    #[test]
    fn o_que_engana_o_terminal_aparece_escrito() {
        let mut editor = com("a\u{1b}b\t");
        assert_eq!(editor.janela(40), (r"a\u{1b}b\t".into(), 10));
        assert_eq!(editor.janela(4), (r"b\t".into(), 3));
    }

    #[test]
    fn letras_largas_nao_passam_da_beira() {
        let mut editor = com("日本語");
        assert_eq!(editor.janela(6), ("本語".into(), 4));
        assert_eq!(editor.janela(7), ("日本語".into(), 6));
        editor.ir_ao_comeco();
        assert_eq!(editor.janela(5), ("日本".into(), 0));
    }

    #[test]
    fn o_que_nao_cabe_nao_entra() {
        let mut editor = com("a");
        assert!(!editor.inserir(&"b".repeat(MAIOR_LINHA)));
        assert_eq!(editor.texto(), "a");
    }

    #[test]
    fn nenhuma_sequencia_de_teclas_tira_o_cursor_do_lugar() {
        let mut sorte = 1_u64;
        let mut editor = Editor::default();
        for _ in 0..20_000 {
            // Um gerador congruente: os mesmos números em toda execução.
            sorte = sorte.wrapping_mul(6_364_136_223_846_793_005) + 1;
            match (sorte >> 33) % 20 {
                0 => editor.recuar(),
                1 => editor.avancar(),
                2 => editor.recuar_palavra(),
                3 => editor.avancar_palavra(),
                4 => editor.ir_ao_comeco(),
                5 => editor.ir_ao_fim(),
                6 => editor.apagar_antes(),
                7 => editor.apagar_depois(),
                8 => editor.apagar_palavra(),
                9 if sorte >> 60 == 0 => editor.apagar_o_comeco(),
                10 if sorte >> 60 == 0 => editor.apagar_o_fim(),
                letra => {
                    let letras = [
                        "a", " ", "\u{301}", "日", "🇧", "🇷", "\u{200d}", "🙂",
                        "\u{1b}", "\u{fe0f}",
                    ];
                    let qual = usize::try_from(letra).unwrap() % letras.len();
                    editor.inserir(letras[qual]);
                }
            }
            let largura = usize::try_from((sorte >> 50) % 12).unwrap();
            // Nem sempre se desenha entre duas teclas.
            if sorte & 0x100 != 0 {
                let (janela, coluna) = editor.janela(largura);
                assert!(coluna < largura.max(1), "{coluna} em {largura}");
                assert!(largura_de(&janela) <= largura);
            }
        }
    }
}
