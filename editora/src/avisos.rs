//! Os avisos do mdBook, em português e com a linha, quando se sabe o que dizem.

use std::sync::LazyLock;

use regex::Regex;

use crate::diretivas::Linhas;
use crate::material::Material;
use crate::problema::Problema;

/// O lugar dos problemas que não têm um lugar melhor.
pub const CONFIGURACAO: &str = "book/book.toml";

static ETIQUETA: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(unclosed HTML tag|unexpected HTML end tag) `</?([a-z0-9-]+)>` found in `([^`]+)`",
    )
    .expect("a expressão é constante")
});

/// O problema de que `aviso` fala, na página e na linha em que está, se é um que
/// se conhece; se não, o aviso como veio, na página que ele cita.
pub fn problema(material: &Material, aviso: &str) -> Problema {
    if let Some(partes) = ETIQUETA.captures(aviso)
        && let Some(pagina) = material.paginas.get(&partes[3])
    {
        let nome = &partes[2];
        let (aberta, fechada) = sem_par(&pagina.texto, nome);
        let linhas = Linhas::de(&pagina.texto);
        let (posicao, texto) = if aviso.starts_with("unclosed") {
            (
                aberta,
                format!("<{nome}> não é fechada dentro do bloco em que foi aberta"),
            )
        } else {
            (fechada, format!("</{nome}> fecha o que não foi aberto"))
        };
        return Problema::novo(
            pagina.arquivo(),
            posicao.map_or(1, |posicao| linhas.em(posicao)),
            texto,
        );
    }
    let pagina = material
        .paginas
        .keys()
        .find(|caminho| aviso.contains(caminho.as_str()));
    let arquivo = pagina.map_or(CONFIGURACAO.to_string(), |caminho| {
        format!("book/src/{caminho}")
    });
    let em_uma_linha = aviso.split_whitespace().collect::<Vec<_>>().join(" ");
    Problema::novo(arquivo, 1, format!("o mdBook avisou: {em_uma_linha}"))
}

/// A última etiqueta `nome` que se abre e não se fecha, e a primeira que se fecha
/// sem ter sido aberta.
fn sem_par(texto: &str, nome: &str) -> (Option<usize>, Option<usize>) {
    let mut abertas = Vec::new();
    let mut sobra = None;
    for (posicao, _) in texto.match_indices('<') {
        let depois = &texto[posicao + 1..];
        let fecha = depois.starts_with('/');
        let e_ela = depois.trim_start_matches('/').strip_prefix(nome);
        if !e_ela.is_some_and(|resto| resto.starts_with(['>', ' ', '\n', '/'])) {
            continue;
        }
        if !fecha {
            abertas.push(posicao);
        } else if abertas.pop().is_none() {
            sobra.get_or_insert(posicao);
        }
    }
    (abertas.pop(), sobra)
}

#[cfg(test)]
mod testes {
    use super::sem_par;

    #[test]
    fn acha_a_etiqueta_sem_par() {
        assert_eq!(sem_par("<b>a</b>\n<b>", "b"), (Some(9), None));
        assert_eq!(sem_par("<b>a</b></b> <br>", "b"), (None, Some(8)));
        assert_eq!(sem_par("<b>a</b>", "b"), (None, None));
    }
}
