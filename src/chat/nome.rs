//! Como cada um se chama: o que serve de nome, e o nome de quem não disse nenhum.

use super::protocolo::MAIOR_NOME;
use crate::{Emenda, visivel};

/// O nome de quem não tem nem nome de usuário.
const ANONIMO: &str = "anônimo";

/// Onde os sistemas guardam o nome de quem está usando o computador.
const VARIAVEIS: &[&str] = &["USER", "LOGNAME", "USERNAME"];

/// O nome sem os espaços das pontas, se ele serve.
///
/// # Errors
/// O que fazer quando ele não serve: está vazio, passa de [`MAIOR_NOME`] bytes ou tem
/// caracteres que não se veem.
pub fn conferir(nome: &str) -> Result<&str, String> {
    let nome = nome.trim();
    if !tem_o_que_ver(nome) {
        return Err("escreva ao menos uma letra".to_string());
    }
    if nome.len() > MAIOR_NOME {
        return Err(format!(
            "use até {MAIOR_NOME} bytes (este tem {}; letra com acento ocupa 2)",
            nome.len()
        ));
    }
    if visivel(nome.as_bytes()) != nome {
        return Err("tire os caracteres invisíveis".to_string());
    }
    Ok(nome)
}

/// Com o que um aviso começa, e os sinais que se confundem com ele.
const COMECO_DE_AVISO: &[char] = &[
    '*', '\u{66d}', '\u{204e}', '\u{2217}', '\u{2731}', '\u{fe61}', '\u{ff0a}',
];

/// O que separa quem fala do que diz, e os sinais que se confundem com isso.
const DOIS_PONTOS: &[char] = &[
    ':', '\u{2236}', '\u{a789}', '\u{fe13}', '\u{fe55}', '\u{ff1a}',
];

/// Como aparece o nome que o outro disse, pronto para o terminal. `nosso` é o nome de
/// quem lê.
///
/// O que se vê é o nome dele, e não um aviso do programa nem algo que alguém disse: um
/// `*` na frente e dois-pontos antes de um espaço viram escapes, um nome que não se vê
/// vira «anônimo» e um igual ao nosso ganha «(o outro)».
#[must_use]
pub fn do_outro(nome: &str, nosso: &str) -> String {
    let nome = nome.trim();
    if !tem_o_que_ver(nome) {
        return ANONIMO.to_string();
    }
    let (mut visto, mut emenda) = (String::new(), Emenda::default());
    let mut resto = nome;
    while let Some(letra) = resto.chars().next() {
        let (esta, depois) = resto.split_at(letra.len_utf8());
        let acaba =
            depois.is_empty() || depois.starts_with(char::is_whitespace);
        let finge = visto.is_empty() && COMECO_DE_AVISO.contains(&letra)
            || acaba && DOIS_PONTOS.contains(&letra);
        if finge {
            visto.extend(letra.escape_unicode());
        } else {
            emenda.visivel_em(&mut visto, esta);
        }
        resto = depois;
    }
    if parecidos(nome, nosso) {
        visto.push_str(" (o outro)");
    }
    visto
}

/// Se dois nomes só diferem em maiúsculas e espaços.
fn parecidos(um: &str, outro: &str) -> bool {
    let letras = |nome: &str| -> String {
        nome.split_whitespace()
            .flat_map(str::chars)
            .flat_map(char::to_lowercase)
            .collect()
    };
    letras(um) == letras(outro)
}

/// O nome de usuário do sistema; sem ele, ou se não sobra nada visível dele,
/// «anônimo».
#[must_use]
pub fn padrao() -> String {
    VARIAVEIS
        .iter()
        .filter_map(std::env::var_os)
        .find_map(|nome| sanear(&nome.to_string_lossy()))
        .unwrap_or_else(|| ANONIMO.to_string())
}

/// O que se aproveita de um nome que ninguém digitou para este programa.
fn sanear(nome: &str) -> Option<String> {
    let mut saneado = String::new();
    for letra in nome.trim().chars() {
        saneado.push(letra);
        let cabe = saneado.len() <= MAIOR_NOME;
        if !cabe || visivel(saneado.as_bytes()) != saneado {
            saneado.pop();
        }
    }
    conferir(&saneado).ok().map(str::to_string)
}

/// Espaços e seletores de variação não desenham nada sozinhos.
fn tem_o_que_ver(nome: &str) -> bool {
    nome.chars()
        .any(|c| !c.is_whitespace() && !matches!(c, '\u{fe00}'..='\u{fe0f}'))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn um_nome_comum_serve_e_perde_os_espacos_das_pontas() {
        for nome in ["Ana", "João da Silva", "日本", "🙂", "c\u{327}ao"] {
            assert_eq!(conferir(nome), Ok(nome));
            assert_eq!(conferir(&format!("  {nome}\n")), Ok(nome));
        }
        let justo = "a".repeat(MAIOR_NOME);
        assert_eq!(conferir(&justo), Ok(justo.as_str()));
    }

    #[test]
    fn o_que_nao_serve_de_nome_ganha_um_conselho() {
        for (nome, conselho) in [
            ("", "uma letra"),
            (" \t\u{a0}", "uma letra"),
            ("\u{fe0f}", "uma letra"),
            ("Ana\u{202e}", "invisíveis"),
            ("A\nB", "invisíveis"),
            ("\u{1b}[2J", "invisíveis"),
            (&"é".repeat(49), "este tem 98"),
        ] {
            let erro = conferir(nome).unwrap_err();
            assert!(erro.contains(conselho), "{nome:?}: {erro}");
        }
    }

    #[test]
    fn o_nome_do_outro_nao_passa_por_outra_coisa() {
        for (nome, visto) in [
            ("Bia", "Bia"),
            ("  Bia\n", "Bia"),
            ("Bia *", "Bia *"),
            ("* a conversa caiu", r"\u{2a} a conversa caiu"),
            (" \t** Bia", r"\u{2a}* Bia"),
            ("\u{ff0a} Bia", r"\u{ff0a} Bia"),
            ("Ana: sim", r"Ana\u{3a} sim"),
            ("Ana:", r"Ana\u{3a}"),
            ("Ana\u{ff1a} sim", r"Ana\u{ff1a} sim"),
            ("Bia :) às 14:03", "Bia :) às 14:03"),
            ("\u{3000} \u{fe0f}", "anônimo"),
            ("\u{200b}", r"\u{200b}"),
            ("Ana", "Ana (o outro)"),
            ("A\u{a0}NA ", "A\u{a0}NA (o outro)"),
            ("Ana Maria", "Ana Maria"),
            ("Ana\u{200b}", r"Ana\u{200b}"),
        ] {
            assert_eq!(do_outro(nome, "Ana"), visto, "{nome:?}");
        }
    }

    #[test]
    fn o_nome_do_sistema_e_saneado_e_sempre_serve() {
        assert_eq!(sanear("an\u{1b}a\u{200b}"), Some("ana".into()));
        assert_eq!(sanear("\u{1b}\u{7}"), None);
        assert_eq!(sanear(""), None);
        let longo = sanear(&"é".repeat(200)).unwrap();
        assert_eq!(longo, "é".repeat(48));
        assert_eq!(conferir(&padrao()), Ok(padrao().as_str()));
    }
}
