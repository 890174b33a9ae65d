//! Bytes que vieram de um programa, como uma frase os pode conter.

use std::fmt::Write;

/// Quantos bytes de cada ponta se mostram de um texto longo.
const PONTA: usize = 120;

/// `bytes` entre aspas, sem nada que mande no terminal, e com o meio cortado se passam de
/// umas duas linhas. Os que não formam letras saem como `\x..`.
#[must_use]
pub fn mostrar(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "nada".to_string();
    }
    let inteiro = |pedaco: &[u8]| {
        pedaco
            .utf8_chunks()
            .map(|trecho| {
                let escapado: String = trecho.valid().chars().map(escapar).collect();
                trecho.invalid().iter().fold(escapado, |mut texto, byte| {
                    // Escrever em uma String não falha.
                    let _ = write!(texto, "\\x{byte:02x}");
                    texto
                })
            })
            .collect::<String>()
    };
    if bytes.len() <= 2 * PONTA {
        return format!("“{}”", inteiro(bytes));
    }
    format!(
        "“{}” … “{}” ({} bytes ao todo)",
        inteiro(&bytes[..PONTA]),
        inteiro(&bytes[bytes.len() - PONTA..]),
        bytes.len()
    )
}

fn escapar(c: char) -> String {
    match c {
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        '\0' => "\\0".into(),
        _ => sockets::visivel(c.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn nada_manda_no_terminal_e_o_meio_e_cortado() {
        assert_eq!(mostrar(b""), "nada");
        assert_eq!(mostrar("olá\r\n".as_bytes()), "“olá\\r\\n”");
        assert_eq!(mostrar(&[b'a', 0xc3]), "“a\\xc3”");
        assert!(!mostrar(b"\x1b[2J").contains('\x1b'));
        let longo = mostrar(&[b'x'; 1000]);
        assert!(longo.contains("1000 bytes") && longo.len() < 400, "{longo}");
    }
}
