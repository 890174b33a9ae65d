//! O livro em papel: `cargo run -- pdf`.
//!
//! O Chromium imprime, e não sabe escrever no sumário a página em que um título
//! caiu. Por isso se imprime mais de uma vez: a primeira diz onde cada título ficou,
//! a segunda leva os números, e se ao ganhá-los o livro mudou de lugar, outra. O
//! que lê e completa o PDF é o pacote `editora/folhas`, compilado só quando se pede
//! um: quem monta o livro no navegador não espera por ele.

mod folha;
mod navegador;
mod processo;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgMatches, ValueHint, value_parser};

use self::folha::{Ficha, Folha, Paginas};
use self::navegador::Impressora;
use self::processo::{Fim, Interrupcao};
use crate::construir::{self, Resultado};
use crate::linha_de_comando::MODELO_DE_AJUDA_DO_COMANDO;
use crate::oficina::{self, Oficina};
use crate::{CODIGO_DE_PROBLEMA, destino, dizer, mostrar_problemas};

/// Quantas vezes se imprime, no máximo, até os números do sumário baterem. Duas
/// costumam bastar.
const IMPRESSOES: usize = 5;
/// Quanto esperar por uma impressão, se a pessoa não diz outra coisa.
const PRAZO: Duration = Duration::from_secs(300);
/// Quanto esperar por `editora/folhas`, que pode ter de ser compilado.
const PRAZO_DAS_FOLHAS: Duration = Duration::from_secs(1800);

/// Um PDF a fazer.
#[derive(Debug, PartialEq, Eq)]
pub struct Pedido {
    /// O arquivo; sem ele, `target/sockets.pdf`.
    destino: Option<PathBuf>,
    /// Quanto esperar por cada impressão.
    prazo: Duration,
}

impl Pedido {
    /// O comando, como o clap o entende.
    pub fn comando() -> clap::Command {
        sockets::recusas::comando(
            "pdf",
            "cargo run -- pdf [--destino ARQUIVO] [--prazo SEGUNDOS]",
            MODELO_DE_AJUDA_DO_COMANDO,
        )
        .about("Monta o livro e o imprime em um PDF, com o Chromium, o Chrome ou o Edge")
        .arg(
            Arg::new("destino")
                .long("destino")
                .value_name("ARQUIVO")
                .value_parser(value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath)
                .help("O arquivo a escrever [padrão: target/sockets.pdf]"),
        )
        .arg(
            Arg::new("prazo")
                .long("prazo")
                .value_name("SEGUNDOS")
                .value_parser(segundos)
                .help("Quanto esperar por cada impressão [padrão: 300]"),
        )
    }

    /// O pedido que está nas opções do comando.
    pub fn ler(opcoes: &ArgMatches) -> Self {
        Self {
            destino: opcoes.get_one::<PathBuf>("destino").cloned(),
            prazo: opcoes.get_one("prazo").copied().unwrap_or(PRAZO),
        }
    }
}

fn segundos(texto: &str) -> Result<Duration, String> {
    match texto.parse() {
        Ok(quantos @ 1..=86400) => Ok(Duration::from_secs(quantos)),
        _ => Err("use um número de segundos de 1 a 86400".into()),
    }
}

/// Monta o livro e o imprime.
///
/// # Errors
/// Não há navegador, ele não imprime, ou o disco recusa. O PDF que já existia fica
/// como estava.
pub fn atender(raiz: &Path, pedido: &Pedido) -> Result<ExitCode> {
    let inicio = Instant::now();
    let navegador = navegador::achar()?;
    let target = raiz.join("target");
    let destino = pedido
        .destino
        .clone()
        .unwrap_or_else(|| target.join("sockets.pdf"));
    let destino = destino::validar_arquivo(&destino, raiz, "sockets.pdf", b"%PDF-")?;
    // Antes de montar e imprimir: quem não pode escrever ali o sabe logo.
    let mae = destino.parent().unwrap_or(Path::new("/"));
    let nao_escreve = || format!("não foi possível escrever em {}", mae.display());
    let _maes = destino::MaesNovas::criar(mae).with_context(nao_escreve)?;
    tempfile::tempfile_in(mae).with_context(nao_escreve)?;
    let parar = Interrupcao::vigiar().context("não foi possível vigiar o Ctrl-C")?;
    fs::create_dir_all(&target)
        .and_then(|()| {
            oficina::recolher(&target);
            Oficina::abrir(&target)
        })
        .with_context(|| format!("não foi possível escrever em {}", target.display()))
        .and_then(|oficina| {
            let livro = destino::validar(&oficina.obra().join("livro"), raiz)?;
            match construir::construir(raiz, &livro, &avisar)? {
                Resultado::Problemas(problemas) => {
                    mostrar_problemas(&problemas, false);
                    return Ok(ExitCode::from(CODIGO_DE_PROBLEMA));
                }
                Resultado::Pronto => {}
            }
            let trabalho = Trabalho {
                raiz,
                livro: livro.pasta(),
                pasta: &oficina.obra(),
                navegador: &navegador,
                prazo: pedido.prazo,
                parar: &parar,
            };
            let quantas = trabalho.imprimir(&destino)?;
            let segundos = format!("{:.1}", inicio.elapsed().as_secs_f64()).replace('.', ",");
            dizer(
                io::stdout(),
                &format!(
                    "PDF pronto em {segundos} s, com {quantas} páginas: {}",
                    destino.display()
                ),
            );
            Ok(ExitCode::SUCCESS)
        })
}

fn avisar(passo: &str) {
    dizer(io::stderr(), passo);
}

/// O que se precisa para imprimir um livro montado.
struct Trabalho<'t> {
    raiz: &'t Path,
    /// A pasta do livro montado.
    livro: &'t Path,
    /// A pasta do que se faz no caminho.
    pasta: &'t Path,
    navegador: &'t Path,
    prazo: Duration,
    parar: &'t Interrupcao,
}

impl Trabalho<'_> {
    /// Imprime o livro até os números baterem, e o leva a `destino`. Devolve quantas
    /// páginas tem.
    fn imprimir(&self, destino: &Path) -> Result<usize> {
        let ficha = Ficha::ler(self.raiz)?;
        let folha = Folha::ler(self.raiz, self.livro, ficha.clone())?;
        let impressora = Impressora {
            navegador: self.navegador,
            pasta: self.pasta,
            prazo: self.prazo,
        };
        let pagina = self.livro.join("pdf.html");
        let impresso = self.pasta.join("impresso.pdf");
        let mut paginas = Paginas::new();
        for vez in 1..=IMPRESSOES {
            avisar(&format!(
                "Imprimindo com {} (vez {vez})…",
                self.navegador.display()
            ));
            fs::write(&pagina, folha.html(&paginas))
                .with_context(|| format!("não foi possível escrever {}", pagina.display()))?;
            impressora.imprimir(&pagina, &impresso, self.parar)?;
            let (agora, quantas) = self.onde_cairam(&impresso, &folha)?;
            if agora == paginas {
                self.completar(&impresso, &ficha, destino)?;
                return Ok(quantas);
            }
            paginas = agora;
        }
        bail!(
            "os números das páginas do sumário mudaram em cada uma das {IMPRESSOES} impressões. \
             Mude a largura deles em book/tema/pdf.css para que não mexam no texto"
        );
    }

    /// Em que página do PDF caiu cada título do sumário, e quantas páginas ele tem.
    fn onde_cairam(&self, impresso: &Path, folha: &Folha) -> Result<(Paginas, usize)> {
        let lista = self.pasta.join("destinos.txt");
        self.folhas("destinos", &[impresso, &lista])?;
        let texto = fs::read_to_string(&lista).context("não foi possível ler os destinos")?;
        let mut todas = Paginas::new();
        let mut quantas = 0;
        for linha in texto.lines() {
            let (pagina, nome) = linha.split_once('\t').unwrap_or((linha, ""));
            let pagina = pagina
                .parse()
                .context("os destinos do PDF não se entendem")?;
            if nome.is_empty() {
                quantas = pagina;
            } else {
                todas.insert(nome.to_string(), pagina);
            }
        }
        let do_sumario = folha.destinos().into_iter().map(|destino| {
            let pagina = todas.get(&destino).copied().with_context(|| {
                format!("o navegador perdeu o título «{destino}»: o PDF não diz onde ele está")
            })?;
            Ok((destino, pagina))
        });
        Ok((do_sumario.collect::<Result<_>>()?, quantas))
    }

    /// Completa o PDF impresso e o põe no lugar, de uma vez.
    fn completar(&self, impresso: &Path, ficha: &Ficha, destino: &Path) -> Result<()> {
        avisar("Completando e conferindo o PDF…");
        let propriedades = self.pasta.join("ficha.txt");
        let linhas = [
            ficha.titulo.as_str(),
            &ficha.autores,
            &ficha.descricao,
            ficha.versao,
        ];
        fs::write(&propriedades, linhas.join("\n")).context("não foi possível escrever a ficha")?;
        let completo = self.pasta.join("completo.pdf");
        self.folhas("completar", &[impresso, &propriedades, &completo])?;
        publicar(&completo, destino)
            .with_context(|| format!("não foi possível escrever {}", destino.display()))
    }

    /// Roda `editora/folhas`, que o cargo compila se preciso.
    fn folhas(&self, o_que: &str, arquivos: &[&Path]) -> Result<()> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let do_livro = self.raiz.join("editora/folhas/Cargo.toml");
        let projeto = if do_livro.is_file() {
            do_livro
        } else {
            Path::new(env!("CARGO_MANIFEST_DIR")).join("folhas/Cargo.toml")
        };
        let mut comando = Command::new(cargo);
        comando
            .args(["run", "--quiet", "--manifest-path"])
            .arg(projeto)
            .arg("--")
            .arg(o_que)
            .args(arquivos)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let fim = processo::rodar(&mut comando, PRAZO_DAS_FOLHAS, self.parar)
            .context("não foi possível rodar o cargo, que compila o leitor de PDF")?;
        match fim {
            Fim::Acabou(estado) if estado.success() => Ok(()),
            Fim::Interrompido => bail!("interrompido: nenhum PDF foi escrito"),
            Fim::Prazo => bail!(
                "o leitor de PDF não acabou em {} s",
                PRAZO_DAS_FOLHAS.as_secs()
            ),
            Fim::Acabou(_) => bail!(
                "o leitor de PDF (editora/folhas) não aceitou o que o navegador imprimiu, ou não \
                 foi compilado: o motivo está nas linhas acima"
            ),
        }
    }
}

/// Põe em `destino`, de uma vez, uma cópia de `completo`: até ela estar inteira, o que
/// havia lá continua.
fn publicar(completo: &Path, destino: &Path) -> Result<()> {
    let mae = destino.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(mae)?;
    let mut ao_lado = tempfile::Builder::new()
        .prefix(".sockets-")
        .suffix(".pdf")
        .tempfile_in(mae)?;
    io::copy(&mut fs::File::open(completo)?, &mut ao_lado)?;
    ao_lado.as_file().sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // O de um arquivo temporário é só de quem o fez; um livro é para dar.
        let todos_leem = fs::Permissions::from_mode(0o644);
        ao_lado.as_file().set_permissions(todos_leem)?;
    }
    ao_lado.persist(destino).map_err(|erro| erro.error)?;
    Ok(())
}
