//! Texto que veio da rede, pronto para ir ao terminal.

/// Converte bytes recebidos de um par em texto que pode ir ao terminal.
///
/// Sequências que não são UTF-8 viram `�` (U+FFFD). Caracteres de controle
/// (C0, DEL e C1), quebras de linha, marcas de direção e caracteres que não
/// se desenham viram um escape visível, como `\n` ou `\u{1b}`: nada que o outro
/// lado manda move o cursor, muda cores ou reordena a linha. O resultado ocupa
/// sempre uma linha só e no máximo dez vezes os bytes recebidos.
///
/// Passam, embora não ocupem lugar na tela, os acentos que se juntam à letra
/// anterior e os seletores de variação U+FE00 a U+FE0F, que mudam a cara de um
/// emoji.
///
/// Fonte das faixas: Unicode 16, categorias Cc, Cf, Zl e Zp (*UnicodeData.txt*)
/// e a propriedade `Default_Ignorable_Code_Point` (*DerivedCoreProperties.txt*),
/// menos aqueles seletores.
///
/// ```
/// assert_eq!(sockets::visivel("olá\r\n".as_bytes()), r"olá\r\n");
/// assert_eq!(sockets::visivel(b"\x1b[2J"), r"\u{1b}[2J");
/// assert_eq!(sockets::visivel(b"meio \xc3"), "meio \u{fffd}");
/// ```
#[must_use]
pub fn visivel(bytes: &[u8]) -> String {
    let mut saida = String::with_capacity(bytes.len());
    for c in String::from_utf8_lossy(bytes).chars() {
        if engana_o_terminal(c) {
            saida.extend(c.escape_default());
        } else {
            saida.push(c);
        }
    }
    saida
}

/// Caracteres que um terminal obedece, ou que mudam o que se lê, em vez de aparecer.
fn engana_o_terminal(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod testes {
    use super::visivel;

    #[test]
    fn texto_comum_passa_intacto() {
        for texto in [
            "",
            "olá, ç ã é",
            "日本語",
            "🙂",
            "c\u{327}",
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
