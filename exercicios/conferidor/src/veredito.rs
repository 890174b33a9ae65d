//! O que se diz a quem estuda: passou, ou o que se mandou, o que se esperava e o que veio.

use textwrap::Options;

use conferidor::{Falha, Ficha, Fichas};

/// A largura do que se escreve: cabe em qualquer terminal.
const LARGURA: usize = 78;

/// Uma quebra de linha em um texto citado, que já a traz à vista.
const QUEBRA: &str = "\\n";

/// De mais linhas do que isto não se faz um bloco.
const MAIOR_BLOCO: usize = 12;

/// O veredito de quem passou.
#[must_use]
pub fn passou(ficha: &Ficha) -> String {
    let mut texto = format!("{}: passou.\n", ficha.nome);
    for criterio in &ficha.criterios {
        texto += &paragrafo(&sem_marcas(criterio), "  ✓ ", "    ");
    }
    texto
}

/// O veredito de quem não passou, sem a solução.
#[must_use]
pub fn nao_passou(fichas: &Fichas, ficha: &Ficha, falha: &Falha) -> String {
    let mut texto = format!("{}: ainda não.\n\n", ficha.nome);
    for (rotulo, conteudo) in [
        ("O que fiz:", &falha.feito),
        ("O que esperava:", &falha.esperado),
        ("O que veio:", &falha.veio),
        ("Na saída de erro:", &falha.erros),
    ] {
        if conteudo.is_empty() {
            continue;
        }
        texto.extend(["  ", rotulo, "\n"]);
        for linha in conteudo.lines() {
            for (recuo, linha) in em_blocos(linha) {
                texto += &paragrafo(&linha, recuo, recuo);
            }
        }
    }
    if let Some(diagnostico) = fichas.diagnostico(ficha, &falha.diagnostico) {
        texto.push('\n');
        texto += &paragrafo(&sem_marcas(&diagnostico.frase), "  ", "  ");
        texto.extend(["  Leia: ", &onde_se_le(&diagnostico.secao), "\n"]);
    }
    texto
}

/// Uma frase, com o recuo de cada linha dela. Uma citação de várias linhas sai em várias
/// linhas, mais para dentro, e as quebras continuam à vista: `a\nb` é `a\n` em cima de `b`.
fn em_blocos(frase: &str) -> Vec<(&'static str, String)> {
    let mut linhas = vec![("    ", String::new())];
    let mut resto = frase;
    while let Some((antes, depois)) = resto.split_once('“') {
        let (citado, fim) = depois.split_once('”').unwrap_or((depois, ""));
        let partes: Vec<&str> = citado.split_inclusive(QUEBRA).collect();
        let Some((_, atual)) = linhas.last_mut() else {
            break;
        };
        atual.push_str(antes);
        if (2..=MAIOR_BLOCO).contains(&partes.len()) {
            atual.truncate(atual.trim_end().len());
            linhas.push(("      ", format!("“{}", partes[0])));
            let outras = partes[1..].iter();
            linhas.extend(outras.map(|parte| ("       ", (*parte).to_string())));
        } else {
            atual.extend(["“", citado]);
        }
        if let Some((_, atual)) = linhas.last_mut()
            && depois.len() > citado.len()
        {
            atual.push('”');
        }
        resto = fim;
    }
    if let Some((_, atual)) = linhas.last_mut() {
        atual.push_str(resto);
    }
    linhas.retain(|(_, linha)| !linha.is_empty());
    linhas
}

/// Onde está uma seção do livro montado: `target/livro/chamadas/bind.html#porta-0`.
#[must_use]
pub fn onde_se_le(secao: &str) -> String {
    let (pagina, ancora) = match secao.split_once('#') {
        Some((pagina, ancora)) => (pagina, format!("#{ancora}")),
        None => (secao, String::new()),
    };
    let pagina = pagina.strip_suffix(".md").unwrap_or(pagina);
    format!("target/livro/{pagina}.html{ancora}")
}

/// Um texto em linhas de no máximo [`LARGURA`] colunas. O que veio de um programa já chega
/// inofensivo; uma palavra longa, como um endereço ou bytes, é partida.
fn paragrafo(texto: &str, primeira: &str, outras: &str) -> String {
    let opcoes = Options::new(LARGURA)
        .initial_indent(primeira)
        .subsequent_indent(outras);
    textwrap::fill(texto, opcoes) + "\n"
}

/// Sem as crases e a ênfase do Markdown, que o terminal não mostra.
#[must_use]
pub fn sem_marcas(texto: &str) -> String {
    texto.replace(['`', '*'], "")
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn a_secao_vira_o_endereco_no_livro_montado() {
        let onde = onde_se_le("chamadas/bind.md#porta-0");
        assert_eq!(onde, "target/livro/chamadas/bind.html#porta-0");
        assert_eq!(
            onde_se_le("inicio/como-ler.md"),
            "target/livro/inicio/como-ler.html"
        );
    }

    /// O que [`em_blocos`] faz, como aparece.
    fn blocos(frase: &str) -> String {
        let linhas = em_blocos(frase).into_iter();
        linhas
            .map(|(recuo, linha)| recuo.to_string() + &linha + "\n")
            .collect()
    }

    #[test]
    fn uma_citacao_de_varias_linhas_sai_em_varias_linhas() {
        let frase = "Ele acabou com o código 0, e na saída “um\\ndois\\n”. Só.";
        assert_eq!(
            blocos(frase),
            "    Ele acabou com o código 0, e na saída\n      “um\\n\n       dois\\n”. Só.\n"
        );
        let so_isto = "“a\\nb” … “c\\n\\nd” (900 bytes ao todo)";
        assert_eq!(
            blocos(so_isto),
            "      “a\\n\n       b” …\n      “c\\n\n       \\n\n       d” (900 bytes ao todo)\n"
        );
    }

    #[test]
    fn o_que_cabe_em_uma_linha_fica_na_frase() {
        for frase in [
            "Saiu “oi\\n”, e “tchau”.",
            "nada",
            "uma “ que ninguém fecha",
        ] {
            assert_eq!(blocos(frase), format!("    {frase}\n"));
        }
        let enxurrada = format!("Saiu “{}”.", "\\n".repeat(100));
        assert_eq!(blocos(&enxurrada).lines().count(), 1);
        assert!(em_blocos("").is_empty());
    }

    #[test]
    fn nenhuma_linha_passa_da_largura() {
        let texto = paragrafo(&"palavra ".repeat(40), "  ", "  ");
        assert!(texto.lines().all(|linha| linha.chars().count() <= LARGURA));
        let bytes = paragrafo(&"x".repeat(300), "    ", "    ");
        assert!(bytes.lines().count() > 3);
    }
}
