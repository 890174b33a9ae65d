//! O que fica embaixo da conversa: as linhas nossas à espera de confirmação, a que
//! se digita e a de situação.

use std::collections::VecDeque;

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::editor::{Editor, largura_de};
use super::linha::Linha;
use super::situacao::Resumo;

/// Quantas linhas à espera aparecem. As outras são só contadas.
const MAIS_PENDENTES: u16 = 4;

/// Quantas linhas da tela ficam sempre para a conversa, se houver tantas.
const MENOS_CONVERSA: u16 = 2;

/// O que vem antes da linha que se digita.
const CONVITE: &str = "> ";

/// Em uma tela mais estreita que isto, o convite sai.
const LARGURA_COM_CONVITE: u16 = 8;

/// Uma linha nossa que o outro programa ainda não confirmou.
#[derive(Debug)]
pub(super) struct Pendente {
    pub(super) numero: u64,
    pub(super) linha: Linha,
}

/// Quantas linhas o rodapé ocupa em uma tela de `altura`.
pub(super) fn altura(pendentes: usize, altura: u16) -> u16 {
    let fixas = altura.min(2);
    let sobram = altura.saturating_sub(fixas + MENOS_CONVERSA);
    let pendentes = u16::try_from(pendentes).unwrap_or(u16::MAX);
    fixas + pendentes.min(MAIS_PENDENTES).min(sobram)
}

/// Desenha o rodapé inteiro e diz em que linha da tela se digita.
pub(super) fn desenhar(
    quadro: &mut Frame<'_>,
    pendentes: &VecDeque<Pendente>,
    editor: &mut Editor,
    pergunta: Option<&[String]>,
    resumo: &Resumo,
) -> u16 {
    let area = quadro.area();
    let fixas = area.height.min(2);
    let lugares = area.height - fixas;
    desenhar_pendentes(
        quadro,
        pendentes,
        Rect {
            height: lugares,
            ..area
        },
    );
    let digitacao = Rect {
        y: area.top() + lugares,
        height: 1,
        ..area
    };
    let largura = usize::from(area.width);
    let situacao = if let Some(linhas) = pergunta {
        desenhar_o_que_se_colou(quadro, linhas, digitacao);
        pergunta_em(linhas.len(), largura)
    } else {
        desenhar_digitacao(quadro, editor, digitacao);
        resumo.em(largura.saturating_sub(2))
    };
    if fixas == 2 {
        let faixa = Rect {
            y: digitacao.y + 1,
            ..digitacao
        };
        let celulas = quadro.buffer_mut();
        celulas.set_style(faixa, Style::new().reversed());
        let margem = u16::from(largura_de(&situacao) + 2 <= largura);
        celulas.set_stringn(margem, faixa.y, situacao, largura, Style::new());
    }
    digitacao.y
}

/// As últimas linhas à espera; se não couberem todas, a primeira diz quantas são.
fn desenhar_pendentes(
    quadro: &mut Frame<'_>,
    pendentes: &VecDeque<Pendente>,
    area: Rect,
) {
    let lugares = usize::from(area.height);
    let demais = pendentes.len() > lugares;
    let mostradas = if demais {
        lugares.saturating_sub(1)
    } else {
        pendentes.len()
    };
    let celulas = quadro.buffer_mut();
    let mut y = area.top();
    if demais && lugares > 0 {
        let texto = format!("… mais {} à espera", pendentes.len() - mostradas);
        celulas.set_stringn(0, y, texto, usize::MAX, Style::new().dim());
        y += 1;
    }
    for pendente in pendentes.iter().skip(pendentes.len() - mostradas) {
        let pedaco = pendente
            .linha
            .quebrar(usize::from(area.width))
            .swap_remove(0);
        pendente.linha.desenhar(pedaco, y, celulas);
        celulas.set_style(
            Rect {
                y,
                height: 1,
                ..area
            },
            Style::new().dim(),
        );
        y += 1;
    }
}

fn desenhar_digitacao(quadro: &mut Frame<'_>, editor: &mut Editor, area: Rect) {
    let convite = if area.width < LARGURA_COM_CONVITE {
        ""
    } else {
        CONVITE
    };
    let celulas = quadro.buffer_mut();
    let (x, _) = celulas.set_stringn(
        0,
        area.y,
        convite,
        usize::MAX,
        Style::new().bold(),
    );
    let (janela, coluna) = editor.janela(usize::from(area.width - x));
    celulas.set_stringn(x, area.y, janela, usize::MAX, Style::new());
    let coluna = u16::try_from(coluna).unwrap_or(0);
    quadro.set_cursor_position(Position::new(x + coluna, area.y));
}

fn desenhar_o_que_se_colou(
    quadro: &mut Frame<'_>,
    linhas: &[String],
    area: Rect,
) {
    let mut linha = Linha::default();
    linha.continuar(linhas.first().map_or("", String::as_str));
    let pedaco = linha.quebrar(usize::from(area.width)).swap_remove(0);
    linha.desenhar(pedaco, area.y, quadro.buffer_mut());
    quadro.buffer_mut().set_style(area, Style::new().dim());
    quadro.set_cursor_position(Position::new(0, area.y));
}

/// O que se pergunta antes de mandar o que foi colado, do jeito que couber.
fn pergunta_em(quantas: usize, largura: usize) -> String {
    let frases = [
        format!(
            "Mandar {quantas} linhas, uma mensagem cada? Enter manda, Esc desiste"
        ),
        format!("{quantas} linhas: Enter manda, Esc desiste"),
        format!("Enter manda {quantas}, Esc não"),
    ];
    let [.., mais_curta] = &frases;
    let cabe = frases.iter().find(|frase| largura_de(frase) <= largura);
    cabe.unwrap_or(mais_curta).clone()
}

#[cfg(test)]
mod testes {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::super::linha::Quem;
    use super::*;

    /// Como o rodapé fica em uma tela só para ele, e onde está o cursor.
    fn tela(
        (largura, altura): (u16, u16),
        quantos: u64,
        digitado: &str,
        colado: Option<&[String]>,
    ) -> (Vec<String>, Position) {
        let pendentes = (0..quantos).map(|numero| {
            let mut linha = Linha::fala("14:03:11", "Ana", Quem::Nos);
            linha.continuar(&format!("linha {numero}"));
            Pendente { numero, linha }
        });
        let pendentes = pendentes.collect();
        let mut editor = Editor::default();
        editor.inserir(digitado);
        let mut terminal =
            Terminal::new(TestBackend::new(largura, altura)).unwrap();
        let resumo = Resumo::de(&crate::chat::terminal::Situacao {
            modo: crate::chat::protocolo::Modo::Tcp,
            outro: Some("Bia"),
            endereco: "127.0.0.1:50001".parse().unwrap(),
            ida_e_volta: None,
            pendentes: Some(quantos),
            perdidos: (0, 0),
        });
        terminal
            .draw(|quadro| {
                desenhar(quadro, &pendentes, &mut editor, colado, &resumo);
            })
            .unwrap();
        let cursor = terminal.get_cursor_position().unwrap();
        let celulas = terminal.backend().buffer();
        let linhas =
            celulas.content.chunks(usize::from(largura)).map(|linha| {
                let texto: String =
                    linha.iter().map(ratatui::buffer::Cell::symbol).collect();
                texto.trim_end().to_string()
            });
        (linhas.collect(), cursor)
    }

    #[test]
    fn a_altura_deixa_lugar_para_a_conversa() {
        for (pendentes, tela, esperada) in [
            (0, 24, 2),
            (1, 24, 3),
            (90, 24, 6),
            (90, 8, 6),
            (90, 5, 3),
            (90, 4, 2),
            (3, 2, 2),
            (3, 1, 1),
            (0, 1, 1),
        ] {
            assert_eq!(
                altura(pendentes, tela),
                esperada,
                "{pendentes} em {tela}"
            );
        }
    }

    #[test]
    fn as_tres_partes_na_ordem() {
        let (linhas, cursor) = tela((40, 4), 2, "olá", None);
        assert_eq!(
            linhas,
            [
                "[14:03:11] Ana: linha 0",
                "[14:03:11] Ana: linha 1",
                "> olá",
                " Bia · TCP · 2 à espera"
            ]
        );
        assert_eq!(cursor, Position::new(5, 2));
    }

    #[test]
    fn os_pendentes_que_nao_cabem_sao_contados() {
        let (linhas, _) = tela((40, 4), 9, "", None);
        assert_eq!(linhas[0], "… mais 8 à espera");
        assert_eq!(linhas[1], "[14:03:11] Ana: linha 8");
        let (linhas, _) = tela((40, 3), 9, "", None);
        assert_eq!(linhas[0], "… mais 9 à espera");
    }

    #[test]
    fn o_que_se_colou_pergunta() {
        let colado: Vec<String> = vec!["um\x1b".into(), "dois".into()];
        let (linhas, cursor) = tela((70, 2), 0, "oi", Some(&colado));
        assert_eq!(linhas[0], r"um\u{1b}");
        assert!(linhas[1].contains("Mandar 2 linhas"), "{}", linhas[1]);
        assert_eq!(cursor, Position::new(0, 0));
        let (linhas, _) = tela((30, 2), 0, "", Some(&colado));
        assert_eq!(linhas[1], " Enter manda 2, Esc não");
    }

    #[test]
    fn em_qualquer_tamanho_o_cursor_esta_na_tela() {
        let colado: Vec<String> = vec!["日本".into(), "b".into()];
        for largura in 1..12 {
            for altura in 1..5 {
                for colado in [None, Some(&colado[..])] {
                    let digitado = "日本語 e um pouco mais";
                    let (_, cursor) =
                        tela((largura, altura), 3, digitado, colado);
                    assert!(cursor.x < largura && cursor.y < altura);
                }
            }
        }
    }
}
