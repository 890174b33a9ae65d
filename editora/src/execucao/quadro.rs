//! A execução em uma tabela: um acontecimento por linha, cada modo na sua coluna.

use std::fmt::Write;

use super::historia::{Acontecimento, Fato, de_que};
use crate::dados::formato;
use crate::html::escapar;

/// Os títulos das colunas.
const COLUNAS: [&str; 6] = [
    "ms",
    "onde",
    "linha de Rust",
    "chamada de sistema",
    "estado",
    "pacote",
];

/// O que não há.
const VAZIA: &str = "—";

/// A tabela, em HTML.
pub fn html(titulo: &str, historia: &[Acontecimento]) -> String {
    let mut html = format!("<table><caption>{}</caption><thead><tr>", escapar(titulo));
    for coluna in COLUNAS {
        let _ = write!(html, "<th scope=\"col\">{coluna}</th>");
    }
    html.push_str("</tr></thead><tbody>");
    for acontecimento in historia {
        let [rust, chamada, estado, pacote] = celulas(&acontecimento.fato);
        let _ = write!(
            html,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{rust}</td><td>{chamada}</td>\
             <td>{estado}</td><td>{pacote}</td></tr>",
            formato::numero(acontecimento.quando, 2),
            acontecimento.lado.nome()
        );
    }
    html.push_str("</tbody></table>");
    html
}

/// A linha de Rust, a chamada, o estado e o pacote.
fn celulas(fato: &Fato) -> [String; 4] {
    let vazia = || VAZIA.to_string();
    match fato {
        Fato::Chama { chamada, espera } => {
            let rust = format!(
                "<code>{}</code> <small>linha {}</small>",
                escapar(&chamada.de_onde()),
                chamada.linha
            );
            let depois = if *espera {
                "espera…".to_string()
            } else {
                format!("= {}", escapar(&chamada.resultado))
            };
            // O que uma leitura entrega só se sabe quando ela volta.
            let argumentos = if *espera {
                "…"
            } else {
                chamada.argumentos.as_str()
            };
            let feita = format!(
                "<code>{}({})</code> {depois}",
                chamada.nome,
                escapar(argumentos)
            );
            [rust, feita, vazia(), vazia()]
        }
        Fato::Volta(chamada) => {
            let feita = format!(
                "<code>{}({})</code> = {}",
                chamada.nome,
                escapar(&chamada.argumentos),
                escapar(&chamada.resultado)
            );
            [vazia(), feita, vazia(), vazia()]
        }
        Fato::Muda { escuta, estado } => {
            let socket = if *escuta {
                " <small>o de escuta</small>"
            } else {
                ""
            };
            let estado = format!("{}{socket}", escapar(estado));
            [vazia(), vazia(), estado, vazia()]
        }
        Fato::Sai(_, pacote) => {
            let pacote = format!("sai: {}", escapar(&de_que(pacote)));
            [vazia(), vazia(), vazia(), pacote]
        }
        Fato::Chega(_, pacote) => {
            let pacote = format!("chega: {}", escapar(&de_que(pacote)));
            [vazia(), vazia(), vazia(), pacote]
        }
    }
}
