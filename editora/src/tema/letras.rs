//! As letras do livro, dentro da própria folha de estilo.
//!
//! Em um arquivo à parte, a letra chega depois da página: ou o texto aparece duas vezes,
//! e se mexe, ou aparece com a letra de outro. Cortadas para o português, as três pesam
//! 9 KB cada uma, e a folha que as traz é guardada pelo navegador na primeira visita.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// O arquivo, o estilo e os pesos de cada letra.
const LETRAS: &[(&str, &str, &str)] = &[
    ("open-sans-normal.woff2", "normal", "400 500"),
    ("open-sans-italico.woff2", "italic", "400 900"),
    ("open-sans-forte.woff2", "normal", "600 900"),
];

/// As regras `@font-face` das letras de `pasta`.
pub fn folha(pasta: &Path) -> Result<String> {
    // A licença manda dizer de quem são.
    let mut folha = "/* Open Sans, da Ascender, sob a licença Apache 2.0 */\n".to_owned();
    for (arquivo, estilo, pesos) in LETRAS {
        let caminho = pasta.join(arquivo);
        let letra = fs::read(&caminho)
            .with_context(|| format!("não foi possível ler {}", caminho.display()))?;
        let _ = writeln!(
            folha,
            "@font-face {{ font-family: \"Open Sans\"; font-style: {estilo}; font-weight: {pesos}; \
             font-display: optional; \
             src: url(\"data:font/woff2;base64,{}\") format(\"woff2\"); }}",
            base64(&letra)
        );
    }
    Ok(folha)
}

/// Os bytes em base64 (RFC 4648 §4), com o preenchimento.
fn base64(bytes: &[u8]) -> String {
    const ALFABETO: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut texto = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for grupo in bytes.chunks(3) {
        let byte = |indice: usize| u32::from(grupo.get(indice).copied().unwrap_or(0));
        let junto = byte(0) << 16 | byte(1) << 8 | byte(2);
        for letra in 0..4 {
            let sextante = (junto >> (18 - 6 * letra)) & 63;
            let existe = letra <= grupo.len();
            texto.push(if existe {
                ALFABETO[sextante as usize].into()
            } else {
                '='
            });
        }
    }
    texto
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn base64_como_nos_exemplos_da_rfc_4648() {
        for (bytes, texto) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), texto);
        }
    }

    #[test]
    fn as_letras_do_livro_cabem_na_folha() {
        let pasta = Path::new(env!("CARGO_MANIFEST_DIR")).join("../book/tema/fontes");
        let folha = folha(&pasta).expect("ler as letras");
        assert_eq!(folha.matches("@font-face").count(), LETRAS.len());
        assert!(folha.len() < 40_000, "{}", folha.len());
    }
}
