//! Uma página do livro: os ids que ela oferece, as ligações que ela faz e o que
//! está errado nela sem olhar para nenhuma outra.

use crate::diretivas::{self, Achada, Pedido};
use crate::enderecos::{da_rede, esquema};
use crate::figura;
use crate::leitura;
use crate::listagem;
use crate::problema::Problema;
use crate::realce;

/// Uma página em Markdown, lida.
#[derive(Debug, Default)]
pub struct Pagina {
    /// O caminho a partir de `book/src`, com `/`.
    pub caminho: String,
    /// O texto como está no arquivo.
    pub texto: String,
    /// O título de nível 1, se há um só.
    pub titulo: Option<String>,
    /// Cada id da página e a linha em que aparece.
    pub ids: Vec<(String, usize)>,
    /// Cada ligação para dentro do livro (ou arquivo mostrado) e a linha dela.
    pub ligacoes: Vec<(String, usize)>,
    /// O arquivo e a âncora de cada listagem.
    pub listagens: Vec<(String, Option<String>)>,
    /// O que está errado na própria página.
    pub problemas: Vec<Problema>,
}

impl Pagina {
    /// Lê o `texto` da página em `caminho`, relativo a `book/src`.
    pub fn ler(caminho: &str, texto: &str) -> Self {
        let mut pagina = Self {
            caminho: caminho.into(),
            texto: texto.into(),
            ..Self::default()
        };
        leitura::ler(&mut pagina, texto);
        for Achada { linha, pedido, .. } in diretivas::encontrar(texto) {
            match pedido {
                Pedido::Figura { nome, opcoes } => {
                    pagina.id(figura::id(nome, &realce::pedidas(opcoes)), linha);
                }
                Pedido::Cena(nome) => pagina.id(format!("cena-{nome}"), linha),
                Pedido::Grafico(nome) => pagina.id(format!("grafico-{nome}"), linha),
                Pedido::Execucao(nome) => pagina.id(format!("execucao-{nome}"), linha),
                Pedido::Listagem { arquivo, ancora } => {
                    pagina.id(listagem::id(&arquivo, ancora), linha);
                    let ancora = ancora.map(ToString::to_string);
                    pagina.listagens.push((arquivo, ancora));
                }
                _ => {}
            }
        }
        pagina
    }

    /// O nome do arquivo a partir da raiz do projeto, como aparece nos problemas.
    pub fn arquivo(&self) -> String {
        format!("book/src/{}", self.caminho)
    }

    /// O nome do capítulo: o do arquivo, sem a pasta e sem `.md`.
    pub fn capitulo(&self) -> &str {
        capitulo(&self.caminho)
    }

    /// As diretivas da página.
    pub fn diretivas(&self) -> Vec<Achada<'_>> {
        diretivas::encontrar(&self.texto)
    }

    /// Anota um problema da página.
    pub fn problema(&mut self, linha: usize, texto: impl Into<String>) {
        self.problemas
            .push(Problema::novo(self.arquivo(), linha, texto));
    }

    /// Anota um id; repetido, ou com letras que não vão bem em um endereço, é um problema.
    pub fn id(&mut self, id: String, linha: usize) {
        let simples = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || !id.chars().all(simples) {
            let sugestao = sem_acentos(&id);
            let ascii = if id.is_ascii() {
                "não serve em um endereço"
            } else {
                "não é ASCII"
            };
            self.problema(
                linha,
                format!("o id «{id}» {ascii}: ponha um, como {{#{sugestao}}}"),
            );
        } else if let Some((_, antes)) = self.ids.iter().find(|(outro, _)| *outro == id) {
            let antes = *antes;
            self.problema(linha, format!("o id «{id}» já existe na linha {antes}"));
        } else {
            self.ids.push((id, linha));
        }
    }

    /// Anota uma ligação em que o leitor clica.
    pub fn ligacao(&mut self, destino: &str, linha: usize) {
        match esquema(destino) {
            None if destino.starts_with("//") => {}
            None => self.ligacoes.push((destino.to_string(), linha)),
            Some("http" | "https" | "mailto") => {}
            Some(outro) => {
                self.problema(
                    linha,
                    format!("ligação «{destino}»: o livro não usa endereços {outro}:"),
                );
            }
        }
    }

    /// Anota um arquivo que o navegador busca para mostrar a página.
    pub fn recurso(&mut self, endereco: &str, linha: usize) {
        if da_rede(endereco) {
            self.problema(
                linha,
                format!("«{endereco}» vem da rede: o livro tem de abrir sem internet. Guarde o arquivo aqui"),
            );
        } else if esquema(endereco) != Some("data") {
            self.ligacoes.push((endereco.to_string(), linha));
        }
    }
}

/// O nome do capítulo em `caminho`.
pub fn capitulo(caminho: &str) -> &str {
    let nome = caminho.rsplit('/').next().unwrap_or(caminho);
    nome.strip_suffix(".md").unwrap_or(nome)
}

/// As letras e os algarismos de `id`, minúsculos e sem acentos: serve de sugestão de id e
/// de ordem alfabética.
pub fn sem_acentos(id: &str) -> String {
    let simples = |c: char| match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
        'é' | 'ê' | 'è' => 'e',
        'í' => 'i',
        'ó' | 'ô' | 'õ' => 'o',
        'ú' | 'ü' => 'u',
        'ç' => 'c',
        outro => outro,
    };
    let id: String = id
        .to_lowercase()
        .chars()
        .map(simples)
        .filter(char::is_ascii_alphanumeric)
        .collect();
    if id.is_empty() { "nome".into() } else { id }
}
