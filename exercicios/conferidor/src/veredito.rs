//! O que se diz a quem estuda: passou, ou o que se mandou, o que se esperava e o que veio.

use textwrap::Options;

use conferidor::{Falha, Ficha, Fichas};

/// A largura do que se escreve: cabe em qualquer terminal.
const LARGURA: usize = 78;

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
            texto += &paragrafo(linha, "    ", "    ");
        }
    }
    if let Some(diagnostico) = fichas.diagnostico(ficha, &falha.diagnostico) {
        texto.push('\n');
        texto += &paragrafo(&sem_marcas(&diagnostico.frase), "  ", "  ");
        texto.extend(["  Leia: ", &onde_se_le(&diagnostico.secao), "\n"]);
    }
    texto
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

    #[test]
    fn nenhuma_linha_passa_da_largura() {
        let texto = paragrafo(&"palavra ".repeat(40), "  ", "  ");
        assert!(texto.lines().all(|linha| linha.chars().count() <= LARGURA));
        let bytes = paragrafo(&"x".repeat(300), "    ", "    ");
        assert!(bytes.lines().count() > 3);
    }
}
