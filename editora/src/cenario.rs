//! Uma cena na página: os terminais lado a lado, cada passo na sua linha do tempo.

use std::fmt::Write;

use cena::{Acao, Cena, Entrada, Passo, Pedaco};

use crate::html::escapar;

/// A quebra de linha dentro de `<pre>`: escrita assim, o HTML da cena fica em uma
/// linha só e o Markdown não o interrompe em uma linha em branco.
const QUEBRA: &str = "&#10;";

/// Os espaços que, no meio de uma linha, só servem para alinhar colunas.
const COLUNAS: &str = "   ";

/// As letras que cabem em uma linha de um terminal em um telefone.
const CURTA: usize = 34;

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
             <span class=\"de\">{de}</span>{telas}</div>",
            n = terminal + 1,
            linha = indice + 2,
            de = nome_do_terminal(cena, terminal, &cena.terminais[terminal]),
            telas = telas(bloco),
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
    // Quem ouve a página ouviria o nome do terminal e mais nada.
    blocos.retain(|bloco| bloco.iter().any(|passo| diz_algo(passo)));
    blocos
}

/// Se o passo mostra mais que uma linha em branco.
fn diz_algo(passo: &Passo) -> bool {
    match &passo.acao {
        Acao::Comando(_) => true,
        Acao::Saida(pedacos) => pedacos.iter().any(|pedaco| match pedaco {
            Pedaco::Texto(parte) | Pedaco::Variavel { valor: parte, .. } => {
                !parte.trim().is_empty()
            }
            Pedaco::Digitado(_) => true,
        }),
        Acao::Codigo(_) => false,
    }
}

/// Uma linha da tela.
struct Linha {
    html: String,
    feitio: Feitio,
}

/// O que fazer de uma linha em uma tela estreita.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Feitio {
    /// Ela quebra, como todo texto.
    Quebra,
    /// Ela cabe de qualquer modo.
    Curta,
    /// Ela tem colunas, que uma quebra desfaria: rola para o lado.
    Colunas,
    /// Ela tem colunas se a vizinha tem.
    Talvez,
}

/// As linhas do bloco em uma ou mais telas: as que têm colunas ficam em uma só delas,
/// com as curtas que as acompanham.
fn telas(bloco: &[&Passo]) -> String {
    let mut linhas: Vec<Linha> = bloco.iter().filter_map(|passo| linha(passo)).collect();
    for i in 0..linhas.len() {
        let vizinhas = [i.checked_sub(1), Some(i + 1)].into_iter().flatten();
        let mut vizinhas = vizinhas.filter_map(|vizinha| linhas.get(vizinha));
        if linhas[i].feitio == Feitio::Talvez {
            let colunas = vizinhas.any(|vizinha| vizinha.feitio == Feitio::Colunas);
            linhas[i].feitio = if colunas {
                Feitio::Colunas
            } else {
                Feitio::Quebra
            };
        }
    }
    let partes = linhas
        .chunk_by(|uma, outra| (uma.feitio == Feitio::Quebra) == (outra.feitio == Feitio::Quebra));
    let mut telas: Vec<(bool, Vec<&str>)> = Vec::new();
    for parte in partes {
        let rola = parte.iter().any(|linha| linha.feitio == Feitio::Colunas);
        let textos = parte.iter().map(|linha| linha.html.as_str());
        match telas.last_mut() {
            Some((rolava, antes)) if *rolava == rola => antes.extend(textos),
            _ => telas.push((rola, textos.collect())),
        }
    }
    let tela = |(rola, linhas): &(bool, Vec<&str>)| {
        let classe = if *rola { "tela colunas" } else { "tela" };
        format!("<pre class=\"{classe}\">{}</pre>", linhas.join(QUEBRA))
    };
    telas.iter().map(tela).collect()
}

/// Uma linha da tela; um passo que não se vê não tem linha.
fn linha(passo: &Passo) -> Option<Linha> {
    match &passo.acao {
        Acao::Comando(comando) => Some(Linha {
            html: format!(
                "<span class=\"prompt\">$ </span><kbd class=\"digitado\">{}</kbd>",
                palavras_inteiras(comando)
            ),
            feitio: Feitio::Quebra,
        }),
        Acao::Saida(pedacos) => Some(Linha {
            html: pedacos.iter().map(pedaco).collect(),
            feitio: feitio(pedacos),
        }),
        Acao::Codigo(_) => None,
    }
}

fn feitio(pedacos: &[Pedaco]) -> Feitio {
    let mut texto = String::new();
    for pedaco in pedacos {
        match pedaco {
            Pedaco::Texto(parte) | Pedaco::Variavel { valor: parte, .. } => texto.push_str(parte),
            Pedaco::Digitado(_) => return Feitio::Quebra,
        }
    }
    let texto = texto.trim();
    if texto.contains(COLUNAS) {
        Feitio::Colunas
    } else if texto.chars().count() > CURTA && texto.contains("  ") {
        Feitio::Talvez
    } else if texto.chars().count() <= CURTA {
        Feitio::Curta
    } else {
        Feitio::Quebra
    }
}

/// O comando com cada argumento que tem hífen em um pedaço que o navegador só parte se
/// não couber em uma linha: `--porta-` no fim de uma parece outra opção.
fn palavras_inteiras(comando: &str) -> String {
    let palavra = |palavra: &str| {
        if palavra.contains('-') {
            format!("<span class=\"palavra\">{}</span>", escapar(palavra))
        } else {
            escapar(palavra)
        }
    };
    comando
        .split(' ')
        .map(palavra)
        .collect::<Vec<_>>()
        .join(" ")
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
    fn o_que_tem_colunas_rola_e_o_resto_quebra() {
        let cena = Cena::ler(
            "titulo: T\nterminal 1: um\n\n1$ a --b-c d\n1| curta\n1| x    y\n\
             1| um nome bem comprido na coluna  e outro\n1| 1 |> z\n\
             1| uma linha comprida demais para caber na tela de um telefone\n1| fim: «x»\n",
        )
        .unwrap();
        let html = desenhar("a", &cena);
        assert!(
            html.contains(
                "<kbd class=\"digitado\">a <span class=\"palavra\">--b-c</span> d</kbd></pre>\
                 <pre class=\"tela colunas\">curta&#10;x    y&#10;\
                 um nome bem comprido na coluna  e outro&#10;1 |&gt; z</pre>\
                 <pre class=\"tela\">uma linha"
            ),
            "{html}"
        );
    }

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
