//! Um servidor em outro processo, e a memória que ele gasta.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// Quanto se espera entre duas olhadas em um servidor que começa.
const OLHADA: Duration = Duration::from_millis(50);

/// Um servidor do livro que roda enquanto isto existir.
pub struct Servidor {
    processo: Child,
    /// Aberta: quem não tem a quem mostrar nada acaba.
    saida: BufReader<ChildStdout>,
    /// Onde ele atende.
    pub endereco: SocketAddr,
}

/// O que um processo gasta, em KiB (`proc_pid_status(5)`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gasto {
    /// `RssAnon`: a memória de verdade que só este processo usa.
    pub memoria: u64,
    /// `VmData`: o que ele reservou, tenha usado ou não; as pilhas das threads inteiras.
    pub reservado: u64,
    /// `VmPTE`: as tabelas com que o núcleo acha cada página dele.
    pub tabelas: u64,
    /// `Threads`: quantas ele tem.
    pub threads: u64,
}

impl Servidor {
    /// Roda o exemplo `nome`, que tem de estar compilado na pasta do programa que
    /// chama, em uma porta livre.
    ///
    /// # Errors
    /// Quando ele não está lá, não começa ou não diz o endereço.
    pub fn comecar(nome: &str) -> Result<Self> {
        let executavel = vizinho(nome)?;
        let mut processo = Command::new(&executavel)
            .arg("127.0.0.1:0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| {
                format!(
                    "não foi possível rodar {}: compile antes, com \
                     cargo build --release --examples",
                    executavel.display()
                )
            })?;
        let saida =
            processo.stdout.take().context("o servidor não tem saída")?;
        let mut servidor = Self {
            processo,
            saida: BufReader::new(saida),
            endereco: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let mut linha = String::new();
        servidor.saida.read_line(&mut linha)?;
        let endereco = linha.trim_end().rsplit(' ').next();
        servidor.endereco = endereco
            .and_then(|endereco| endereco.parse().ok())
            .with_context(|| {
                format!("{nome} não disse onde atende, e sim {linha:?}")
            })?;
        Ok(servidor)
    }

    /// O que ele gasta quando acabou de começar: espera até que duas olhadas
    /// seguidas vejam o mesmo.
    ///
    /// # Errors
    /// Os de [`gasto`](Self::gasto).
    pub fn gasto_no_comeco(&self) -> Result<Gasto> {
        let mut antes = self.gasto()?;
        loop {
            thread::sleep(OLHADA);
            let agora = self.gasto()?;
            if agora == antes {
                return Ok(agora);
            }
            antes = agora;
        }
    }

    /// O que ele gasta agora.
    ///
    /// # Errors
    /// Onde não há `/proc`, que só o Linux tem.
    pub fn gasto(&self) -> Result<Gasto> {
        let arquivo = format!("/proc/{}/status", self.processo.id());
        let texto = fs::read_to_string(&arquivo).with_context(|| {
            format!("não foi possível ler {arquivo}, que só há no Linux")
        })?;
        Gasto::ler(&texto)
            .with_context(|| format!("{arquivo} não diz quanto ele gasta"))
    }
}

impl Drop for Servidor {
    fn drop(&mut self) {
        // Se já acabou, não há o que fazer.
        let _ = self.processo.kill();
        let _ = self.processo.wait();
    }
}

impl Gasto {
    fn ler(status: &str) -> Option<Self> {
        let campo = |nome: &str| -> Option<u64> {
            let linha = status.lines().find_map(|linha| {
                let resto = linha.strip_prefix(nome)?;
                resto.strip_prefix(':')
            });
            linha?.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            memoria: campo("RssAnon")?,
            reservado: campo("VmData")?,
            tabelas: campo("VmPTE")?,
            threads: campo("Threads")?,
        })
    }

    /// Quanto isto passa de `antes`, campo por campo; o que diminuiu conta zero.
    #[must_use]
    pub fn desde(&self, antes: &Self) -> Self {
        Self {
            memoria: self.memoria.saturating_sub(antes.memoria),
            reservado: self.reservado.saturating_sub(antes.reservado),
            tabelas: self.tabelas.saturating_sub(antes.tabelas),
            threads: self.threads.saturating_sub(antes.threads),
        }
    }
}

/// O executável de outro exemplo, na pasta deste.
fn vizinho(nome: &str) -> Result<PathBuf> {
    let este = env::current_exe().context("não sei onde está este programa")?;
    let nome = format!("{nome}{}", env::consts::EXE_SUFFIX);
    Ok(este.with_file_name(nome))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn cada_campo_vem_da_sua_linha() {
        let status = "Name:\tx\nVmPTE:\t  8 kB\nVmData:\t300 kB\nRssAnon:\t 40 kB\nThreads:\t5\n";
        let gasto = Gasto::ler(status).unwrap();
        let esperado = Gasto {
            memoria: 40,
            reservado: 300,
            tabelas: 8,
            threads: 5,
        };
        assert_eq!(gasto, esperado);
        assert_eq!(gasto.desde(&esperado), Gasto::default());
        assert_eq!(Gasto::ler("Name:\tx\n"), None);
    }
}
