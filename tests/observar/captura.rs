//! Um `dumpcap` que começou, e os pacotes que ele já guardou.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use provas::{Falha, Filho, prazo_padrao};
use tempfile::TempDir;

use crate::bancada::Computador;
use crate::pacotes::{Quadro, do_dumpcap};

/// De quanto em quanto tempo se olha o arquivo.
const OLHADA: Duration = Duration::from_millis(5);

/// Uma captura em andamento.
pub struct Captura {
    dumpcap: Filho,
    arquivo: PathBuf,
    _pasta: TempDir,
}

impl Captura {
    /// Começa a guardar o que passa por `interface` e o `filtro` deixa, e só volta
    /// quando nada mais se perde.
    ///
    /// # Errors
    /// O que o dumpcap não conseguiu.
    pub fn comecar(onde: &Computador, interface: &str, filtro: &str) -> Result<Self, Falha> {
        let pasta = tempfile::tempdir().map_err(|erro| Falha::nova(erro.to_string()))?;
        let arquivo = pasta.path().join("captura.pcapng");
        // O tcpdump quer trocar de usuário, e em um espaço com um só não pode.
        let mut dumpcap = Command::new("dumpcap");
        dumpcap
            .args(["-q", "-i", interface, "-f", filtro, "-w"])
            .arg(&arquivo);
        let mut dumpcap = Filho::rodar("dumpcap", onde.comando(&dumpcap))?;
        dumpcap.esperar_linha_com("File: ")?;
        Ok(Self {
            dumpcap,
            arquivo,
            _pasta: pasta,
        })
    }

    /// Espera que `completa` aceite os pacotes, acaba a captura e os devolve.
    ///
    /// # Errors
    /// Quando o prazo acaba antes.
    pub fn acabar(mut self, completa: impl Fn(&[Quadro]) -> bool) -> Result<Vec<Quadro>, Falha> {
        let limite = Instant::now() + prazo_padrao();
        loop {
            let quadros = do_dumpcap(&fs::read(&self.arquivo).unwrap_or_default())?;
            if completa(&quadros) {
                break;
            }
            if Instant::now() > limite {
                let vistos: Vec<_> = quadros.iter().map(Quadro::segmento).collect();
                return Err(self
                    .dumpcap
                    .falha(&format!("ainda faltam pacotes: {vistos:?}")));
            }
            thread::sleep(OLHADA);
        }
        self.dumpcap.matar();
        do_dumpcap(&fs::read(&self.arquivo).unwrap_or_default())
    }
}
