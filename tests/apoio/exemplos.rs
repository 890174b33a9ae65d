//! Os programas de `examples/`, compilados agora.
//!
//! `cargo test --test x` não recompila os exemplos: sem isto, uma prova poderia
//! rodar o programa de ontem.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;

use crate::{Falha, raiz};

/// O que saiu da compilação dos exemplos.
struct Exemplos {
    executaveis: BTreeMap<String, PathBuf>,
    /// Os erros do compilador, inteiros, se houve algum.
    erros: Option<String>,
}

/// O executável do exemplo `nome`, recém-compilado. Os exemplos são compilados
/// uma vez por processo, na primeira chamada.
///
/// # Errors
/// Quando o exemplo não existe, ou quando não compila: aí a mensagem traz os
/// erros do compilador inteiros. Um exemplo que compila está disponível mesmo
/// que outro não compile.
pub fn exemplo(nome: &str) -> Result<PathBuf, Falha> {
    static EXEMPLOS: OnceLock<Exemplos> = OnceLock::new();
    let exemplos = EXEMPLOS.get_or_init(compilar);
    if let Some(executavel) = exemplos.executaveis.get(nome) {
        return Ok(executavel.clone());
    }
    Err(Falha::nova(match &exemplos.erros {
        Some(erros) => {
            format!("não há executável do exemplo {nome:?}: os exemplos não compilam\n\n{erros}")
        }
        None => format!(
            "não existe o exemplo {nome:?}; existem: {}",
            exemplos
                .executaveis
                .keys()
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }))
}

fn compilar() -> Exemplos {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let saida = Command::new(cargo)
        .args(["build", "-p", "sockets", "--examples", "--keep-going"])
        .arg("--message-format=json")
        .current_dir(raiz())
        .output();
    match saida {
        Ok(saida) => ler(&saida),
        Err(erro) => Exemplos {
            executaveis: BTreeMap::new(),
            erros: Some(format!("não foi possível rodar o cargo: {erro}")),
        },
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
