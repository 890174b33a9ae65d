//! Os programas de `examples/`, compilados agora.
//!
//! `cargo test --test x` não recompila os exemplos: sem isto, uma prova poderia
//! rodar o programa de ontem.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::{Falha, raiz};

/// Um exemplo, como um comando o pede.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Programa {
    /// O nome do exemplo.
    pub nome: String,
    /// Se o comando diz `--release`.
    pub otimizado: bool,
}

/// O que saiu da compilação dos exemplos.
struct Exemplos {
    executaveis: BTreeMap<String, PathBuf>,
    /// Os erros do compilador, inteiros, se houve algum.
    erros: Option<String>,
}

/// O executável do exemplo `nome`, recém-compilado. Os do pacote `sockets` são
/// compilados uma vez por processo, na primeira chamada; os de outro pacote, cada um
/// quando é pedido.
///
/// # Errors
/// Quando o exemplo não existe, ou quando não compila: aí a mensagem traz os
/// erros do compilador inteiros. Um exemplo que compila está disponível mesmo
/// que outro não compile.
pub fn exemplo(nome: &str) -> Result<PathBuf, Falha> {
    static EXEMPLOS: OnceLock<Exemplos> = OnceLock::new();
    let exemplos =
        EXEMPLOS.get_or_init(|| compilar(&mut cargo("build", &["--examples", "--keep-going"])));
    if exemplos.executaveis.contains_key(nome) || exemplos.erros.is_some() {
        return exemplos.executavel(nome);
    }
    so_este(&Programa {
        nome: nome.to_string(),
        otimizado: false,
    })
}

/// O executável do programa, recém-compilado; com `--release`, uma vez por processo e
/// por programa, que pode ser de qualquer pacote.
///
/// # Errors
/// Os de [`exemplo`].
pub fn executavel(programa: &Programa) -> Result<PathBuf, Falha> {
    if programa.otimizado {
        so_este(programa)
    } else {
        exemplo(&programa.nome)
    }
}

/// Compila só este programa, uma vez por processo, seja de que pacote for.
fn so_este(programa: &Programa) -> Result<PathBuf, Falha> {
    static PRONTOS: Mutex<BTreeMap<Programa, Exemplos>> = Mutex::new(BTreeMap::new());
    // Um pânico em outra prova não estraga o que já se compilou.
    let mut prontos = PRONTOS.lock().unwrap_or_else(PoisonError::into_inner);
    let compilado = prontos.entry(programa.clone()).or_insert_with(|| {
        let mut cargo = cargo_na_raiz("build");
        cargo.args(["--example", &programa.nome]);
        if programa.otimizado {
            cargo.arg("--release");
        }
        compilar(&mut cargo)
    });
    compilado.executavel(&programa.nome)
}

/// O chat com a tela (a feature `tela`), recém-compilado uma vez por processo.
///
/// Fica em uma pasta de compilação só dele: com outras features, o executável
/// teria o mesmo caminho do que não tem tela e tomaria o lugar dele.
///
/// # Errors
/// Quando não compila.
pub fn chat_com_tela() -> Result<PathBuf, Falha> {
    static CHAT: OnceLock<Exemplos> = OnceLock::new();
    CHAT.get_or_init(|| compilar(com_tela("build").args(["--example", "chat"])))
        .executavel("chat")
}

/// As provas de unidade da biblioteca com a feature `tela`, recém-compiladas uma vez
/// por processo.
///
/// # Errors
/// Quando não compilam.
pub fn provas_com_tela() -> Result<PathBuf, Falha> {
    static PROVAS: OnceLock<Exemplos> = OnceLock::new();
    PROVAS
        .get_or_init(|| compilar(com_tela("test").args(["--lib", "--no-run"])))
        .executavel("sockets")
}

/// `cargo VERBO` do pacote dos programas, com a feature `tela`, em uma pasta de
/// compilação só dela.
fn com_tela(verbo: &str) -> Command {
    let mut cargo = cargo(verbo, &["--features", "tela"]);
    // Um executável de prova fica em ALVO/debug/deps.
    let aqui = env::current_exe().unwrap_or_default();
    let alvo = aqui
        .ancestors()
        .nth(3)
        .map_or_else(|| raiz().join("target"), PathBuf::from);
    cargo.arg("--target-dir").arg(alvo.join("tela"));
    cargo
}

fn cargo(verbo: &str, argumentos: &[&str]) -> Command {
    let mut cargo = cargo_na_raiz(verbo);
    cargo.args(["-p", "sockets"]).args(argumentos);
    cargo
}

/// `cargo VERBO`, de onde o leitor o roda.
fn cargo_na_raiz(verbo: &str) -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo.arg(verbo).current_dir(raiz());
    cargo
}

fn compilar(cargo: &mut Command) -> Exemplos {
    match cargo.arg("--message-format=json").output() {
        Ok(saida) => ler(&saida),
        Err(erro) => Exemplos {
            executaveis: BTreeMap::new(),
            erros: Some(format!("não foi possível rodar o cargo: {erro}")),
        },
    }
}

impl Exemplos {
    fn executavel(&self, nome: &str) -> Result<PathBuf, Falha> {
        if let Some(executavel) = self.executaveis.get(nome) {
            return Ok(executavel.clone());
        }
        Err(Falha::nova(match &self.erros {
            Some(erros) => {
                format!("não há executável de {nome:?}: ele não compila\n\n{erros}")
            }
            None => format!(
                "não existe o exemplo {nome:?}; existem: {}",
                self.executaveis
                    .keys()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        }))
    }
}

/// Separa, nas mensagens do cargo, os executáveis dos erros.
fn ler(saida: &Output) -> Exemplos {
    let texto = String::from_utf8_lossy(&saida.stdout);
    let mensagens = texto
        .lines()
        .filter_map(|linha| serde_json::from_str::<Value>(linha).ok());
    let mut executaveis = BTreeMap::new();
    let mut erros = String::new();
    for mensagem in mensagens {
        if let (Some(nome), Some(executavel)) = (
            mensagem["target"]["name"].as_str(),
            mensagem["executable"].as_str(),
        ) {
            executaveis.insert(nome.to_string(), PathBuf::from(executavel));
        } else if mensagem["message"]["level"] == "error" {
            erros += mensagem["message"]["rendered"].as_str().unwrap_or("");
        }
    }
    if saida.status.success() {
        return Exemplos {
            executaveis,
            erros: None,
        };
    }
    erros += &String::from_utf8_lossy(&saida.stderr);
    Exemplos {
        executaveis,
        erros: Some(erros),
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn um_exemplo_que_nao_existe_e_dito_pelo_nome() {
        let erro = exemplo("nao-existe").unwrap_err().to_string();
        assert!(erro.contains("nao-existe"), "{erro}");
    }

    #[cfg(unix)]
    #[test]
    fn um_erro_de_compilacao_aparece_inteiro_e_nao_esconde_os_outros_exemplos() {
        use std::os::unix::process::ExitStatusExt;
        use std::process::ExitStatus;

        let mensagens = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"bom"},"executable":"/x/bom"}"#,
            "\n",
            r#"{"reason":"compiler-message","target":{"name":"ruim"},"message":{"level":"error","rendered":"error: falta ;\n"}}"#,
        );
        let exemplos = ler(&Output {
            status: ExitStatus::from_raw(101 << 8),
            stdout: mensagens.into(),
            stderr: b"could not compile".to_vec(),
        });
        assert_eq!(exemplos.executaveis["bom"], PathBuf::from("/x/bom"));
        let erros = exemplos.erros.unwrap();
        assert!(
            erros.contains("falta ;") && erros.contains("could not compile"),
            "{erros}"
        );
    }
}
