//! Texto que veio da rede, pronto para ir ao terminal.

/// Quantos sinais podem se juntar ao mesmo caractere. As línguas que mais juntam
/// (hebraico, tailandês, vietnamita decomposto) usam dois ou três.
const JUNTOS: u8 = 3;

/// Converte bytes recebidos de um par em texto que pode ir ao terminal.
///
/// Sequências que não são UTF-8 viram `�` (U+FFFD); o resto é o de
/// [`visivel_em`]. O resultado ocupa sempre uma linha só e no máximo dez vezes os
/// bytes recebidos.
///
/// ```
/// assert_eq!(sockets::visivel("olá\r\n".as_bytes()), r"olá\r\n");
/// assert_eq!(sockets::visivel(b"\x1b[2J"), r"\u{1b}[2J");
/// assert_eq!(sockets::visivel(b"meio \xc3"), "meio \u{fffd}");
/// ```
#[must_use]
pub fn visivel(bytes: &[u8]) -> String {
    let mut saida = String::with_capacity(bytes.len());
    visivel_em(&mut saida, &String::from_utf8_lossy(bytes));
    saida
}

/// Acrescenta a `saida` um texto recebido de um par, pronto para ir ao terminal, em
/// no máximo dez vezes os bytes dele.
///
/// Caracteres de controle (C0, DEL e C1), quebras de linha, marcas de direção e
/// caracteres que não se desenham viram um escape visível, como `\n` ou
/// `\u{1b}`: nada que o outro lado manda move o cursor, muda cores ou reordena a
/// linha.
///
/// Dos que não ocupam lugar na tela, passam só dois tipos. Os sinais que se juntam
/// ao caractere anterior (acentos, vogais de várias escritas, o meio e o fim das
/// sílabas do coreano), até três seguidos: uma pilha deles cobriria as linhas
/// vizinhas. E U+FE0E e U+FE0F, que mudam a cara do emoji logo antes deles. Um
/// escape não recebe nem uns nem outros.
///
/// Fonte das faixas: Unicode 16, categorias Cc, Cf, Zl e Zp (*UnicodeData.txt*) e
/// a propriedade `Default_Ignorable_Code_Point` (*DerivedCoreProperties.txt*).
///
/// ```
/// let mut linha = String::from("Bia: ");
/// sockets::visivel_em(&mut linha, "cafe\u{301}\u{7}");
/// assert_eq!(linha, "Bia: cafe\u{301}\\u{7}");
/// ```
pub fn visivel_em(saida: &mut String, texto: &str) {
    // O caminho de quase tudo: ASCII que se desenha é copiado de uma vez.
    if so_ascii_visivel(texto) {
        return saida.push_str(texto);
    }
    Emenda::default().visivel_em(saida, texto);
}

/// Onde parou um texto que vem em pedaços: o seguinte pode começar por um acento do
/// último caractere deste, e a conta dos que se juntam a ele continua.
///
/// ```
/// let mut emenda = sockets::Emenda::default();
/// let mut linha = String::new();
/// for pedaco in ["cafe\u{301}", "\u{301}\u{301}", "\u{301}"] {
///     emenda.visivel_em(&mut linha, pedaco);
/// }
/// assert_eq!(linha, "cafe\u{301}\u{301}\u{301}\\u{301}");
/// ```
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Emenda(Anterior);

impl Emenda {
    /// Acrescenta a `saida` o próximo pedaço, como [`visivel_em`] faz com um texto
    /// inteiro.
    pub fn visivel_em(&mut self, saida: &mut String, texto: &str) {
        let mut resto = texto;
        loop {
            let fim = resto
                .bytes()
                .position(|byte| !matches!(byte, b' '..=b'~'))
                .unwrap_or(resto.len());
            let (ascii, outros) = resto.split_at(fim);
            saida.push_str(ascii);
            if let Some(ultimo) = ascii.chars().next_back() {
                self.0 = Anterior::de(ultimo);
            }
            let mut outros = outros.chars();
            let Some(c) = outros.next() else { return };
            if let Some(este) = self.0.seguido_de(c) {
                saida.push(c);
                self.0 = este;
            } else {
                saida.extend(c.escape_default());
                self.0 = Anterior::Escape;
            }
            resto = outros.as_str();
        }
    }
}

fn so_ascii_visivel(texto: &str) -> bool {
    texto.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// O que acaba de ser mostrado, pelo que ainda pode se juntar a ele.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Anterior {
    /// Um caractere que se vê.
    Visivel,
    /// Um espaço, ou nada: o texto pode ser o resto de outro, cortado antes de um
    /// acento.
    #[default]
    Branco,
    /// Um caractere com tantos sinais juntos.
    Composto(u8),
    /// Um caractere com a cara escolhida.
    Escolhido,
    /// Um escape.
    Escape,
}

impl Anterior {
    /// Depois de um caractere que ocupa lugar na tela.
    fn de(c: char) -> Self {
        if c.is_whitespace() {
            Self::Branco
        } else {
            Self::Visivel
        }
    }

    /// Depois de `c`, que não é ASCII visível; nada, se ele não pode ser mostrado.
    fn seguido_de(self, c: char) -> Option<Self> {
        if engana_o_terminal(c) {
            None
        } else if matches!(c, '\u{fe0e}' | '\u{fe0f}') {
            matches!(self, Self::Visivel).then_some(Self::Escolhido)
        } else if se_junta(c) {
            let juntos = match self {
                Self::Visivel | Self::Branco | Self::Escolhido => 0,
                Self::Composto(juntos) => juntos,
                Self::Escape => JUNTOS,
            };
            (juntos < JUNTOS).then_some(Self::Composto(juntos + 1))
        } else {
            Some(Self::de(c))
        }
    }
}

/// Caracteres que um terminal obedece, ou que mudam o que se lê, em vez de aparecer.
fn engana_o_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Caracteres que se desenham sobre o anterior, sem lugar próprio: a propriedade
/// `Grapheme_Extend`, mais as vogais e as consoantes finais do coreano.
fn se_junta(c: char) -> bool {
    match c {
        '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}' => true,
        // Aqui não há nenhum, e está quase tudo que se escreve: poupa a busca.
        '\0'..='\u{2ff}'
        | '\u{3100}'..='\u{a66e}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{1f000}'..='\u{1faff}' => false,
        _ => estende_o_anterior(c),
    }
}

/// A propriedade `Grapheme_Extend`. A std a conhece e só a mostra por aqui:
/// `str::escape_debug` troca por um escape quem a tem e começa um texto, e não quem
/// vem no meio.
fn estende_o_anterior(c: char) -> bool {
    c.escape_debug().next() == Some('\\')
        && format!("x{c}").escape_debug().eq(['x', c])
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn texto_comum_passa_intacto() {
        for texto in [
            "",
            "olá, ç ã é",
            "日本語",
            "🙂",
            "c\u{327}",
            "\u{301} cortado antes do acento",
            "vie\u{323}\u{302}t, שָּׁ, ที่",
            "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}",
            "❤\u{fe0f} 1\u{fe0f}\u{20e3} ☎\u{fe0e}",
            "日本\u{3000}語\u{a0}",
            "a\\b 'c' \"d\"",
        ] {
            assert_eq!(visivel(texto.as_bytes()), texto);
        }
    }

    #[test]
    fn nenhum_caractere_de_controle_sobrevive() {
        for c in ('\0'..='\u{1f}').chain('\u{7f}'..='\u{9f}') {
            let mostrado = visivel(c.to_string().as_bytes());
            assert!(mostrado.starts_with('\\'), "{c:?} virou {mostrado:?}");
            assert!(!mostrado.chars().any(char::is_control));
        }
    }

    #[test]
    fn sequencias_que_escrevem_na_area_de_transferencia_ficam_visiveis() {
        assert_eq!(visivel(b"\x1b]52;c;AAAA\x07"), r"\u{1b}]52;c;AAAA\u{7}");
    }

    #[test]
    fn marcas_de_direcao_e_largura_zero_ficam_visiveis() {
        assert_eq!(
            visivel("a\u{202e}b\u{200b}c\u{2028}".as_bytes()),
            r"a\u{202e}b\u{200b}c\u{2028}"
        );
    }

    #[test]
    fn uma_pilha_de_acentos_para_no_terceiro() {
        assert_eq!(
            visivel(
                ("o".to_owned() + &"\u{300}".repeat(6) + "\u{301}").as_bytes()
            ),
            "o\u{300}\u{300}\u{300}".to_owned()
                + r"\u{300}\u{300}\u{300}\u{301}"
        );
        // Nem intercalada com o que não se vê, nem com o meio das sílabas.
        assert_eq!(visivel("o\u{200b}\u{300}".as_bytes()), r"o\u{200b}\u{300}");
        assert_eq!(
            visivel("\u{1161}".repeat(4).as_bytes()),
            "\u{1161}\u{1161}\u{1161}".to_owned() + r"\u{1161}"
        );
    }

    #[test]
    fn a_pilha_de_acentos_nao_recomeca_a_cada_pedaco() {
        let (mut emenda, mut saida) = (Emenda::default(), String::new());
        for pedaco in
            ["o", "\u{300}\u{301}", "", "\u{302}", "\u{303}", "\u{304}"]
        {
            emenda.visivel_em(&mut saida, pedaco);
        }
        assert_eq!(
            saida,
            "o\u{300}\u{301}\u{302}".to_owned() + r"\u{303}\u{304}"
        );
        emenda.visivel_em(&mut saida, "e");
        emenda.visivel_em(&mut saida, "\u{301}");
        assert!(saida.ends_with("e\u{301}"));
    }

    #[test]
    fn um_seletor_so_depois_de_algo_que_se_ve() {
        for texto in
            ["\u{fe0f}", " \u{fe0f}", "a\n\u{fe0f}", "a\u{301}\u{fe0f}"]
        {
            let mostrado = visivel(texto.as_bytes());
            assert!(mostrado.ends_with(r"\u{fe0f}"), "{texto:?}: {mostrado:?}");
        }
        assert_eq!(
            visivel("🙂\u{fe0f}\u{fe0f}\u{fe0e}".as_bytes()),
            "🙂\u{fe0f}".to_owned() + r"\u{fe0f}\u{fe0e}"
        );
        assert_eq!(visivel("字\u{fe00}".as_bytes()), r"字\u{fe00}");
    }

    #[test]
    fn o_que_nao_se_ve_nunca_passa_sozinho() {
        // Espaços de largura zero, preenchimentos do coreano, seletores, marcas de
        // direção e de formatação, etiquetas: um de cada faixa da lista.
        for c in "\u{ad}\u{34f}\u{600}\u{61c}\u{6dd}\u{70f}\u{890}\u{8e2}\u{115f}\
                  \u{1160}\u{17b4}\u{180b}\u{180e}\u{180f}\u{200b}\u{200d}\u{2028}\
                  \u{2029}\u{2060}\u{2065}\u{206f}\u{3164}\u{fe00}\u{feff}\u{ffa0}\
                  \u{fff0}\u{fff9}\u{110bd}\u{13430}\u{1bca0}\u{1d173}\u{e0001}\
                  \u{e0020}\u{e0100}\u{e0fff}"
            .chars()
        {
            assert!(visivel(format!("a{c}").as_bytes()).is_ascii(), "{c:?}");
        }
    }

    #[test]
    fn a_std_conhece_os_caracteres_que_se_juntam() {
        for c in
            "\u{300}\u{36f}\u{483}\u{5b0}\u{e31}\u{94d}\u{1dc0}\u{20dd}\u{fe20}"
                .chars()
        {
            assert!(se_junta(c), "{c:?}");
        }
        for c in "aé字🙂ｱאΩд\u{a0}\u{e000}\u{10ffff}".chars() {
            assert!(!se_junta(c), "{c:?}");
        }
        // Nem nas faixas que poupam a busca.
        for c in ('\u{80}'..='\u{1ffff}').filter(|c| !se_junta(*c)) {
            assert!(!estende_o_anterior(c), "{c:?}");
        }
    }

    #[test]
    fn acrescenta_sem_apagar_o_que_ja_estava() {
        let mut saida = String::from("Bia: ");
        visivel_em(&mut saida, "oi");
        visivel_em(&mut saida, "\u{7}!");
        assert_eq!(saida, r"Bia: oi\u{7}!");
    }

    #[test]
    fn o_tamanho_e_limitado_para_qualquer_caractere() {
        // Nos planos do meio não há caractere que não se desenhe.
        for c in ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e0fff}') {
            let mut mostrado = String::new();
            visivel_em(&mut mostrado, c.encode_utf8(&mut [0; 4]));
            assert!(mostrado.len() <= 10 * c.len_utf8(), "{c:?}: {mostrado:?}");
        }
    }

    #[test]
    fn o_tamanho_e_limitado_para_qualquer_byte() {
        for byte in 0..=u8::MAX {
            let mostrado = visivel(&[byte; 100]);
            assert!(
                mostrado.len() <= 1000,
                "byte {byte} cresceu para {}",
                mostrado.len()
            );
        }
    }
}
