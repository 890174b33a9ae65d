//! Uma cena na página: os terminais lado a lado, cada passo na sua linha do tempo.

use std::fmt::Write;

use cena::{Acao, Cena, Entrada, Passo, Pedaco};

use crate::html::escapar;

/// A quebra de linha dentro de `<pre>`: escrita assim, o HTML da cena fica em uma
/// linha só e o Markdown não o interrompe em uma linha em branco.
const QUEBRA: &str = "&#10;";

/// O HTML da cena `nome`.
pub fn desenhar(nome: &str, cena: &Cena) -> String {
    let blocos = blocos(cena);
    let colunas = cena.terminais.len();
    let mut html = String::new();
    let _ = write!(
        html,
        "<figure class=\"cena\" id=\"cena-{nome}\"><figcaption>{}</figcaption>\
         <div class=\"terminais\" data-terminais=\"{colunas}\">",
        escapar(&cena.titulo)
    );
    for (indice, titulo) in cena.terminais.iter().enumerate() {
        let coluna = indice + 1;
        let _ = write!(
            html,
            "<div class=\"terminal-fundo\" style=\"grid-column:{coluna};grid-row:1 / span {}\" aria-hidden=\"true\"></div>\
             <p class=\"terminal-nome\" style=\"grid-column:{coluna};grid-row:1\">{}</p>",
            blocos.len() + 1,
            nome_do_terminal(cena, indice, titulo)
        );
    }
    for (indice, bloco) in blocos.iter().enumerate() {
        let terminal = bloco[0].terminal;
        let _ = write!(
            html,
            "<div class=\"passo terminal-{n}\" style=\"grid-column:{n};grid-row:{linha}\">\
             <span class=\"de\">{de}</span><pre class=\"tela\">{tela}</pre></div>",
            n = terminal + 1,
            linha = indice + 2,
            de = nome_do_terminal(cena, terminal, &cena.terminais[terminal]),
            tela = bloco
                .iter()
                .filter_map(|passo| linha(passo))
                .collect::<Vec<_>>()
                .join(QUEBRA),
        );
    }
    html.push_str("</div></figure>");
    html
}

fn nome_do_terminal(cena: &Cena, indice: usize, titulo: &str) -> String {
    if cena.terminais.len() == 1 {
        escapar(titulo)
    } else {
        format!("Terminal {} · {}", indice + 1, escapar(titulo))
    }
}

/// Os passos que se veem, agrupados enquanto o terminal é o mesmo.
fn blocos(cena: &Cena) -> Vec<Vec<&Passo>> {
    let mut blocos: Vec<Vec<&Passo>> = Vec::new();
    for passo in cena
        .passos
        .iter()
        .filter(|passo| !matches!(passo.acao, Acao::Codigo(_)))
    {
        match blocos.last_mut() {
            Some(bloco) if bloco[0].terminal == passo.terminal => bloco.push(passo),
            _ => blocos.push(vec![passo]),
        }
    }
    blocos
}

/// Uma linha da tela; um passo que não se vê não tem linha.
fn linha(passo: &Passo) -> Option<String> {
    match &passo.acao {
        Acao::Comando(comando) => Some(format!(
            "<span class=\"prompt\">$ </span><kbd class=\"digitado\">{}</kbd>",
            escapar(comando)
        )),
        Acao::Saida(pedacos) => Some(pedacos.iter().map(pedaco).collect()),
        Acao::Codigo(_) => None,
    }
}

fn pedaco(pedaco: &Pedaco) -> String {
    match pedaco {
        Pedaco::Texto(texto) | Pedaco::Variavel { valor: texto, .. } => escapar(texto),
        Pedaco::Digitado(Entrada::Linha(texto)) if texto.is_empty() => {
            "<kbd class=\"tecla\">Enter</kbd>".to_string()
        }
        Pedaco::Digitado(Entrada::Linha(texto)) => {
            format!("<kbd class=\"digitado\">{}</kbd>", escapar(texto))
        }
        Pedaco::Digitado(Entrada::Fim) => "<kbd class=\"tecla\">Ctrl-D</kbd>".to_string(),
        Pedaco::Digitado(Entrada::Interrupcao) => "<kbd class=\"tecla\">Ctrl-C</kbd>".to_string(),
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn os_passos_ficam_na_ordem_do_tempo_e_na_coluna_do_terminal() {
        let cena = Cena::ler(
            "titulo: A < B\nterminal 1: um\nterminal 2: dois\n\n\
             1$ a\n1| olá\n1|\n1| fim\n2$ b\n2| diga: «x & y»\n2= 0\n1| porta ‹porta=7›\n1| «^C»\n",
        )
        .unwrap();
        let html = desenhar("a-b", &cena);
        assert!(
            html.contains("id=\"cena-a-b\"") && html.contains("A &lt; B"),
            "{html}"
        );
        assert_eq!(html.matches("class=\"passo").count(), 3);
        assert!(html.contains("olá&#10;&#10;fim</pre>"), "{html}");
        assert!(
            html.contains("diga: <kbd class=\"digitado\">x &amp; y</kbd>"),
            "{html}"
        );
        assert!(html.contains("grid-column:1;grid-row:4"), "{html}");
        assert!(
            html.contains("porta 7") && html.contains(">Ctrl-C<"),
            "{html}"
        );
        assert!(!html.contains('\n'), "{html}");
    }
}
