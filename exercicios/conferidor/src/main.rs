//! `cargo conferir`: mostra em que ponto a pessoa está nos exercícios e confere o que ela
//! fez. Sai com 0 se o que se conferiu passou, 1 se não, 2 se o pedido não faz sentido.

mod caderno;
mod compilar;
mod linha_de_comando;
mod veredito;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
#[cfg(unix)]
use std::{sync::TryLockError, time::Instant};

use anyhow::{Context, Result};
use conferidor::{Ficha, Fichas, Programa, exercicios};

use crate::caderno::{Caderno, Ponto};
use crate::linha_de_comando::Pedido;

/// De quanto em quanto tempo se olha se o programa foi salvo.
const OLHADA: Duration = Duration::from_millis(300);

/// Quanto quem interrompe espera por quem está dando um veredito, e de quanto em quanto
/// tempo olha se ele acabou.
#[cfg(unix)]
const ULTIMAS_PALAVRAS: Duration = Duration::from_secs(1);
#[cfg(unix)]
const PASSO: Duration = Duration::from_millis(5);

/// O código de saída de um pedido que não faz sentido.
const CODIGO_DE_USO: u8 = 2;

fn main() -> ExitCode {
    #[cfg(unix)]
    acabar_com_ctrl_c();
    conferidor::adotar_orfaos();
    match linha_de_comando::ler(std::env::args_os()) {
        Ok(pedido) => atender(&pedido).unwrap_or_else(|erro| {
            let _palavra = pedir_a_palavra();
            reclamar(&format!("{erro:#}"));
            ExitCode::FAILURE
        }),
        Err(ajuda) if ajuda.ajuda => {
            dizer(&ajuda.to_string());
            ExitCode::SUCCESS
        }
        Err(erro) => {
            reclamar(&erro.to_string());
            ExitCode::from(CODIGO_DE_USO)
        }
    }
}

fn atender(pedido: &Pedido) -> Result<ExitCode> {
    let raiz = raiz()?;
    let fichas = Fichas::ler(&raiz)?;
    let mesa = Mesa {
        caderno: Caderno::de(&raiz),
        raiz,
        fichas,
    };
    match pedido {
        Pedido::Progresso => {
            mesa.progresso();
            Ok(ExitCode::SUCCESS)
        }
        Pedido::Conferir(nome) => mesa.um(nome),
        Pedido::Todos => mesa.todos(),
        Pedido::Observar(nome) => mesa.observar(nome.as_deref()),
        Pedido::Recomecar(nome) => {
            let Some(ficha) = mesa.ficha(nome) else {
                return Ok(ExitCode::from(CODIGO_DE_USO));
            };
            let guardado = mesa.caderno.recomecar(&ficha.nome)?;
            mesa.caderno.anotar(&ficha.nome, None)?;
            dizer(&format!("O que você tinha feito está em {guardado}."));
            mesa.apresentar(ficha);
            Ok(ExitCode::SUCCESS)
        }
        Pedido::Executavel(nome, executavel) => {
            let Some(ficha) = mesa.ficha(nome) else {
                return Ok(ExitCode::from(CODIGO_DE_USO));
            };
            let executavel = executavel
                .canonicalize()
                .with_context(|| format!("não achei o programa {}", executavel.display()))?;
            let (passou, _palavra) = mesa.julgar(ficha, &executavel)?;
            Ok(codigo(passou))
        }
    }
}

/// O que está sobre a mesa de quem confere.
struct Mesa {
    raiz: PathBuf,
    fichas: Fichas,
    caderno: Caderno,
}

impl Mesa {
    /// A ficha do exercício; se não há, diz quais há.
    fn ficha(&self, nome: &str) -> Option<&Ficha> {
        let achada = self.fichas.achar(nome);
        if achada.is_none() {
            let nomes: Vec<&str> = self.nomes().collect();
            reclamar(&format!(
                "não há o exercício «{}». Os que há: {}",
                sockets::visivel(nome.as_bytes()),
                nomes.join(", ")
            ));
        }
        achada
    }

    fn nomes(&self) -> impl Iterator<Item = &str> {
        self.fichas
            .exercicios
            .iter()
            .map(|ficha| ficha.nome.as_str())
    }

    /// O próximo que ainda não passou.
    fn proximo(&self) -> Option<&Ficha> {
        self.fichas
            .exercicios
            .iter()
            .find(|ficha| self.caderno.ponto(&ficha.nome) != Ponto::Passou)
    }

    fn progresso(&self) {
        let ponto = |ficha: &Ficha| self.caderno.ponto(&ficha.nome);
        let todos = &self.fichas.exercicios;
        let passaram = todos.iter().filter(|f| ponto(f) == Ponto::Passou).count();
        dizer(&format!(
            "{passaram} de {} exercícios passaram.",
            todos.len()
        ));
        let largura = self.nomes().map(str::len).max().unwrap_or(0);
        let mut parte = "";
        for ficha in todos {
            let desta = ficha.capitulo.split('/').next().unwrap_or("");
            if desta != parte {
                parte = desta;
                dizer("");
            }
            let sinal = match ponto(ficha) {
                Ponto::PorFazer => "·",
                Ponto::Comecado => "…",
                Ponto::Passou => "✓",
                Ponto::MudouDepois => "?",
            };
            let titulo = veredito::sem_marcas(&ficha.titulo);
            dizer(&format!("  {sinal} {:largura$}  {titulo}", ficha.nome));
        }
        dizer("\n✓ passou   ? passou e mudou depois   … começado   · por fazer");
        match self.proximo() {
            Some(ficha) => dizer(&format!("O próximo: cargo conferir {}", ficha.nome)),
            None => dizer("Não falta nenhum."),
        }
    }

    /// Confere um; se não existe ainda, cria-o e diz por onde começar.
    fn um(&self, nome: &str) -> Result<ExitCode> {
        let Some(ficha) = self.ficha(nome) else {
            return Ok(ExitCode::from(CODIGO_DE_USO));
        };
        if self.caderno.comecar(nome)? {
            self.apresentar(ficha);
            return Ok(ExitCode::FAILURE);
        }
        let passou = self.conferir(ficha)?;
        if passou && let Some(proximo) = self.proximo() {
            dizer(&format!("O próximo: cargo conferir {}", proximo.nome));
        }
        Ok(codigo(passou))
    }

    fn todos(&self) -> Result<ExitCode> {
        let comecou = |ficha: &&Ficha| self.caderno.ponto(&ficha.nome) != Ponto::PorFazer;
        let comecados: Vec<&Ficha> = self.fichas.exercicios.iter().filter(comecou).collect();
        if comecados.is_empty() {
            dizer("Você ainda não começou nenhum exercício.");
            if let Some(ficha) = self.proximo() {
                dizer(&format!("O primeiro: cargo conferir {}", ficha.nome));
            }
            return Ok(ExitCode::FAILURE);
        }
        let mut passaram = 0;
        for ficha in &comecados {
            passaram += usize::from(self.conferir(ficha)?);
        }
        dizer(&format!("{passaram} de {} passaram.", comecados.len()));
        Ok(codigo(passaram == comecados.len()))
    }

    /// Compila, roda e dá o veredito. Anota se passou.
    fn conferir(&self, ficha: &Ficha) -> Result<bool> {
        let antes = self.caderno.resumo(&ficha.nome);
        let Some(executavel) = compilar::compilar(&self.raiz, &ficha.nome)? else {
            let _palavra = pedir_a_palavra();
            let frase = self.fichas.diagnostico(ficha, "nao-compila");
            let frase = frase.map_or("O programa não compila.", |d| &d.frase);
            dizer(&format!("{}: {}", ficha.nome, veredito::sem_marcas(frase)));
            self.caderno.anotar(&ficha.nome, None)?;
            return Ok(false);
        };
        let (passou, _palavra) = self.julgar(ficha, &executavel)?;
        self.caderno
            .anotar(&ficha.nome, antes.as_deref().filter(|_| passou))?;
        Ok(passou)
    }

    /// Roda e dá o veredito. A palavra fica com quem ainda vai anotá-lo.
    fn julgar(&self, ficha: &Ficha, executavel: &Path) -> Result<(bool, Palavra)> {
        let conferir = exercicios::conferencia(&ficha.nome)
            .with_context(|| format!("o conferidor não sabe conferir {}", ficha.nome))?;
        let resultado = conferir(&Programa::novo(executavel));
        let palavra = pedir_a_palavra();
        match &resultado {
            Ok(()) => dizer(&veredito::passou(ficha)),
            Err(falha) => {
                dizer(&veredito::nao_passou(&self.fichas, ficha, falha));
                self.lembrar_do_livro();
            }
        }
        Ok((resultado.is_ok(), palavra))
    }

    /// Confere agora e a cada vez que o programa muda. Só Ctrl-C acaba.
    fn observar(&self, nome: Option<&str>) -> Result<ExitCode> {
        let mut escolhido = nome.map(str::to_string);
        loop {
            let ficha = match &escolhido {
                Some(nome) => self.ficha(nome),
                None => self.proximo(),
            };
            let Some(ficha) = ficha else {
                if nome.is_some() {
                    return Ok(ExitCode::from(CODIGO_DE_USO));
                }
                dizer("Não falta nenhum.");
                return Ok(ExitCode::SUCCESS);
            };
            escolhido = Some(ficha.nome.clone());
            let novo = self.caderno.comecar(&ficha.nome)?;
            if novo {
                self.apresentar(ficha);
            }
            let visto = self.caderno.resumo(&ficha.nome);
            let passou = !novo && self.conferir(ficha)?;
            if passou && nome.is_none() {
                escolhido = None;
                continue;
            }
            dizer(&format!(
                "— esperando que você salve {} (Ctrl-C acaba) —",
                Caderno::arquivo(&ficha.nome)
            ));
            while self.caderno.resumo(&ficha.nome) == visto {
                thread::sleep(OLHADA);
            }
        }
    }

    /// Diz onde está o programa recém-criado, e o que fazer com ele.
    fn apresentar(&self, ficha: &Ficha) {
        let arquivo = Caderno::arquivo(&ficha.nome);
        let enunciado = format!("{}#exercicio-{}", ficha.capitulo, ficha.nome);
        dizer(&format!(
            "Criei {arquivo}, o começo de “{}”.\n\
             O enunciado e as dicas: {}\n\
             Mude o programa e rode de novo: cargo conferir {}",
            veredito::sem_marcas(&ficha.titulo),
            veredito::onde_se_le(&enunciado),
            ficha.nome
        ));
        self.lembrar_do_livro();
    }

    /// O que se manda ler só existe depois que o livro é montado.
    fn lembrar_do_livro(&self) {
        if !self.raiz.join(veredito::onde_se_le("index.md")).is_file() {
            dizer("O livro ainda não foi montado nesta pasta. Monte-o com: cargo run");
        }
    }
}

fn codigo(passou: bool) -> ExitCode {
    if passou {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A raiz do projeto: a pasta com as fichas, desta para cima, ou a de onde o conferidor foi
/// compilado.
fn raiz() -> Result<PathBuf> {
    let aqui = std::env::current_dir()
        .context("não foi possível saber em que pasta você está. Entre com cd em uma que exista")?;
    let de_onde_veio = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    aqui.ancestors()
        .chain(de_onde_veio)
        .find(|pasta| pasta.join(conferidor::ARQUIVO_DAS_FICHAS).is_file())
        .map(Path::to_path_buf)
        .context("não achei os exercícios nesta pasta nem acima dela: rode na pasta do livro")
}

/// De quem é a vez de falar: de quem dá um veredito e o anota, ou de quem interrompe. Um
/// programa que morreu porque alguém teclou Ctrl-C não merece veredito.
static PALAVRA: Mutex<()> = Mutex::new(());

type Palavra = MutexGuard<'static, ()>;

/// A vez de falar, quando for. Depois de uma interrupção não é mais.
fn pedir_a_palavra() -> Palavra {
    PALAVRA.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Deixa acabar quem está falando, e não deixa ninguém mais falar. Se a saída dele está
/// parada, não se espera por ela.
#[cfg(unix)]
fn tomar_a_palavra() -> Option<Palavra> {
    let ate = Instant::now() + ULTIMAS_PALAVRAS;
    loop {
        match PALAVRA.try_lock() {
            Ok(palavra) => return Some(palavra),
            Err(TryLockError::Poisoned(palavra)) => return Some(palavra.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() >= ate => return None,
            Err(TryLockError::WouldBlock) => thread::sleep(PASSO),
        }
    }
}

/// Ctrl-C acaba com o programa que se confere e com o conferidor.
#[cfg(unix)]
fn acabar_com_ctrl_c() {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    // Sem isto o Ctrl-C acaba só com o conferidor: pior, e não motivo de não conferir.
    let Ok(mut sinais) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return;
    };
    thread::spawn(move || {
        if let Some(sinal) = sinais.forever().next() {
            let _palavra = tomar_a_palavra();
            conferidor::matar_todos();
            std::process::exit(128 + sinal);
        }
    });
}

/// Uma linha na saída. Se ninguém a lê, o código de saída ainda diz o que houve.
fn dizer(texto: &str) {
    let _ = writeln!(std::io::stdout(), "{texto}");
}

fn reclamar(texto: &str) {
    let _ = writeln!(std::io::stderr(), "erro: {texto}");
}
