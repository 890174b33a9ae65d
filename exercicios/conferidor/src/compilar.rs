//! Compila o programa de quem estuda, sem rede, e diz onde ficou o executável.

use std::env;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Quanto uma compilação pode levar: a primeira, em uma máquina lenta, inclusive.
const PRAZO: Duration = Duration::from_secs(600);

/// De quanto em quanto tempo se pergunta se o cargo acabou.
const PASSO: Duration = Duration::from_millis(20);

/// Compila `nome`, do pacote `exercicios` do projeto em `raiz`. As mensagens do compilador
/// vão direto para o terminal; `None` quando ele as deu e não há executável.
///
/// # Errors
/// Quando o cargo não roda, não acaba no prazo ou não chega a compilar.
pub fn compilar(raiz: &Path, nome: &str) -> Result<Option<PathBuf>> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut comando = Command::new(cargo);
    comando
        .current_dir(raiz)
        // Tudo que um exercício usa o próprio conferidor já usa: nada falta baixar.
        .args([
            "build",
            "--quiet",
            "--offline",
            "--package",
            "exercicios",
            "--bin",
            nome,
        ])
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut filho = comando
        .spawn()
        .context("não foi possível rodar o cargo, que compila o seu programa")?;
    let mut cano = filho.stdout.take().context("o cargo não tem saída")?;
    let leitora = thread::spawn(move || {
        let mut texto = Vec::new();
        // Um erro aqui é o fim do cargo, que o código de saída conta.
        let _ = cano.read_to_end(&mut texto);
        texto
    });
    let ate = Instant::now() + PRAZO;
    let fim = loop {
        if let Some(fim) = filho
            .try_wait()
            .context("não foi possível esperar pelo cargo")?
        {
            break fim;
        }
        if Instant::now() >= ate {
            let _ = filho.kill();
            let _ = filho.wait();
            bail!(
                "a compilação passou de {} s e foi interrompida",
                PRAZO.as_secs()
            );
        }
        thread::sleep(PASSO);
    };
    let Ok(mensagens) = leitora.join() else {
        bail!("não foi possível ler o que o cargo disse");
    };
    if !fim.success() {
        if !chegou_a_compilar(&mensagens) {
            bail!(
                "o cargo parou antes de compilar {nome}: o motivo está nas linhas acima, e o seu \
                 programa não tem culpa. Se falta um pacote, rode «cargo fetch» uma vez com internet"
            );
        }
        return Ok(None);
    }
    executavel(&mensagens, nome)
        .with_context(|| format!("o cargo compilou, mas não disse onde está {nome}"))
        .map(Some)
}

/// Cada mensagem do cargo.
fn lidas(mensagens: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(mensagens)
        .lines()
        .filter_map(|linha| serde_json::from_str(linha).ok())
        .collect()
}

/// Se quem falhou foi o compilador: sem um pacote, ou sem disco, o cargo para antes dele.
fn chegou_a_compilar(mensagens: &[u8]) -> bool {
    lidas(mensagens)
        .iter()
        .any(|mensagem| mensagem["reason"] == "build-finished")
}

fn executavel(mensagens: &[u8], nome: &str) -> Option<PathBuf> {
    lidas(mensagens).iter().find_map(|mensagem| {
        let e_este = mensagem["target"]["name"] == nome;
        let caminho = mensagem["executable"].as_str().filter(|_| e_este)?;
        Some(PathBuf::from(caminho))
    })
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn acha_o_executavel_certo_nas_mensagens() {
        let mensagens = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"outro"},"executable":"/x/outro"}"#,
            "\nnão é json\n",
            r#"{"reason":"compiler-artifact","target":{"name":"bind"},"executable":"/x/bind"}"#,
        );
        let achado = executavel(mensagens.as_bytes(), "bind");
        assert_eq!(achado, Some(PathBuf::from("/x/bind")));
        assert_eq!(executavel(mensagens.as_bytes(), "recv"), None);
    }
}
