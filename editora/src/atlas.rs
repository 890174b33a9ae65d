//! O atlas de erros: cada família, um arquivo de `book/dados/atlas`, e cada erro dela,
//! uma entrada da página, com a mensagem que cada sistema mostra.
//!
//! `{{#atlas familia}}` vira as entradas da família, cada uma com um título, que é a
//! mensagem, e a âncora, que é o nome do erro; `{{#atlas}}`, o índice de todas as
//! mensagens. O que se escreve em cada chave está em `book/dados/LEIA-ME.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::dados::folha::{Bloco, Folha, Problemas};
use crate::diretivas::{self, Pedido};
use crate::enderecos::relativo;
use crate::html::escapar;
use crate::material::Material;
use crate::paginas::Pagina;
use crate::problema::Problema;

/// Onde ficam as famílias, a partir da raiz do projeto.
pub const PASTA: &str = "book/dados/atlas";

/// Cada família, pelo nome do arquivo; `None` quando ela tem problemas.
pub type Atlas = BTreeMap<String, Option<Vec<Entrada>>>;

/// Um sistema: a chave dele no arquivo e como se chama.
const SISTEMAS: [(&str, &str); 3] = [
    ("linux", "Linux"),
    ("macos", "macOS"),
    ("windows", "Windows"),
];

/// O que se escreve, em Markdown, de cada erro: a chave e o que o leitor vê antes.
const TEXTOS: [(&str, &str); 4] = [
    ("chamada", "Quem o dá."),
    ("porque", "Por quê."),
    ("certeza", "Como ter certeza."),
    ("cura", "A cura."),
];

/// Um erro do atlas.
#[derive(Debug, PartialEq, Eq)]
pub struct Entrada {
    /// A âncora na página, que é também o nome no programa `atlas`.
    pub ancora: String,
    /// A linha do arquivo em que ela começa.
    linha: usize,
    /// O nome da constante: `EADDRINUSE`.
    nome: Option<String>,
    /// O título, se a mensagem não serve de um.
    titulo: Option<String>,
    /// O que os sistemas mostram; um só, sem sistema, se é o mesmo em todos.
    ditos: Vec<Dito>,
    /// O `ErrorKind`.
    tipo: Option<String>,
    /// O que o Python mostra.
    python: Vec<String>,
    /// Os de [`TEXTOS`], na ordem.
    textos: Vec<Texto>,
    provoca: Provoca,
    /// Onde o livro fala dele.
    capitulos: Vec<Texto>,
}

/// Como se provoca um erro no Linux.
#[derive(Debug, PartialEq, Eq)]
enum Provoca {
    /// Com este comando.
    Comando(Texto),
    /// Não se provoca, por este motivo.
    SemProva(String),
}

/// O que um sistema mostra.
#[derive(Debug, PartialEq, Eq)]
struct Dito {
    /// O sistema, ou nada se a mensagem é a mesma em todos.
    sistema: Option<&'static str>,
    codigo: Option<String>,
    /// O nome do código, se é outro: `WSAEADDRINUSE`.
    nome: Option<String>,
    mensagem: String,
    portugues: Option<String>,
}

/// Um texto e a linha em que ele está.
#[derive(Debug, PartialEq, Eq)]
struct Texto {
    linha: usize,
    texto: String,
}

/// Lê uma família.
///
/// # Errors
/// Os problemas, com a linha.
pub fn ler(texto: &str) -> Result<Vec<Entrada>, Problemas> {
    Folha::ler(texto, |arquivo| {
        let mut entradas = Vec::new();
        for (ancora, valor) in arquivo.resto() {
            let Some(mut bloco) = arquivo.bloco(format!("o erro «{ancora}»"), &valor) else {
                continue;
            };
            let boa = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if !ancora.chars().all(boa) {
                let texto = "o nome só pode ter letras minúsculas sem acento, algarismos e hifens";
                bloco.acusar(valor.linha, texto);
            }
            entradas.extend(entrada(ancora, &mut bloco));
            bloco.acabar();
        }
        Some(entradas)
    })
}

fn entrada(ancora: String, bloco: &mut Bloco<'_>) -> Option<Entrada> {
    let linha = bloco.linha;
    let (nome, titulo) = (bloco.texto("nome"), bloco.texto("titulo"));
    let ditos = ditos(bloco);
    let tipo = bloco.texto("tipo");
    let excecao = bloco.texto("excecao");
    let mut python = textos(bloco, "python");
    if let Some(excecao) = excecao {
        let mostra = ditos.iter().filter_map(|dito| dito.em_python(&excecao));
        python.splice(0..0, mostra.map(|texto| Texto { linha, texto }));
    }
    let escritos: Vec<Option<Texto>> = TEXTOS
        .iter()
        .map(|(chave, _)| exigido(bloco, chave))
        .collect();
    let comando = texto(bloco, "comando");
    let provoca = match (comando, bloco.texto("sem_prova")) {
        (Some(comando), None) => Provoca::Comando(comando),
        (None, Some(motivo)) => Provoca::SemProva(motivo),
        (None, None) => Provoca::Comando(Texto {
            linha,
            texto: format!("cargo run --example atlas -- {ancora}"),
        }),
        (Some(comando), Some(motivo)) => {
            let texto = "quem tem «sem_prova» não tem «comando»";
            bloco.acusar(comando.linha, texto);
            Provoca::SemProva(motivo)
        }
    };
    let capitulos = textos(bloco, "capitulos");
    // O que só a prova lê.
    bloco.tirar("mostra");
    bloco.tirar("requer");
    if ditos.is_empty() {
        bloco.acusar(
            linha,
            "falta a «mensagem», ou a de um sistema: linux, macos ou windows",
        );
        return None;
    }
    Some(Entrada {
        ancora,
        linha,
        nome,
        titulo,
        ditos,
        tipo,
        python: python.into_iter().map(|texto| texto.texto).collect(),
        textos: escritos.into_iter().collect::<Option<_>>()?,
        provoca,
        capitulos,
    })
}

/// A mensagem de todos os sistemas, ou a de cada um.
fn ditos(bloco: &mut Bloco<'_>) -> Vec<Dito> {
    let mut ditos = Vec::new();
    if let Some(mensagem) = bloco.texto("mensagem") {
        ditos.push(Dito {
            sistema: None,
            codigo: None,
            nome: None,
            mensagem,
            portugues: None,
        });
    }
    for (chave, sistema) in SISTEMAS {
        let Some(valor) = bloco.tirar(chave) else {
            continue;
        };
        let Some(mut dentro) = bloco.bloco(format!("«{chave}»"), &valor) else {
            continue;
        };
        let codigo = dentro.numero("codigo").map(|codigo| format!("{codigo:.0}"));
        let (nome, portugues) = (dentro.texto("nome"), dentro.texto("portugues"));
        let mensagem = dentro.texto_exigido("mensagem");
        dentro.acabar();
        ditos.extend(mensagem.map(|mensagem| Dito {
            sistema: Some(sistema),
            codigo,
            nome,
            mensagem,
            portugues,
        }));
    }
    ditos
}

fn texto(bloco: &mut Bloco<'_>, chave: &'static str) -> Option<Texto> {
    let linha = bloco.linha_de(chave);
    let texto = bloco.texto(chave)?;
    Some(Texto {
        linha,
        texto: texto.trim().to_string(),
    })
}

fn exigido(bloco: &mut Bloco<'_>, chave: &'static str) -> Option<Texto> {
    bloco.exigir(chave);
    texto(bloco, chave)
}

/// Uma lista de textos; nenhum, se a chave não existe.
fn textos(bloco: &mut Bloco<'_>, chave: &'static str) -> Vec<Texto> {
    let Some(valor) = bloco.tirar(chave) else {
        return Vec::new();
    };
    let linha = valor.linha;
    let Some(textos) = valor.textos() else {
        bloco.acusar(linha, format!("«{chave}» é uma lista de textos"));
        return Vec::new();
    };
    let com_linha = textos.into_iter().map(|texto| Texto { linha, texto });
    com_linha.collect()
}

impl Dito {
    /// Como a std do Rust o mostra.
    fn em_rust(&self) -> String {
        match &self.codigo {
            Some(codigo) => format!("{} (os error {codigo})", self.mensagem),
            None => self.mensagem.clone(),
        }
    }

    /// Como o Python o mostra, se o sistema o numera; o macOS é como o Linux.
    fn em_python(&self, excecao: &str) -> Option<String> {
        let codigo = self.codigo.as_ref()?;
        match self.sistema? {
            "Linux" => Some(format!("{excecao}: [Errno {codigo}] {}", self.mensagem)),
            "Windows" => {
                let sem_ponto = self.mensagem.trim_end_matches('.');
                Some(format!("{excecao}: [WinError {codigo}] {sem_ponto}"))
            }
            _ => None,
        }
    }

    fn linha_da_tabela(&self) -> String {
        let mut celula = format!("<code>{}</code>", escapar(&self.em_rust()));
        if let Some(nome) = &self.nome {
            let _ = write!(
                celula,
                " <span class=\"constante\">{}</span>",
                escapar(nome)
            );
        }
        if let Some(portugues) = &self.portugues {
            let _ = write!(
                celula,
                "<br>em português: <code>{}</code>",
                escapar(portugues)
            );
        }
        linha_da_tabela(self.sistema.unwrap_or("Nos três sistemas"), &celula)
    }
}

fn linha_da_tabela(nome: &str, celula: &str) -> String {
    format!("<tr><th scope=\"row\">{nome}</th><td>{celula}</td></tr>")
}

impl Entrada {
    /// O título: a mensagem, se ele não foi dito, e o nome.
    fn titulo(&self) -> String {
        let mensagem = self.titulo.as_ref().unwrap_or(&self.ditos[0].mensagem);
        let mensagem = literal(mensagem);
        match &self.nome {
            Some(nome) => format!("{mensagem} ({})", literal(nome)),
            None => mensagem,
        }
    }

    /// A entrada, em Markdown, como a mostra `pagina`.
    fn markdown(&self, pagina: &str, material: &Material) -> String {
        let mut tabela: String = self.ditos.iter().map(Dito::linha_da_tabela).collect();
        if !self.python.is_empty() {
            let linhas = self.python.iter();
            let linhas = linhas.map(|linha| format!("<code>{}</code>", escapar(linha)));
            tabela += &linha_da_tabela("Python", &linhas.collect::<Vec<_>>().join("<br>"));
        }
        if let Some(tipo) = &self.tipo {
            tabela += &linha_da_tabela("Rust", &format!("<code>ErrorKind::{tipo}</code>"));
        }
        let mut texto = format!(
            "### {} {{#{}}}\n\n<div class=\"table-wrapper\"><table class=\"atlas\"><tbody>{tabela}\
             </tbody></table></div>\n",
            self.titulo(),
            self.ancora
        );
        for ((_, antes), escrito) in TEXTOS.iter().zip(&self.textos) {
            let _ = write!(texto, "\n**{antes}** {}\n", escrito.texto);
        }
        let _ = match &self.provoca {
            Provoca::SemProva(motivo) => write!(texto, "\n**Para provocar:** {motivo}\n"),
            Provoca::Comando(comando) => write!(
                texto,
                "\n**Para provocar:**\n\n```sh\n{}\n```\n",
                comando.texto
            ),
        };
        let lugares = self.lugares(pagina, material);
        if !lugares.is_empty() {
            let _ = write!(texto, "\n**No livro:** {}\n", lugares.join("; "));
        }
        texto
    }

    /// As páginas que falam do erro: as que a entrada diz e as que levam a ela.
    fn lugares(&self, pagina: &str, material: &Material) -> Vec<String> {
        let mut vistas = BTreeSet::from([pagina.to_string()]);
        let mut lugares = Vec::new();
        let levam = material.sumario.ligacoes.iter().filter(|(caminho, _)| {
            let outra = material.paginas.get(caminho);
            outra.is_some_and(|outra| self.e_citada_em(outra, pagina))
        });
        let levam = levam.map(|(caminho, _)| para(pagina, caminho));
        let ditas = self.capitulos.iter().map(|texto| texto.texto.clone());
        for destino in ditas.chain(levam) {
            let caminho = destino.split('#').next().unwrap_or_default();
            let Some(alvo) = relativo(pagina, caminho) else {
                continue;
            };
            let titulo = material.paginas.get(&alvo).and_then(|p| p.titulo.clone());
            if let Some(titulo) = titulo
                && vistas.insert(alvo)
            {
                lugares.push(format!("[{}]({destino})", literal(&titulo)));
            }
        }
        lugares
    }

    fn e_citada_em(&self, outra: &Pagina, pagina: &str) -> bool {
        outra.ligacoes.iter().any(|(destino, _)| {
            destino.split_once('#').is_some_and(|(caminho, fragmento)| {
                fragmento == self.ancora
                    && relativo(&outra.caminho, caminho).as_deref() == Some(pagina)
            })
        })
    }
}

/// O caminho, a partir da página `de`, da página `ate`; os dois a partir de `book/src`.
fn para(de: &str, ate: &str) -> String {
    "../".repeat(de.matches('/').count()) + ate
}

/// As entradas da família, ou o índice de todas, em Markdown.
pub fn markdown(familia: &str, pagina: &str, material: &Material) -> Option<String> {
    if familia.is_empty() {
        return Some(indice(&material.atlas));
    }
    let entradas = material.atlas.get(familia)?.as_ref()?;
    let textos = entradas.iter();
    let textos = textos.map(|entrada| entrada.markdown(pagina, material));
    Some(textos.collect::<Vec<_>>().join("\n"))
}

/// Cada mensagem, em ordem alfabética, com a entrada a que ela leva.
fn indice(atlas: &Atlas) -> String {
    let (mut ingles, mut portugues) = (BTreeSet::new(), BTreeSet::new());
    let mut python = BTreeSet::new();
    for entrada in atlas.values().flatten().flatten() {
        let item = |mensagem: &str| {
            (
                mensagem.to_lowercase(),
                mensagem.to_string(),
                &entrada.ancora,
            )
        };
        for dito in &entrada.ditos {
            ingles.insert(item(&dito.mensagem));
            portugues.extend(dito.portugues.as_deref().map(item));
        }
        python.extend(entrada.python.iter().map(|linha| item(linha)));
    }
    let mut html = String::new();
    for (titulo, itens) in [
        ("Em inglês", ingles),
        ("Em português", portugues),
        ("No Python", python),
    ] {
        let _ = write!(
            html,
            "<details class=\"indice-do-atlas\"><summary>{titulo}: {} mensagens</summary><ul>",
            itens.len()
        );
        for (_, mensagem, ancora) in itens {
            let mensagem = escapar(&mensagem);
            let _ = write!(
                html,
                "<li><a href=\"#{ancora}\"><code>{mensagem}</code></a></li>"
            );
        }
        html.push_str("</ul></details>");
    }
    html
}

/// O texto com uma barra antes de tudo que o Markdown entenderia como marca.
fn literal(texto: &str) -> String {
    let mut novo = String::with_capacity(texto.len());
    for letra in texto.chars() {
        if r"\`*_{}[]<>#&|~".contains(letra) {
            novo.push('\\');
        }
        novo.push(letra);
    }
    novo
}

/// Põe nas páginas as âncoras das famílias que elas mostram. Uma repetida é um
/// problema do arquivo da família.
pub fn por_ancoras(atlas: &Atlas, paginas: &mut BTreeMap<String, Pagina>) -> Vec<Problema> {
    let mut problemas = Vec::new();
    for pagina in paginas.values_mut() {
        let texto = pagina.texto.clone();
        for achada in diretivas::encontrar(&texto) {
            let Pedido::Atlas(familia) = achada.pedido else {
                continue;
            };
            for entrada in atlas.get(familia).into_iter().flatten().flatten() {
                let ancora = &entrada.ancora;
                if let Some((_, linha)) = pagina.ids.iter().find(|(id, _)| id == ancora) {
                    let onde = format!("{}:{linha}", pagina.arquivo());
                    let texto = format!("a âncora «{ancora}» já existe, em {onde}");
                    problemas.push(Problema::novo(arquivo(familia), entrada.linha, texto));
                } else {
                    pagina.ids.push((ancora.clone(), achada.linha));
                }
            }
        }
    }
    problemas
}

/// O arquivo de uma família.
pub fn arquivo(familia: &str) -> String {
    format!("{PASTA}/{familia}.toml")
}

/// O que há de errado no que as entradas dizem: uma ligação que não leva a lugar
/// nenhum, um comando que não roda, uma família que ninguém mostra.
pub fn conferir(
    material: &Material,
    ligacao: &dyn Fn(&Pagina, &str) -> Result<(), String>,
    faltas_do_comando: &dyn Fn(&str) -> Vec<String>,
) -> Vec<Problema> {
    let mut problemas = Vec::new();
    for (familia, entradas) in &material.atlas {
        let mostra = |pagina: &&Pagina| {
            let diretivas = pagina.diretivas();
            let mut pedidos = diretivas.iter().map(|achada| &achada.pedido);
            pedidos.any(|pedido| *pedido == Pedido::Atlas(familia))
        };
        let mut acusar = |linha: usize, texto: String| {
            problemas.push(Problema::novo(arquivo(familia), linha, texto));
        };
        let Some(pagina) = material.paginas.values().find(mostra) else {
            acusar(1, "nenhum capítulo mostra esta família do atlas".into());
            continue;
        };
        for entrada in entradas.iter().flatten() {
            let de = format!("o erro «{}»", entrada.ancora);
            for Texto { linha, texto } in &entrada.capitulos {
                if let Err(motivo) = ligacao(pagina, texto) {
                    acusar(*linha, format!("{de}: ligação «{texto}»: {motivo}"));
                }
            }
            for Texto { linha, texto } in &entrada.textos {
                let lido = Pagina::ler(&pagina.caminho, texto);
                for problema in lido.problemas {
                    acusar(*linha, format!("{de}: {}", problema.texto));
                }
                for (destino, _) in &lido.ligacoes {
                    if let Err(motivo) = ligacao(pagina, destino) {
                        acusar(*linha, format!("{de}: ligação «{destino}»: {motivo}"));
                    }
                }
                if !diretivas::encontrar(texto).is_empty() {
                    acusar(*linha, format!("{de}: aqui não cabe uma diretiva"));
                }
            }
            let Provoca::Comando(comando) = &entrada.provoca else {
                continue;
            };
            for falta in faltas_do_comando(&comando.texto) {
                acusar(comando.linha, format!("{de}: {falta}"));
            }
        }
    }
    problemas
}

#[cfg(test)]
mod testes {
    use super::*;

    const CERTO: &str = "\
[eaddrinuse]
nome = 'EADDRINUSE'
linux = { codigo = 98, mensagem = 'Address already in use', portugues = 'Endereço já em uso' }
windows = { codigo = 10048, nome = 'WSAEADDRINUSE', mensagem = 'Only one usage.' }
tipo = 'AddrInUse'
excecao = 'OSError'
chamada = 'A.'
porque = 'B.'
certeza = 'C.'
cura = 'D.'
";

    #[test]
    fn le_uma_entrada_e_diz_como_cada_um_a_mostra() {
        let entradas = ler(CERTO).unwrap();
        let entrada = &entradas[0];
        assert_eq!(entrada.titulo(), "Address already in use (EADDRINUSE)");
        assert_eq!(
            entrada.ditos[1].em_rust(),
            "Only one usage. (os error 10048)"
        );
        assert_eq!(
            entrada.python,
            [
                "OSError: [Errno 98] Address already in use",
                "OSError: [WinError 10048] Only one usage"
            ]
        );
        let comando = "cargo run --example atlas -- eaddrinuse".to_string();
        assert_eq!(
            entrada.provoca,
            Provoca::Comando(Texto {
                linha: 1,
                texto: comando
            })
        );
        let linha = entrada.ditos[0].linha_da_tabela();
        assert!(linha.contains("<code>Address already in use (os error 98)</code>"));
        assert!(linha.contains("<code>Endereço já em uso</code>"), "{linha}");
    }

    #[test]
    fn acusa_o_que_falta_e_o_que_sobra_com_a_linha() {
        let torto = CERTO
            .replace("porque = 'B.'\n", "")
            .replace("tipo", "especie")
            .replace(", mensagem = 'Only one usage.'", "");
        let achados = ler(&torto).unwrap_err();
        let esperados = [
            (1, "falta «porque = …»"),
            (4, "falta «mensagem = …»"),
            (5, "não conheço a chave «especie»"),
        ];
        assert_eq!(achados.len(), esperados.len(), "{achados:?}");
        for ((linha, texto), (esperada, palavras)) in achados.iter().zip(esperados) {
            assert!(
                *linha == esperada && texto.contains(palavras),
                "{achados:?}"
            );
        }
        let sem_mensagem = "[x]\nchamada = 'a'\nporque = 'b'\ncerteza = 'c'\ncura = 'd'\n";
        assert!(
            ler(sem_mensagem).unwrap_err()[0]
                .1
                .contains("falta a «mensagem»")
        );
        assert!(ler(&CERTO.replace("[ead", "[Ead")).is_err());
    }

    #[test]
    fn uma_mensagem_nao_vira_marca_do_markdown() {
        assert_eq!(
            literal("linker `cc` <a> [b]_"),
            r"linker \`cc\` \<a\> \[b\]\_"
        );
    }

    #[test]
    fn o_indice_leva_de_cada_mensagem_a_entrada() {
        let atlas = Atlas::from([("a".to_string(), Some(ler(CERTO).unwrap()))]);
        let html = indice(&atlas);
        for mensagem in [
            "Address already in use",
            "Only one usage.",
            "Endereço já em uso",
        ] {
            let item = format!("<a href=\"#eaddrinuse\"><code>{mensagem}</code></a>");
            assert!(html.contains(&item), "{html}");
        }
        assert!(!html.contains('\n'), "{html}");
    }
}
