//! A montagem: conferir as fontes, montar ao lado, conferir a saída, trocar.

use std::fs;
use std::io::{self, ErrorKind};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::thread;

use anyhow::{Context, Error, Result, anyhow};
use mdbook::MDBook;
use mdbook::book::{Book, BookItem};
use mdbook::config::Config;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use regex::Regex;

use crate::atlas;
use crate::avisos::{self, CONFIGURACAO};
use crate::cenario;
use crate::conferir::{self, SUMARIO};
use crate::dados::numeros::Forma;
use crate::destino::Destino;
use crate::diretivas::{self, Pedido};
use crate::listagem;
use crate::material::Material;
use crate::paginas::capitulo;
use crate::perguntas;
use crate::problema::Problema;
use crate::realce;
use crate::registro::Avisos;
use crate::tema;

/// A linha de que um erro do TOML fala.
static LINHA_DO_TOML: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"at line (\d+)").expect("a expressão é constante"));

/// Como acabou a montagem.
pub enum Resultado {
    /// O livro está no destino.
    Pronto,
    /// O livro não foi montado: todos os problemas, em ordem de arquivo e linha.
    Problemas(Vec<Problema>),
}

/// Monta o livro de `raiz` em `destino`, contando cada passo a `contar`.
///
/// # Errors
/// Quando o disco recusa uma leitura ou uma escrita. Um defeito do livro não é
/// um erro daqui: é um [`Resultado::Problemas`].
pub fn construir(raiz: &Path, destino: &Destino, contar: &dyn Fn(&str)) -> Result<Resultado> {
    contar("Lendo as páginas, as cenas, os dados e os programas…");
    let material = Arc::new(Material::ler(raiz)?);
    contar(&format!(
        "Montando e conferindo {} páginas, {} figuras, {} cenas, {} programas, {} gráficos e {} \
         números…",
        material.paginas.len(),
        material.figuras.len(),
        material.cenas.len(),
        material.exemplos.len() + material.exemplos_de_pacotes.len(),
        material.graficos.len(),
        material.dados.numeros.nomes().count()
    ));
    let mut problemas = conferir::sumario(&material);
    // Com um sumário errado o mdBook nem começa, e o que está errado já se sabe.
    let comeca = problemas.iter().all(|problema| problema.arquivo != SUMARIO);
    // Enquanto o mdBook monta, as fontes são conferidas.
    let (das_fontes, do_tema, montagem) = thread::scope(|juntos| {
        let fontes = juntos.spawn(|| conferir::fontes(&material));
        let tema = juntos.spawn(|| conferir::tema(raiz));
        let montagem = comeca.then(|| montar(&material, destino));
        (fontes.join(), tema.join(), montagem)
    });
    problemas.extend(das_fontes.map_err(|_| anyhow!("a conferência das fontes parou no meio"))?);
    problemas.extend(do_tema.map_err(|_| anyhow!("a conferência do tema parou no meio"))??);
    if let Some(montagem) = montagem {
        let Montagem {
            avisos,
            problemas: novos,
        } = montagem?;
        // Uma inclusão que falta já foi acusada, com a linha, ao conferir as fontes.
        let repetido = |aviso: &&String| {
            !problemas.is_empty()
                && (aviso.starts_with("Error updating") || aviso.starts_with("Caused By"))
        };
        let acusados: Vec<_> = avisos
            .iter()
            .filter(|aviso| !repetido(aviso))
            .map(|aviso| avisos::problema(&material, aviso))
            .collect();
        problemas.extend(acusados);
        problemas.extend(novos);
    }
    if problemas.is_empty() {
        contar("Conferindo o livro montado…");
        problemas.extend(conferir::saida(&destino.em_obras())?);
    }
    if problemas.is_empty() {
        destino.publicar()?;
        return Ok(Resultado::Pronto);
    }
    problemas.sort();
    problemas.dedup();
    Ok(Resultado::Problemas(problemas))
}

/// O que a montagem deixou dito.
struct Montagem {
    /// Os avisos do mdBook.
    avisos: Vec<String>,
    /// O que o tema acusou, ou o erro que parou o mdBook.
    problemas: Vec<Problema>,
}

/// Monta o livro na pasta em obras.
fn montar(material: &Arc<Material>, destino: &Destino) -> Result<Montagem> {
    let pasta_do_tema = destino.rascunho();
    fs::create_dir_all(&pasta_do_tema).context("não foi possível preparar o tema")?;
    let mut problemas = tema::preparar(&material.raiz, &pasta_do_tema)?;
    let (resultado, avisos) =
        Avisos::durante(|| sem_panico(|| montar_com_mdbook(material, destino)));
    if let Some(causa) = resultado
        .as_ref()
        .err()
        .and_then(|erro| erro.chain().find_map(do_disco))
    {
        return Err(Error::from(causa).context("não foi possível escrever o livro"));
    }
    match resultado {
        Ok(()) => {
            copiar_dados(material, &destino.em_obras())?;
            problemas.extend(tema::ajustar_saida(&destino.em_obras())?);
        }
        Err(erro) if avisos.is_empty() => problemas.push(problema_do_erro(&erro)),
        Err(_) => {}
    }
    Ok(Montagem { avisos, problemas })
}

/// Leva ao livro montado as tabelas de que os números dele saíram, e as capturas.
fn copiar_dados(material: &Material, livro: &Path) -> Result<()> {
    for (nome, arquivo) in material.publicados() {
        let lugar = livro.join(&nome);
        let pasta = lugar.parent().unwrap_or(livro);
        fs::create_dir_all(pasta)
            .and_then(|()| fs::copy(material.raiz.join(&arquivo), &lugar))
            .with_context(|| format!("não foi possível copiar {arquivo} para o livro"))?;
    }
    Ok(())
}

/// Um defeito do mdBook não derruba a editora: o pânico dele vira um erro.
fn sem_panico(tarefa: impl FnOnce() -> Result<()>) -> Result<()> {
    let relato = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let resultado = panic::catch_unwind(AssertUnwindSafe(tarefa));
    panic::set_hook(relato);
    resultado.unwrap_or_else(|panico| {
        let texto = panico.downcast_ref::<String>().map(String::as_str);
        let texto = texto
            .or(panico.downcast_ref::<&str>().copied())
            .unwrap_or("sem motivo");
        Err(anyhow!("o mdBook parou no meio: {texto}"))
    })
}

/// O erro do sistema, se a culpa é do disco e não do livro.
fn do_disco(causa: &(dyn std::error::Error + 'static)) -> Option<io::Error> {
    let erro = causa.downcast_ref::<io::Error>()?;
    let culpado = matches!(
        erro.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::PermissionDenied
    );
    culpado.then(|| {
        erro.raw_os_error()
            .map_or(erro.kind().into(), io::Error::from_raw_os_error)
    })
}

fn montar_com_mdbook(material: &Arc<Material>, destino: &Destino) -> Result<()> {
    let pasta = material.raiz.join("book");
    let mut config = Config::from_disk(pasta.join("book.toml"))?;
    config.build.build_dir = destino.em_obras();
    config.build.create_missing = false;
    config.set("output.html.theme", destino.rascunho())?;
    let mut livro = MDBook::load_with_config(pasta, config)?;
    livro.with_preprocessor(Desenhista(Arc::clone(material)));
    livro.build()
}

fn problema_do_erro(erro: &anyhow::Error) -> Problema {
    let texto = format!("{erro:#}");
    let arquivo = if texto.to_lowercase().contains("summary") {
        "book/src/SUMMARY.md"
    } else {
        CONFIGURACAO
    };
    let linha = LINHA_DO_TOML
        .captures(&texto)
        .and_then(|partes| partes[1].parse().ok())
        .unwrap_or(1);
    let em_uma_linha = texto.split_whitespace().collect::<Vec<_>>().join(" ");
    Problema::novo(
        arquivo,
        linha,
        format!("o mdBook não aceitou o livro: {em_uma_linha}"),
    )
}

/// Troca cada diretiva do livro pelo que ela pede. O que falta já foi acusado ao
/// conferir as fontes; aqui fica como está.
struct Desenhista(Arc<Material>);

impl Preprocessor for Desenhista {
    fn name(&self) -> &'static str {
        "desenhista"
    }

    fn run(&self, _: &PreprocessorContext, mut livro: Book) -> Result<Book> {
        livro.for_each_mut(|item| {
            if let BookItem::Chapter(capitulo) = item {
                let pagina = capitulo.path.as_deref().unwrap_or(Path::new(""));
                let pagina = pagina.to_string_lossy().replace('\\', "/");
                capitulo.content = self.desenhar(&pagina, &capitulo.content);
            }
        });
        Ok(livro)
    }
}

impl Desenhista {
    fn desenhar(&self, pagina: &str, texto: &str) -> String {
        let mut novo = String::with_capacity(texto.len());
        let mut copiado = 0;
        for achada in diretivas::encontrar(texto) {
            if let Some(desenho) = self.pedido(pagina, &achada.pedido) {
                novo.push_str(&texto[copiado..achada.intervalo.start]);
                novo.push_str(&desenho);
                copiado = achada.intervalo.end;
            }
        }
        novo.push_str(&texto[copiado..]);
        novo
    }

    fn pedido(&self, pagina: &str, pedido: &Pedido<'_>) -> Option<String> {
        let numeros = &self.0.dados.numeros;
        match pedido {
            Pedido::Figura { nome, opcoes } => {
                let figura = self.0.figuras.get(*nome)?.as_ref()?;
                Some(figura.html(nome, &realce::pedidas(opcoes), pagina))
            }
            Pedido::Cena(nome) => Some(cenario::desenhar(nome, self.0.cenas.get(*nome)?.as_ref()?)),
            Pedido::Grafico(nome) => Some(self.0.graficos.get(*nome)?.as_ref()?.html(nome, pagina)),
            Pedido::Execucao(nome) => Some(self.0.execucoes.get(*nome)?.as_ref()?.html(nome)),
            Pedido::Captura(nome) => Some(self.0.capturas.get(*nome)?.as_ref()?.html(nome, pagina)),
            Pedido::Numero { nome, forma } => {
                let nome = numeros.achar(nome, Some(capitulo(pagina))).ok()?;
                let mostrado = numeros.mostrado(&nome)?;
                mostrado.texto(Forma::de(forma)?).ok()
            }
            Pedido::Atlas(familia) => atlas::markdown(familia, pagina, &self.0),
            Pedido::Perguntas => {
                let nome = perguntas::nome(pagina);
                let perguntas = self.0.perguntas.get(&nome)?.as_ref()?;
                Some(perguntas::markdown(&nome, perguntas))
            }
            Pedido::Exercicios => {
                let respostas = self.0.pagina_das_respostas();
                let respostas = respostas.map(|pagina| pagina.caminho.as_str());
                self.0.exercicios.as_ref()?.enunciados(pagina, respostas)
            }
            Pedido::Respostas => {
                let exercicios = self.0.exercicios.as_ref()?;
                Some(exercicios.respostas(&self.0.raiz, pagina))
            }
            Pedido::Ambiente => self.0.dados.ambiente.html().ok(),
            Pedido::Referencias(especie) => {
                let referencias = self.0.referencias.as_ref()?;
                Some(referencias.markdown(*especie, pagina, &self.0.quem_cita()))
            }
            Pedido::Glossario { do_ingles: true } => Some(self.0.glossario.as_ref()?.do_ingles()),
            Pedido::Glossario { do_ingles: false } => {
                let titulo = |pagina: &str| self.0.paginas.get(pagina)?.titulo.as_deref();
                Some(self.0.glossario.as_ref()?.markdown(pagina, titulo))
            }
            Pedido::Listagem { arquivo, ancora } => {
                let texto = fs::read_to_string(self.0.raiz.join(arquivo)).ok()?;
                let trecho = listagem::trecho(&texto, *ancora).ok()?;
                Some(listagem::desenhar(arquivo, *ancora, &trecho))
            }
            Pedido::Inclusao { .. } | Pedido::Titulo | Pedido::Desconhecida(_) => None,
        }
    }
}
