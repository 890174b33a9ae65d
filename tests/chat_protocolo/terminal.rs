//! Nada que o outro lado escreve manda no terminal.

use proptest::prelude::*;

use super::analisadores::no_terminal;
use super::sorteio::texto;

proptest! {
    #[test]
    fn nenhum_texto_manda_no_terminal(texto in texto(400)) {
        no_terminal(&texto);
    }

    #[test]
    fn o_ascii_que_se_desenha_passa_intacto(
        texto in prop::collection::vec(b' '..=b'~', 0..300),
    ) {
        prop_assert_eq!(sockets::visivel(&texto).into_bytes(), texto);
    }

    #[test]
    fn acrescentar_e_o_mesmo_que_converter(texto in texto(200), antes in texto(20)) {
        let mut saida = antes.clone();
        sockets::visivel_em(&mut saida, &texto);
        prop_assert_eq!(saida, antes + &sockets::visivel(texto.as_bytes()));
    }
}
