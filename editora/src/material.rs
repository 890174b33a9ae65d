//! Tudo de que o livro é feito, lido do disco uma vez: páginas, figuras, cenas, dados
//! e a lista dos programas.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cena::Cena;

use crate::atlas::{self, Atlas};
use crate::captura::{self, Captura};
use crate::dados::ambiente::{self, Ambiente};
use crate::dados::numeros::{self, Nome, Numeros};
use crate::dados::tabela::Tabela;
use crate::dados::{Dados, MEDIDAS};
use crate::diretivas::Pedido;
use crate::execucao::{self, Execucao};
use crate::exercicios::{self, Exercicios};
use crate::figura::{self, Figura};
use crate::glossario::{self, Glossario};
use crate::grafico::{self, Grafico};
use crate::ligacoes::{self, Mostra};
use crate::lista::arquivos;
use crate::listagem;
use crate::paginas::Pagina;
use crate::perguntas::{self, Pergunta};
use crate::problema::Problema;
use crate::referencias::{self, QuemCita, Referencias};

/// O material do livro.
pub struct Material {
    /// A raiz do projeto.
    pub raiz: PathBuf,
    /// Cada arquivo abaixo de `book/src`, com `/`.
    pub arquivos: BTreeSet<String>,
    /// As páginas em Markdown, menos o sumário, na ordem dos caminhos.
    pub paginas: BTreeMap<String, Pagina>,
    /// O sumário, lido como uma página.
    pub sumario: Pagina,
    /// Cada figura; `None` quando ela tem problemas.
    pub figuras: BTreeMap<String, Option<Figura>>,
    /// Cada cena; `None` quando ela tem problemas.
    pub cenas: BTreeMap<String, Option<Cena>>,
    /// O que se mediu, e os números que o texto tira daí.
    pub dados: Dados,
    /// Cada gráfico; `None` quando ele tem problemas.
    pub graficos: BTreeMap<String, Option<Grafico>>,
    /// Os termos do livro; `None` se não há um glossário, ou se ele tem problemas.
    pub glossario: Option<Glossario>,
    /// Os títulos do que o livro cita; `None` se não há, ou se o arquivo tem problemas.
    pub referencias: Option<Referencias>,
    /// Os erros do atlas.
    pub atlas: Atlas,
    /// As perguntas de cada capítulo; `None` quando o arquivo tem problemas.
    pub perguntas: BTreeMap<String, Option<Vec<Pergunta>>>,
    /// Os exercícios; `None` se não há, ou se o arquivo tem problemas.
    pub exercicios: Option<Exercicios>,
    /// Cada execução gravada; `None` quando ela tem problemas.
    pub execucoes: BTreeMap<String, Option<Execucao>>,
    /// Cada captura de pacotes; `None` quando ela tem problemas.
    pub capturas: BTreeMap<String, Option<Captura>>,
    /// O nome de cada programa e o arquivo dele, relativo à raiz.
    pub exemplos: BTreeMap<String, String>,
    /// Os programas que são de um pacote à parte, dentro de `examples/`, e o arquivo de cada um.
    pub exemplos_de_pacotes: BTreeMap<String, String>,
    /// Programas em Rust que não são um exemplo nem parte de um.
    pub programas_soltos: Vec<String>,
    /// O que deu errado na leitura.
    pub problemas: Vec<Problema>,
}

impl Material {
    /// Lê tudo que há em `raiz`.
    ///
    /// # Errors
    /// Quando uma pasta ou um arquivo não se deixa ler; o que se lê e está errado
    /// vai para [`Self::problemas`].
    pub fn ler(raiz: &Path) -> Result<Self> {
        let mut material = Self {
            raiz: raiz.to_path_buf(),
            arquivos: BTreeSet::new(),
            paginas: BTreeMap::new(),
            sumario: Pagina::default(),
            figuras: BTreeMap::new(),
            cenas: BTreeMap::new(),
            dados: Dados::default(),
            graficos: BTreeMap::new(),
            glossario: None,
            referencias: None,
            atlas: Atlas::new(),
            perguntas: BTreeMap::new(),
            exercicios: None,
            execucoes: BTreeMap::new(),
            capturas: BTreeMap::new(),
            exemplos: BTreeMap::new(),
            exemplos_de_pacotes: BTreeMap::new(),
            programas_soltos: Vec::new(),
            problemas: Vec::new(),
        };
        material.exemplos()?;
        for arquivo in nomes(&raiz.join("book/src"))? {
            let tipo = Path::new(&arquivo).extension();
            if tipo.is_some_and(|tipo| tipo == "md")
                && let Some(texto) = material.texto(&format!("book/src/{arquivo}"))?
            {
                let pagina = Pagina::ler(&arquivo, &texto);
                if arquivo == "SUMMARY.md" {
                    material.sumario = pagina;
                } else {
                    material.paginas.insert(arquivo.clone(), pagina);
                }
            }
            material.arquivos.insert(arquivo);
        }
        material.figuras =
            material.fontes("book/figuras", "pikchr", |_, texto| figura::desenhar(texto))?;
        material.cenas = material.fontes("book/cenas", "cena", |_, texto| {
            let lugar = |erro: cena::Erro| (erro.linha, erro.texto);
            Cena::ler(texto).map_err(|erros| erros.into_iter().map(lugar).collect())
        })?;
        material.ligar_figuras();
        material.ler_dados()?;
        material.ler_glossario()?;
        material.ler_referencias()?;
        material.atlas = material.fontes(atlas::PASTA, "toml", |_, texto| atlas::ler(texto))?;
        let repetidas = atlas::por_ancoras(&material.atlas, &mut material.paginas);
        material.problemas.extend(repetidas);
        material.perguntas =
            material.fontes(perguntas::PASTA, "toml", |_, texto| perguntas::ler(texto))?;
        material.ler_exercicios()?;
        material.execucoes = material.fontes(execucao::PASTA, "toml", |_, texto| {
            execucao::desenhar(texto, &|arquivo| listagem::ler(raiz, arquivo))
        })?;
        material.ler_capturas()?;
        Ok(material)
    }

    fn ler_glossario(&mut self) -> Result<()> {
        if self.raiz.join(glossario::ARQUIVO).exists()
            && let Some(texto) = self.texto(glossario::ARQUIVO)?
        {
            match Glossario::ler(&texto) {
                Ok(glossario) => self.glossario = Some(glossario),
                Err(achados) => self.acusar(glossario::ARQUIVO, achados),
            }
        }
        Ok(())
    }

    fn ler_referencias(&mut self) -> Result<()> {
        if self.raiz.join(referencias::ARQUIVO).exists()
            && let Some(texto) = self.texto(referencias::ARQUIVO)?
        {
            match Referencias::ler(&texto) {
                Ok(referencias) => self.referencias = Some(referencias),
                Err(achados) => self.acusar(referencias::ARQUIVO, achados),
            }
        }
        Ok(())
    }

    /// Lê os exercícios e põe nas páginas os ids que eles trazem.
    fn ler_exercicios(&mut self) -> Result<()> {
        if !self.raiz.join(exercicios::ARQUIVO).exists() {
            return Ok(());
        }
        let Some(texto) = self.texto(exercicios::ARQUIVO)? else {
            return Ok(());
        };
        match Exercicios::ler(&texto) {
            Err(achados) => self.acusar(exercicios::ARQUIVO, achados),
            Ok(lidos) => {
                for pagina in self.paginas.values_mut() {
                    let pedidos: Vec<(usize, bool)> = pagina
                        .diretivas()
                        .iter()
                        .filter_map(|achada| match achada.pedido {
                            Pedido::Exercicios => Some((achada.linha, false)),
                            Pedido::Respostas => Some((achada.linha, true)),
                            _ => None,
                        })
                        .collect();
                    for (linha, das_respostas) in pedidos {
                        for id in lidos.ids(&pagina.caminho, das_respostas) {
                            pagina.id(id, linha);
                        }
                    }
                }
                self.exercicios = Some(lidos);
            }
        }
        Ok(())
    }

    /// A página que mostra as soluções dos exercícios.
    pub fn pagina_das_respostas(&self) -> Option<&Pagina> {
        self.paginas
            .values()
            .find(|pagina| pagina.texto.contains("{{#respostas}}"))
    }

    /// As páginas que citam alguma coisa, na ordem do sumário.
    pub fn quem_cita(&self) -> Vec<QuemCita<'_>> {
        let paginas = self.sumario.ligacoes.iter();
        paginas
            .filter_map(|(caminho, _)| self.paginas.get(caminho))
            .map(|pagina| QuemCita {
                caminho: &pagina.caminho,
                titulo: pagina.titulo.as_deref().unwrap_or_default(),
                citacoes: referencias::citacoes(&pagina.texto),
            })
            .filter(|pagina| !pagina.citacoes.is_empty())
            .collect()
    }

    /// As tabelas, o ambiente e os números que saem deles.
    fn ler_dados(&mut self) -> Result<()> {
        if self.raiz.join(ambiente::ARQUIVO).exists()
            && let Some(texto) = self.texto(ambiente::ARQUIVO)?
        {
            self.dados.ambiente = Ambiente::ler(&texto).unwrap_or_else(|achados| {
                self.acusar(ambiente::ARQUIVO, achados);
                Ambiente::torto()
            });
        }
        self.dados.tabelas = self.fontes(MEDIDAS, "csv", Tabela::ler)?;
        let definicoes =
            self.fontes("book/dados/numeros", "toml", |_, texto| numeros::ler(texto))?;
        self.dados.numeros = Numeros::de(definicoes);
        let usos = self.usos_dos_numeros();
        let onde_se_usa = |nome: &Nome| usos.get(nome).cloned().unwrap_or_default();
        let Dados {
            tabelas,
            ambiente,
            numeros,
        } = &mut self.dados;
        let problemas = numeros.avaliar(tabelas, ambiente, &onde_se_usa);
        self.problemas.extend(problemas);
        let dados = std::mem::take(&mut self.dados);
        self.graficos = self.fontes("book/dados/graficos", "toml", |_, texto| {
            grafico::desenhar(texto, &dados)
        })?;
        self.dados = dados;
        Ok(())
    }

    /// As capturas, que não são texto.
    fn ler_capturas(&mut self) -> Result<()> {
        for arquivo in nomes(&self.raiz.join(captura::PASTA))? {
            let caminho = format!("{}/{arquivo}", captura::PASTA);
            let nome = arquivo
                .strip_suffix(captura::EXTENSAO)
                .filter(|nome| nome_de_fonte(nome));
            let Some(nome) = nome else {
                let texto = "aqui só cabem arquivos .pcapng, com nomes em minúsculas sem acento";
                self.problemas.push(Problema::novo(caminho, 1, texto));
                continue;
            };
            let bytes = fs::read(self.raiz.join(&caminho))
                .with_context(|| format!("não foi possível ler {caminho}"))?;
            let lida = Captura::ler(&bytes)
                .map_err(|motivo| self.acusar(&caminho, vec![(1, motivo)]))
                .ok();
            self.capturas.insert(nome.to_string(), lida);
        }
        Ok(())
    }

    /// O que vai com o livro, além das páginas: o nome nele e o arquivo de que vem.
    pub fn publicados(&self) -> BTreeMap<String, String> {
        let capturas = self.capturas.keys();
        let capturas = capturas.map(|nome| (captura::publicada(nome), captura::arquivo(nome)));
        let mut publicados = self.dados.publicados();
        publicados.extend(capturas);
        publicados
    }

    /// Em que lugares do texto cada número aparece: `book/src/x.md:7`.
    fn usos_dos_numeros(&self) -> BTreeMap<Nome, Vec<String>> {
        let mut usos: BTreeMap<Nome, Vec<String>> = BTreeMap::new();
        for pagina in self.paginas.values() {
            for achada in pagina.diretivas() {
                if let Pedido::Numero { nome, .. } = achada.pedido
                    && let Ok(nome) = self.dados.numeros.achar(nome, Some(pagina.capitulo()))
                {
                    let lugar = format!("{}:{}", pagina.arquivo(), achada.linha);
                    let lugares = usos.entry(nome).or_default();
                    if !lugares.contains(&lugar) {
                        lugares.push(lugar);
                    }
                }
            }
        }
        usos
    }

    fn acusar(&mut self, arquivo: &str, achados: Vec<(usize, String)>) {
        let novos = achados
            .into_iter()
            .map(|(linha, texto)| Problema::novo(arquivo, linha, texto));
        self.problemas.extend(novos);
    }

    /// Os programas: `examples/NOME.rs`, `examples/NOME/main.rs` e, onde uma pasta é um
    /// pacote do cargo, `examples/PACOTE/NOME.rs`; o resto do pacote é com o cargo.
    fn exemplos(&mut self) -> Result<()> {
        let arquivos = nomes(&self.raiz.join("examples"))?;
        for arquivo in &arquivos {
            let caminho = format!("examples/{arquivo}");
            let partes: Vec<&str> = arquivo.split('/').collect();
            let ha = |nome: &str| arquivos.contains(&format!("{}/{nome}", partes[0]));
            match partes[..] {
                [nome] => {
                    if let Some(nome) = nome.strip_suffix(".rs") {
                        self.exemplos.insert(nome.to_string(), caminho);
                    } else if nome.to_lowercase().ends_with(".rs") {
                        self.programas_soltos.push(caminho);
                    }
                }
                [_, "build.rs"] if ha("Cargo.toml") => {}
                [_, nome] if ha("Cargo.toml") => {
                    if let Some(nome) = nome.strip_suffix(".rs") {
                        self.exemplos_de_pacotes.insert(nome.to_string(), caminho);
                    }
                }
                [pasta, "main.rs"] => {
                    self.exemplos.insert(pasta.to_string(), caminho);
                }
                _ if ha("main.rs") || ha("Cargo.toml") => {}
                _ if arquivo.to_lowercase().ends_with(".rs") => self.programas_soltos.push(caminho),
                _ => {}
            }
        }
        Ok(())
    }

    /// Se `cargo run --example NOME` roda um programa do livro.
    pub fn ha_exemplo(&self, nome: &str) -> bool {
        self.exemplos.contains_key(nome) || self.exemplos_de_pacotes.contains_key(nome)
    }

    /// Acha as listagens a que as caixas das figuras levam; uma caixa que não leva a
    /// lugar nenhum é um problema.
    fn ligar_figuras(&mut self) {
        let mut figuras = std::mem::take(&mut self.figuras);
        for (nome, figura) in &mut figuras {
            for ligacao in figura.iter_mut().flat_map(|figura| &mut figura.ligacoes) {
                match self.mostras(&ligacao.arquivo, &ligacao.funcao) {
                    Ok(mostras) => ligacao.mostras = mostras,
                    Err(motivo) => self.problemas.push(Problema::novo(
                        format!("book/figuras/{nome}.pikchr"),
                        ligacao.linha,
                        format!("a caixa «{}»: {motivo}", ligacao.caixa),
                    )),
                }
            }
        }
        self.figuras = figuras;
    }

    /// As listagens que mostram uma função, na ordem do sumário.
    fn mostras(&self, arquivo: &str, funcao: &str) -> Result<Vec<Mostra>, String> {
        let texto = listagem::ler(&self.raiz, arquivo)?;
        let linha = ligacoes::linha_da_funcao(&texto, funcao)
            .map_err(|motivo| format!("{arquivo} {motivo}"))?;
        let mut mostras = Vec::new();
        for (caminho, _) in &self.sumario.ligacoes {
            let Some(pagina) = self.paginas.get(caminho) else {
                continue;
            };
            for (_, ancora) in pagina.listagens.iter().filter(|(de, _)| de == arquivo) {
                let ancora = ancora.as_deref();
                let Ok(trecho) = listagem::trecho(&texto, ancora) else {
                    continue;
                };
                let (primeira, ultima) = trecho.linhas;
                if (primeira..=ultima).contains(&linha) {
                    mostras.push(Mostra {
                        pagina: caminho.clone(),
                        titulo: pagina.titulo.clone().unwrap_or_default(),
                        id: listagem::id(arquivo, ancora),
                        linhas: ultima - primeira + 1,
                    });
                }
            }
        }
        if mostras.is_empty() {
            return Err(format!(
                "nenhum capítulo mostra a função «{funcao}» de {arquivo}: falta uma listagem dela"
            ));
        }
        Ok(mostras)
    }

    /// O texto de um arquivo do projeto, ou `None` (e um problema) se não é UTF-8.
    fn texto(&mut self, arquivo: &str) -> Result<Option<String>> {
        let bytes = fs::read(self.raiz.join(arquivo))
            .with_context(|| format!("não foi possível ler {arquivo}"))?;
        match String::from_utf8(bytes) {
            Ok(texto) => {
                let texto = texto.trim_start_matches('\u{feff}').replace("\r\n", "\n");
                for (linha, conteudo) in texto.lines().enumerate() {
                    if let Some(c) = invisivel(conteudo) {
                        let texto = format!("há um caractere invisível, {}", c.escape_unicode());
                        self.problemas
                            .push(Problema::novo(arquivo, linha + 1, texto));
                    }
                }
                Ok(Some(texto))
            }
            Err(erro) => {
                let antes = &erro.as_bytes()[..erro.utf8_error().valid_up_to()];
                let linha = antes.split(|byte| *byte == b'\n').count();
                self.problemas.push(Problema::novo(
                    arquivo,
                    linha,
                    "o arquivo não está em UTF-8",
                ));
                Ok(None)
            }
        }
    }

    /// As fontes de uma pasta, pelo nome, cada uma lida por `ler`, que devolve os
    /// problemas com a linha. Um arquivo de outro tipo também é um problema.
    fn fontes<T>(
        &mut self,
        pasta: &str,
        extensao: &str,
        ler: impl Fn(&str, &str) -> Result<T, Vec<(usize, String)>>,
    ) -> Result<BTreeMap<String, Option<T>>> {
        let mut fontes = BTreeMap::new();
        for arquivo in nomes(&self.raiz.join(pasta))? {
            let caminho = format!("{pasta}/{arquivo}");
            if caminho == ambiente::ARQUIVO {
                continue;
            }
            let Some(nome) = arquivo.strip_suffix(&format!(".{extensao}")) else {
                let texto = format!("aqui só cabem arquivos .{extensao}");
                self.problemas.push(Problema::novo(caminho, 1, texto));
                continue;
            };
            if !nome_de_fonte(nome) {
                let texto = "o nome só pode ter letras minúsculas sem acento, algarismos e hifens";
                self.problemas.push(Problema::novo(caminho, 1, texto));
                continue;
            }
            let texto = self.texto(&caminho)?;
            let lida = match texto.map(|texto| ler(&caminho, &texto)) {
                Some(Ok(fonte)) => Some(fonte),
                Some(Err(achados)) => {
                    self.acusar(&caminho, achados);
                    None
                }
                None => None,
            };
            fontes.insert(nome.to_string(), lida);
        }
        Ok(fontes)
    }
}

/// O primeiro caractere de `linha` que não se mostra como é: um controle, uma marca
/// de direção, um sem largura. No texto de um livro mudam o que se lê sem que se veja.
fn invisivel(linha: &str) -> Option<char> {
    // Quase toda linha só tem letras comuns, e para ela não é preciso mais nada.
    let comum =
        |c: char| matches!(c, '\t' | ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}');
    let linha: String = linha.chars().filter(|c| !comum(*c)).collect();
    let mostrada = sockets::visivel(linha.as_bytes());
    linha
        .chars()
        .zip(mostrada.chars())
        .find(|(c, mostrado)| c != mostrado)
        .map(|(c, _)| c)
}

fn nome_de_fonte(nome: &str) -> bool {
    nome.bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Os arquivos abaixo de `pasta`, com `/`, sem os escondidos. Uma pasta que não
/// existe não tem arquivos.
fn nomes(pasta: &Path) -> Result<Vec<String>> {
    if !pasta.exists() {
        return Ok(Vec::new());
    }
    let todos = arquivos(pasta)
        .with_context(|| format!("não foi possível ler a pasta {}", pasta.display()))?;
    let com_barra = |caminho: PathBuf| caminho.to_string_lossy().replace('\\', "/");
    let escondido = |nome: &String| nome.split('/').any(|parte| parte.starts_with('.'));
    Ok(todos
        .into_iter()
        .map(com_barra)
        .filter(|nome| !escondido(nome))
        .collect())
}
