//! Os endereços de fora que o livro e a casa citam: `cargo run -- ligacoes-externas`.
//!
//! Com `--conferir`, cada um é visitado com o `curl` do sistema. Não é uma prova, nem roda
//! sozinho: quem mantém o livro o chama quando quer saber o que saiu do ar.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};
use texto::casa;
use texto::externas::{self, Lugar, TERMINACOES};

use crate::referencias::{self, Referencias};

/// Quantos endereços se visitam ao mesmo tempo.
const AO_MESMO_TEMPO: usize = 8;

/// Quantos segundos se espera por um endereço.
const PRAZO: &str = "20";

/// Um endereço e onde ele aparece.
pub type Externas = BTreeMap<String, Vec<Lugar>>;

/// Todos os endereços, com os que o livro monta a partir dos números das RFCs e dos nomes das
/// páginas de manual.
///
/// # Errors
/// Quando um arquivo não se deixa ler.
pub fn todas(raiz: &Path) -> Result<Externas> {
    let mut achadas = externas::nos_arquivos(&casa::arquivos(raiz, TERMINACOES)?);
    let citadas = match std::fs::read_to_string(raiz.join(referencias::ARQUIVO)) {
        Ok(citadas) => citadas,
        Err(erro) if erro.kind() == io::ErrorKind::NotFound => return Ok(achadas),
        Err(erro) => {
            return Err(erro)
                .with_context(|| format!("não foi possível ler {}", referencias::ARQUIVO));
        }
    };
    let Ok(referencias) = Referencias::ler(&citadas) else {
        bail!(
            "{} tem problemas: rode «cargo run -- construir» para vê-los",
            referencias::ARQUIVO
        );
    };
    for obra in referencias.obras() {
        let lugares = achadas.entry(obra.endereco.clone()).or_default();
        let lugar = (referencias::ARQUIVO.to_string(), obra.linha);
        // A obra que traz o endereço escrito já foi achada no arquivo.
        if !lugares.iter().any(|(arquivo, _)| *arquivo == lugar.0) {
            lugares.push(lugar);
        }
    }
    Ok(achadas)
}

/// Uma linha por endereço: ele e onde aparece.
pub fn linha(endereco: &str, lugares: &[Lugar]) -> String {
    let lugares: Vec<String> = lugares
        .iter()
        .map(|(arquivo, linha)| format!("{arquivo}:{linha}"))
        .collect();
    format!("{endereco} {}", lugares.join(", "))
}

/// Visita cada endereço e conta a `dizer` o que houve com ele, na ordem em que as respostas
/// chegam. Devolve quantos não responderam bem.
///
/// # Errors
/// Quando não há `curl` nesta máquina.
pub fn conferir(externas: &Externas, dizer: &dyn Fn(&str)) -> Result<usize> {
    let versao = curl().arg("--version").stdout(Stdio::null()).status();
    versao.context(
        "não foi possível rodar o curl, que visita os endereços. Instale-o, ou rode sem --conferir",
    )?;
    let fila = Mutex::new(externas.iter());
    let (avisar, avisos) = mpsc::channel();
    let mut ruins = 0;
    thread::scope(|escopo| {
        for _ in 0..AO_MESMO_TEMPO.min(externas.len()) {
            let avisar = avisar.clone();
            let fila = &fila;
            escopo.spawn(move || {
                loop {
                    let proximo = fila.lock().map_or(None, |mut fila| fila.next());
                    let Some((endereco, lugares)) = proximo else {
                        return;
                    };
                    // Quem ouve só deixa de ouvir quando todos acabaram de avisar.
                    let _ = avisar.send((visitar(endereco), linha(endereco, lugares)));
                }
            });
        }
        drop(avisar);
        for (resposta, linha) in avisos {
            match resposta {
                Ok(codigo) => dizer(&format!("{codigo} {linha}")),
                Err(motivo) => {
                    ruins += 1;
                    dizer(&format!("{motivo} {linha}"));
                }
            }
        }
    });
    Ok(ruins)
}

/// O código da resposta; se ele não é de sucesso, ou não veio, o motivo.
fn visitar(endereco: &str) -> Result<String, String> {
    let nada = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let resposta = curl()
        .args([
            "--silent",
            "--show-error",
            "--location",
            "--max-time",
            PRAZO,
        ])
        .args(["--proto", "=http,https", "--user-agent", "Mozilla/5.0"])
        .args(["--output", nada, "--write-out", "%{http_code}", "--"])
        .arg(endereco)
        .output()
        .map_err(|erro| format!("sem resposta ({erro})"))?;
    let codigo = String::from_utf8_lossy(&resposta.stdout).trim().to_string();
    let sucesso = codigo
        .parse::<u16>()
        .is_ok_and(|codigo| (200..400).contains(&codigo));
    if sucesso {
        Ok(codigo)
    } else if resposta.status.success() {
        Err(codigo)
    } else {
        let motivo = String::from_utf8_lossy(&resposta.stderr);
        Err(format!(
            "sem resposta ({})",
            motivo.trim().replace('\n', " ")
        ))
    }
}

fn curl() -> Command {
    let mut curl = Command::new("curl");
    curl.stdin(Stdio::null());
    curl
}
