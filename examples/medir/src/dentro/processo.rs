//! Um comando em um dos computadores, e o fim dele.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use sockets::visivel;

use crate::rede::nucleo;

/// De quanto em quanto tempo se vê se o comando acabou.
const OLHADA: Duration = Duration::from_millis(20);

/// Quanto se espera que um comando acabe por si, ou depois de se pedir.
pub const GRACA: Duration = Duration::from_secs(2);

/// Um comando que está rodando. Se sair de cena, morre.
pub struct Processo {
    filho: Child,
    /// Se tem um grupo de processos só dele.
    grupo: bool,
}

/// Por que se deixou de esperar um comando.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Espera {
    /// Ele acabou.
    Acabou(ExitStatus),
    /// Quem espera não quis mais.
    Desistiu,
}

impl Processo {
    /// Começa `palavras` no computador da thread que chama, com o terminal desta pessoa.
    /// Morre se a thread morrer.
    ///
    /// # Errors
    /// Quando o comando não existe ou não se deixa rodar.
    pub fn com_terminal(palavras: &[OsString]) -> Result<Self> {
        Self::comecar(palavras, false, |comando| comando)
    }

    /// Começa `palavras`, sem entrada, em um grupo de processos só dele: um Ctrl-C no
    /// terminal não chega lá. A saída e os erros vão para o cano. Morre se a thread
    /// morrer.
    ///
    /// # Errors
    /// Os mesmos.
    pub fn com_cano(
        palavras: &[OsString],
        cano: io::PipeWriter,
    ) -> Result<Self> {
        let erros = cano.try_clone()?;
        Self::comecar(palavras, true, |comando| {
            comando
                .stdin(Stdio::null())
                .stdout(cano)
                .stderr(erros)
                .process_group(0)
        })
    }

    fn comecar(
        palavras: &[OsString],
        grupo: bool,
        ajustar: impl FnOnce(&mut Command) -> &mut Command,
    ) -> Result<Self> {
        let (programa, argumentos) =
            palavras.split_first().context("não há comando")?;
        let mut comando = Command::new(programa);
        comando.args(argumentos);
        nucleo::morrer_com_a_thread(ajustar(&mut comando));
        let filho = comando.spawn().with_context(|| {
            let programa = visivel(programa.as_encoded_bytes());
            format!("não foi possível rodar «{programa}»")
        })?;
        Ok(Self { filho, grupo })
    }

    /// Espera que ele acabe, enquanto `continuar` quiser.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn esperar(
        &mut self,
        mut continuar: impl FnMut() -> bool,
    ) -> Result<Espera> {
        loop {
            if let Some(fim) = self.filho.try_wait()? {
                return Ok(Espera::Acabou(fim));
            }
            if !continuar() {
                return Ok(Espera::Desistiu);
            }
            thread::sleep(OLHADA);
        }
    }

    /// Dá-lhe um tempo, `paciencia`, para acabar por si; depois pede que acabe; depois
    /// acaba com ele.
    ///
    /// # Errors
    /// O que o sistema respondeu.
    pub fn acabar(&mut self, paciencia: Duration) -> Result<()> {
        if self.acabou_em(paciencia)? {
            return Ok(());
        }
        self.sinal(Signal::TERM);
        if !self.acabou_em(GRACA)? {
            self.sinal(Signal::KILL);
            self.filho.wait()?;
        }
        Ok(())
    }

    fn acabou_em(&mut self, prazo: Duration) -> Result<bool> {
        let ate = Instant::now() + prazo;
        let espera = self.esperar(|| Instant::now() < ate)?;
        Ok(espera != Espera::Desistiu)
    }

    fn sinal(&self, sinal: Signal) {
        // Só falha se ele já acabou, que é o que se queria.
        let Some(quem) = Pid::from_raw(self.filho.id().cast_signed()) else {
            return;
        };
        let _ = if self.grupo {
            kill_process_group(quem, sinal)
        } else {
            rustix::process::kill_process(quem, sinal)
        };
    }
}

impl Drop for Processo {
    fn drop(&mut self) {
        if self.grupo {
            // Também os que ele começou e deixou.
            self.sinal(Signal::KILL);
        }
        let _ = self.filho.kill();
        let _ = self.filho.wait();
    }
}

/// Se o que acabou com um comando foi um Ctrl-C.
pub fn interrompido(fim: ExitStatus) -> bool {
    fim.signal() == Some(Signal::INT.as_raw())
}

/// Como um comando acabou, em palavras.
pub fn descrever(fim: ExitStatus) -> String {
    match (fim.code(), fim.signal()) {
        (Some(codigo), _) => format!("acabou com o código {codigo}"),
        (None, Some(sinal)) => format!("acabou com o sinal {sinal}"),
        (None, None) => "acabou".into(),
    }
}
