//! O livro se remonta quando uma fonte dele muda.

use std::io;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::livro::{Estante, Livro};
use crate::construir::{self, Resultado};
use crate::destino;
use crate::problema::Problema;
use crate::{causa, dizer, mostrar_problemas, oficina};

/// O que a editora lê, a partir da raiz.
const FONTES: &[&str] = &["book", "examples", "src", "tests", "exercicios"];

/// Quanto as fontes têm de ficar quietas: um editor salva um arquivo em vários passos.
const SOSSEGO: Duration = Duration::from_millis(200);

/// Com mudanças sem parar, monta-se assim mesmo depois disto.
const PACIENCIA: Duration = Duration::from_secs(5);

/// Quanto se espera, ao encerrar, por uma montagem que está no meio.
const PRAZO_DO_FIM: Duration = Duration::from_secs(10);

/// O lugar em que se monta: o livro de `target/livro` fica como estava.
pub struct Oficina(oficina::Oficina);

impl Oficina {
    /// Abre uma oficina em `target`.
    ///
    /// # Errors
    /// Quando não se pode escrever ali.
    pub fn abrir(raiz: &Path) -> Result<Self> {
        let mae = raiz.join("target");
        std::fs::create_dir_all(&mae)
            .and_then(|()| {
                oficina::recolher(&mae);
                oficina::Oficina::abrir(&mae)
            })
            .map(Self)
            .with_context(|| format!("não foi possível escrever em {}", mae.display()))
    }

    /// Monta o livro de `raiz`, dizendo cada passo se se pede.
    ///
    /// # Errors
    /// Quando o disco recusa; um livro errado volta com os problemas.
    pub fn montar(&self, raiz: &Path, contar: bool) -> Result<Result<Livro, Vec<Problema>>> {
        let destino = destino::validar(&self.0.obra().join("livro"), raiz)?;
        let dizer = |passo: &str| {
            if contar {
                dizer(io::stderr(), passo);
            }
        };
        Ok(match construir::construir(raiz, &destino, &dizer)? {
            Resultado::Pronto => Ok(Livro::ler(destino.pasta())?),
            Resultado::Problemas(problemas) => Err(problemas),
        })
    }
}

/// Quem vigia; ao sair de uso, para, e a oficina se apaga.
pub struct Vigia {
    vigia: Option<RecommendedWatcher>,
    /// Fecha-se quando a última montagem acabou e a oficina se apagou.
    acabou: mpsc::Receiver<()>,
}

impl Drop for Vigia {
    fn drop(&mut self) {
        drop(self.vigia.take());
        // O que não acabar a tempo fica para a próxima editora recolher.
        let _ = self.acabou.recv_timeout(PRAZO_DO_FIM);
    }
}

/// Remonta o livro na `estante` a cada mudança das fontes.
///
/// # Errors
/// Quando o sistema não deixa vigiar.
pub fn vigiar(raiz: &Path, oficina: Oficina, estante: Estante) -> Result<Vigia> {
    let (avisar, avisado) = mpsc::channel();
    let mut vigia = notify::recommended_watcher(move |mudanca: notify::Result<notify::Event>| {
        // Montar o livro lê as fontes, e ler não é mudar.
        let mudou = mudanca.is_ok_and(|mudanca| !matches!(mudanca.kind, EventKind::Access(_)));
        if mudou {
            // Sem ninguém do outro lado, o programa está acabando.
            let _ = avisar.send(());
        }
    })
    .context("não foi possível vigiar as fontes")?;
    for fonte in FONTES {
        let pasta = raiz.join(fonte);
        if pasta.is_dir() {
            vigia
                .watch(&pasta, RecursiveMode::Recursive)
                .with_context(|| format!("não foi possível vigiar {}", pasta.display()))?;
        }
    }
    let raiz = raiz.to_path_buf();
    let (avisar_o_fim, acabou) = mpsc::channel();
    thread::Builder::new()
        .name("vigia".into())
        .spawn(move || {
            let _ao_sair = avisar_o_fim;
            remontar(&raiz, &oficina, &estante, &avisado);
            drop(oficina);
        })
        .context("não foi possível começar a vigiar as fontes")?;
    Ok(Vigia {
        vigia: Some(vigia),
        acabou,
    })
}

/// Remonta a cada aviso, até que não haja mais quem avise.
fn remontar(raiz: &Path, oficina: &Oficina, estante: &Estante, avisado: &mpsc::Receiver<()>) {
    while avisado.recv().is_ok() {
        let desde = Instant::now();
        while desde.elapsed() < PACIENCIA && avisado.recv_timeout(SOSSEGO).is_ok() {}
        if matches!(
            avisado.recv_timeout(Duration::ZERO),
            Err(RecvTimeoutError::Disconnected)
        ) {
            return;
        }
        let inicio = Instant::now();
        match oficina.montar(raiz, false) {
            Ok(Ok(livro)) => {
                estante.trocar(livro);
                let segundos = format!("{:.1}", inicio.elapsed().as_secs_f64()).replace('.', ",");
                dizer(io::stdout(), &format!("Livro remontado em {segundos} s."));
            }
            Ok(Err(problemas)) => {
                mostrar_problemas(&problemas, true);
                estante.acusar(&problemas);
            }
            Err(erro) => dizer(
                io::stderr(),
                &format!(
                    "erro: não foi possível remontar: {}",
                    causa::historia(&erro)
                ),
            ),
        }
    }
}
