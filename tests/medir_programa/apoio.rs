//! Rodar o programa e ler o que ele guardou.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use libtest_mimic::{Completion, Failed, Trial};
use provas::{Falha, Filho, medir};
use tempfile::TempDir;

/// Quanto se espera por qualquer coisa: a máquina pode estar ocupada com outros.
pub const PRAZO: Duration = Duration::from_secs(180);

/// Sessenta passos curtos: dá para parar no meio.
pub const SESSENTA_PASSOS: [&str; 7] = [
    "pergunta-resposta",
    "--perda",
    "1",
    "--quantos",
    "40",
    "--rodadas",
    "20",
];

/// Roda o programa com estes argumentos.
pub fn rodar<T: AsRef<str>>(argumentos: &[T]) -> Result<Filho, Falha> {
    let argumentos: Vec<&str> = argumentos.iter().map(AsRef::as_ref).collect();
    let mut comando = Command::new(medir::programa()?);
    comando.args(&argumentos);
    let nome = format!("medir {}", argumentos.join(" "));
    Ok(Filho::rodar(&nome, comando)?.com_prazo(PRAZO))
}

/// Os argumentos com a pasta dos resultados a mais.
pub fn em(pasta: &Path, argumentos: &[&str]) -> Vec<String> {
    let pasta = pasta.to_string_lossy().into_owned();
    let argumentos = argumentos.iter().map(ToString::to_string);
    argumentos.chain(["--resultados".into(), pasta]).collect()
}

/// Uma pasta que some no fim da prova.
pub fn pasta() -> Result<TempDir, Falha> {
    tempfile::tempdir().map_err(|erro| Falha::nova(erro.to_string()))
}

/// Uma linha de uma tabela: o valor de cada coluna.
pub type Linha = BTreeMap<String, String>;

/// As linhas de `tabela`. Tem de estar inteira: uma linha pela metade é uma falha.
pub fn tabela(pasta: &Path, nome: &str) -> Result<Vec<Linha>, Falha> {
    let arquivo = pasta.join(format!("{nome}.csv"));
    let falha =
        |o_que: &dyn std::fmt::Display| Falha::nova(format!("{}: {o_que}", arquivo.display()));
    let texto = fs::read_to_string(&arquivo).map_err(|e| falha(&e))?;
    if !texto.ends_with('\n') {
        return Err(falha(&format!("a última linha não acabou: {texto:?}")));
    }
    let mut leitor = csv::Reader::from_reader(texto.as_bytes());
    let linhas = leitor
        .deserialize()
        .map(|linha| linha.map_err(|e| falha(&e)));
    linhas.collect()
}

/// Os valores de uma coluna.
pub fn coluna(linhas: &[Linha], nome: &str) -> Vec<String> {
    let valores = linhas.iter().map(|linha| linha.get(nome).cloned());
    valores.map(Option::unwrap_or_default).collect()
}

/// Quantos passos o diário já tem.
#[cfg(target_os = "linux")]
pub fn passos_feitos(pasta: &Path) -> usize {
    let texto = fs::read_to_string(pasta.join("passos.csv")).unwrap_or_default();
    texto.matches('\n').count().saturating_sub(1)
}

/// Uma prova que não mede nada.
pub fn prova(nome: &str, roda: impl FnOnce() -> Result<(), Falha> + Send + 'static) -> Trial {
    Trial::test(nome, move || roda().map_err(Failed::from))
}

/// Uma prova que mede: precisa de espaços de rede.
pub fn prova_que_mede(
    nome: impl Into<String>,
    roda: impl FnOnce() -> Result<(), Falha> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(nome, move || {
        if let Err(ausente) = medir::possivel() {
            return ausente.concluir();
        }
        roda().map_err(Failed::from)?;
        Ok(Completion::Completed)
    })
}

/// `certo`, ou a falha com o que o programa mostrou.
pub fn exigir(medir: &Filho, certo: bool, o_que: &str) -> Result<(), Falha> {
    if certo {
        Ok(())
    } else {
        Err(medir.falha(o_que))
    }
}
