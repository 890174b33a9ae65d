//! Um processo com prazo, do qual nada sobra: nem ele, nem os filhos.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

/// De quanto em quanto tempo se pergunta se o processo acabou.
const ENTRE_PERGUNTAS: Duration = Duration::from_millis(20);

/// Como acabou um processo.
#[derive(Debug, PartialEq, Eq)]
pub enum Fim {
    /// Por si.
    Acabou(ExitStatus),
    /// Passou do prazo, e foi encerrado.
    Prazo,
    /// A pessoa desistiu, e ele foi encerrado.
    Interrompido,
}

/// Se a pessoa desistiu: Ctrl-C ou um pedido de término, enquanto isto existe.
#[derive(Debug)]
pub struct Interrupcao {
    pedida: Arc<AtomicBool>,
    registros: Vec<SigId>,
}

impl Interrupcao {
    /// Passa a guardar o pedido, em vez de acabar na hora.
    ///
    /// # Errors
    /// O sistema que não deixa.
    pub fn vigiar() -> io::Result<Self> {
        let pedida = Arc::new(AtomicBool::new(false));
        let registros = [SIGINT, SIGTERM]
            .map(|sinal| flag::register(sinal, Arc::clone(&pedida)))
            .into_iter()
            .collect::<io::Result<_>>()?;
        Ok(Self { pedida, registros })
    }

    /// Se já desistiu.
    pub fn pedida(&self) -> bool {
        self.pedida.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupcao {
    fn drop(&mut self) {
        for registro in self.registros.drain(..) {
            low_level::unregister(registro);
        }
    }
}

/// Roda `comando` até o fim, o prazo ou a desistência. Na volta não há mais processo.
///
/// # Errors
/// O programa que não começa.
pub fn rodar(comando: &mut Command, prazo: Duration, parar: &Interrupcao) -> io::Result<Fim> {
    separar(comando);
    let limite = Instant::now() + prazo;
    let mut filho = Arvore {
        lider: comando.spawn()?,
        colhida: false,
    };
    loop {
        if filho.acabou()? {
            return filho.colher().map(Fim::Acabou);
        }
        if parar.pedida() {
            return Ok(Fim::Interrompido);
        }
        if Instant::now() >= limite {
            return Ok(Fim::Prazo);
        }
        thread::sleep(ENTRE_PERGUNTAS);
    }
}

/// Um processo e os filhos dele, que morrem quando isto sai de uso.
struct Arvore {
    lider: Child,
    colhida: bool,
}

impl Arvore {
    /// Encerra o que sobrou e diz como o processo acabou.
    fn colher(&mut self) -> io::Result<ExitStatus> {
        self.colhida = true;
        matar(&mut self.lider);
        self.lider.wait()
    }
}

impl Drop for Arvore {
    fn drop(&mut self) {
        if !self.colhida {
            let _ = self.colher();
        }
    }
}

#[cfg(unix)]
fn separar(comando: &mut Command) {
    use std::os::unix::process::CommandExt;
    comando.process_group(0);
}

#[cfg(unix)]
impl Arvore {
    /// Se o processo acabou. Ele fica por colher: enquanto está, o número do grupo é
    /// dele, e não há como encerrar por engano o grupo de outro.
    fn acabou(&mut self) -> io::Result<bool> {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let como = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(Pid::from_child(&self.lider)), como)?.is_some())
    }
}

#[cfg(unix)]
fn matar(processo: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    // Falha quando já não há ninguém no grupo: é o que se queria.
    let _ = kill_process_group(Pid::from_child(processo), Signal::KILL);
}

#[cfg(not(unix))]
fn separar(_: &mut Command) {}

#[cfg(not(unix))]
impl Arvore {
    fn acabou(&mut self) -> io::Result<bool> {
        Ok(self.lider.try_wait()?.is_some())
    }
}

#[cfg(not(unix))]
fn matar(processo: &mut Child) {
    // A árvore inteira, que o sistema só mata a pedido; e ele mesmo, se o pedido não vale.
    let _ = Command::new("taskkill")
        .args(["/T", "/F", "/PID", &processo.id().to_string()])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    let _ = processo.kill();
}

#[cfg(all(test, unix))]
mod testes {
    use std::io::Read;
    use std::process::Stdio;

    use super::*;

    /// Um `sh` que abre um filho eterno e espera; o cano só fecha quando os dois morrem.
    fn eterno() -> (Command, io::PipeReader) {
        let (leitura, escrita) = io::pipe().unwrap();
        let mut comando = Command::new("sh");
        comando
            .args(["-c", "sleep 1000 & echo comecei; wait"])
            .stdin(Stdio::null())
            .stdout(escrita);
        (comando, leitura)
    }

    #[test]
    fn no_prazo_morrem_o_processo_e_o_filho_dele() {
        let parar = Interrupcao::vigiar().unwrap();
        let (mut comando, mut leitura) = eterno();
        let fim = rodar(&mut comando, Duration::from_millis(300), &parar).unwrap();
        assert_eq!(fim, Fim::Prazo);
        drop(comando);
        let mut dito = String::new();
        leitura.read_to_string(&mut dito).unwrap();
        assert!(dito.is_empty() || dito == "comecei\n", "{dito}");
    }

    #[test]
    fn quem_desiste_nao_deixa_nada() {
        let parar = Interrupcao::vigiar().unwrap();
        parar.pedida.store(true, Ordering::Relaxed);
        let (mut comando, mut leitura) = eterno();
        let fim = rodar(&mut comando, Duration::from_secs(600), &parar).unwrap();
        assert_eq!(fim, Fim::Interrompido);
        drop(comando);
        leitura.read_to_end(&mut Vec::new()).unwrap();
    }

    #[test]
    fn quem_acaba_antes_dos_filhos_nao_os_deixa() {
        let parar = Interrupcao::vigiar().unwrap();
        let (leitura, escrita) = io::pipe().unwrap();
        let mut comando = Command::new("sh");
        comando.args(["-c", "sleep 1000 & exit 3"]).stdout(escrita);
        let fim = rodar(&mut comando, Duration::from_secs(600), &parar).unwrap();
        let Fim::Acabou(estado) = fim else {
            panic!("{fim:?}")
        };
        assert_eq!(estado.code(), Some(3));
        drop(comando);
        let mut leitura = leitura;
        leitura.read_to_end(&mut Vec::new()).unwrap();
    }
}
