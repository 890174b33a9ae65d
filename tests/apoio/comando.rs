//! O que a pessoa digita no prompt, e como a prova o roda.
//!
//! `cargo run --example NOME -- ARGUMENTOS`, com `--release` ou não, roda direto o
//! executável fresco, em qualquer sistema. O resto é assunto do `sh`, que também só
//! enxerga o executável fresco.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::exemplos::Programa;
use crate::{Falha, raiz};

/// Um comando de uma cena, já interpretado.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Comando {
    /// Um exemplo do livro com argumentos que não precisam de um shell.
    Exemplo {
        programa: Programa,
        argumentos: Vec<String>,
    },
    /// Qualquer outra coisa, para `sh -c`.
    Shell(String),
}

/// `cargo run --example NOME`, com `-q`, `--release` e `--` opcionais, no meio de um
/// comando.
static CARGO: LazyLock<Regex> = LazyLock::new(|| {
    expressao(
        r"\bcargo\s+run\s+(?:(?:-q|--quiet)\s+)?(?<otimizado>--release\s+)?--example[ =](?<nome>[\w-]+)(?:\s+--(?<depois>\s|$))?",
    )
});

/// O mesmo programa, chamado pelo caminho.
static CAMINHO: LazyLock<Regex> =
    LazyLock::new(|| expressao(r"(?:\./)?\btarget/debug/examples/(?<nome>[\w-]+)"));

/// O que, em um comando, pode conter sinais que não separam comandos.
static OPACO: LazyLock<Regex> = LazyLock::new(|| expressao(r#"'[^']*'|"[^"]*"|[0-9]*[<>]&?"#));

/// Um `cargo` que sobrou, como palavra.
static SOBRA: LazyLock<Regex> = LazyLock::new(|| expressao(r"(?:^|[\s;&|(])cargo\s"));

fn expressao(texto: &str) -> Regex {
    Regex::new(texto).expect("a expressão é constante e válida")
}

impl Comando {
    /// Interpreta o que foi digitado.
    pub(crate) fn ler(digitado: &str) -> Self {
        palavras(digitado)
            .and_then(|palavras| exemplo_direto(&palavras))
            .unwrap_or_else(|| Self::Shell(digitado.to_string()))
    }

    /// Se precisa de um `sh` na máquina.
    pub(crate) fn precisa_de_shell(&self) -> bool {
        matches!(self, Self::Shell(_))
    }

    /// Os programas, fora os do livro, que um comando de shell roda.
    pub(crate) fn programas(&self) -> Vec<String> {
        let Self::Shell(digitado) = self else {
            return Vec::new();
        };
        let digitado = OPACO.replace_all(digitado, "_");
        let primeiras = digitado
            .split(['|', ';', '&', '(', ')', '\n'])
            .map(|parte| {
                let mut palavras = parte.split_whitespace();
                palavras.find(|palavra| !palavra.contains('='))
            });
        primeiras
            .flatten()
            .filter(|palavra| *palavra != "cargo" && !palavra.contains('/') && *palavra != "_")
            .map(str::to_string)
            .collect()
    }

    /// O processo que faz o que o comando manda; `exemplo` acha os executáveis.
    pub(crate) fn processo(
        &self,
        exemplo: &dyn Fn(&Programa) -> Result<PathBuf, Falha>,
    ) -> Result<Command, Falha> {
        match self {
            Self::Exemplo {
                programa,
                argumentos,
            } => {
                let mut processo = Command::new(exemplo(programa)?);
                processo.args(argumentos).current_dir(raiz());
                Ok(processo)
            }
            Self::Shell(digitado) => {
                let mut processo = Command::new("sh");
                processo.arg("-c").arg(para_o_shell(digitado, exemplo)?);
                Ok(processo)
            }
        }
    }
}

/// Troca os programas do livro pelos executáveis frescos.
fn para_o_shell(
    digitado: &str,
    exemplo: &dyn Fn(&Programa) -> Result<PathBuf, Falha>,
) -> Result<String, Falha> {
    let mut falha = None;
    let mut trocar = |achado: &Captures<'_>| {
        let depois = achado.name("depois").map_or("", |m| m.as_str());
        let programa = Programa {
            nome: achado["nome"].to_string(),
            otimizado: achado.name("otimizado").is_some(),
        };
        match exemplo(&programa) {
            Ok(caminho) => entre_aspas(&caminho) + depois,
            Err(erro) => {
                falha = Some(erro);
                String::new()
            }
        }
    };
    let trocado = CARGO.replace_all(digitado, &mut trocar);
    let trocado = CAMINHO.replace_all(&trocado, |achado: &Captures<'_>| {
        // O caminho que acabou de ser posto também contém `target/debug/examples/`.
        let comeco = achado.get(0).map_or(0, |m| m.start());
        match trocado.as_bytes().get(comeco.wrapping_sub(1)) {
            Some(b'/' | b'\\') => achado[0].to_string(),
            _ => trocar(achado),
        }
    });
    match falha {
        Some(falha) => Err(falha),
        None if SOBRA.is_match(&trocado) => Err(Falha::nova(format!(
            "não sei trocar o cargo deste comando pelo executável fresco: {digitado}\n\
             use a forma: cargo run [--release] --example NOME -- ARGUMENTOS"
        ))),
        None => Ok(trocado.into_owned()),
    }
}

/// O caminho como uma palavra só para o `sh`, que no Windows também quer `/`.
fn entre_aspas(caminho: &Path) -> String {
    let mut texto = caminho.to_string_lossy().into_owned();
    if cfg!(windows) {
        texto = texto.replace('\\', "/");
    }
    format!("'{}'", texto.replace('\'', r"'\''"))
}

fn exemplo_direto(palavras: &[String]) -> Option<Comando> {
    let textos: Vec<&str> = palavras.iter().map(String::as_str).collect();
    let (nome, otimizado, argumentos) = match textos.as_slice() {
        ["cargo", "run", opcoes @ ..] => {
            let opcoes = match opcoes {
                ["-q" | "--quiet", resto @ ..] => resto,
                todas => todas,
            };
            let (otimizado, opcoes) = match opcoes {
                ["--release", resto @ ..] => (true, resto),
                todas => (false, todas),
            };
            let ["--example", nome, resto @ ..] = opcoes else {
                return None;
            };
            (*nome, otimizado, resto)
        }
        [caminho, resto @ ..] => {
            let nome = CAMINHO.captures(caminho)?.name("nome")?.as_str();
            (nome, false, resto)
        }
        [] => return None,
    };
    let argumentos = match argumentos {
        ["--", argumentos @ ..] if textos[0] == "cargo" => argumentos,
        // Sem `--`, o que começa com hífen seria do cargo.
        [primeiro, ..] if textos[0] == "cargo" && primeiro.starts_with('-') => return None,
        argumentos => argumentos,
    };
    Some(Comando::Exemplo {
        programa: Programa {
            nome: nome.to_string(),
            otimizado,
        },
        argumentos: argumentos.iter().map(ToString::to_string).collect(),
    })
}

/// As palavras do comando como um shell as separaria, ou `None` quando ele usa
/// algo que só um shell faz.
fn palavras(digitado: &str) -> Option<Vec<String>> {
    let mut palavras = Vec::new();
    let mut atual: Option<String> = None;
    let mut letras = digitado.chars();
    while let Some(letra) = letras.next() {
        match letra {
            '\'' => {
                let palavra = atual.get_or_insert_default();
                loop {
                    match letras.next()? {
                        '\'' => break,
                        outra => palavra.push(outra),
                    }
                }
            }
            '"' => {
                let palavra = atual.get_or_insert_default();
                loop {
                    match letras.next()? {
                        '"' => break,
                        '$' | '`' | '\\' => return None,
                        outra => palavra.push(outra),
                    }
                }
            }
            ' ' | '\t' => palavras.extend(atual.take()),
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '\\' | '*' | '?' | '[' | ']'
            | '#' | '~' | '{' | '}' | '!' | '\n' => return None,
            outra => atual.get_or_insert_default().push(outra),
        }
    }
    palavras.extend(atual);
    Some(palavras)
}

#[cfg(test)]
mod testes {
    use super::*;

    fn direto(digitado: &str) -> Option<(Programa, Vec<String>)> {
        match Comando::ler(digitado) {
            Comando::Exemplo {
                programa,
                argumentos,
            } => Some((programa, argumentos)),
            Comando::Shell(_) => None,
        }
    }

    fn bind(otimizado: bool) -> Programa {
        Programa {
            nome: "bind".into(),
            otimizado,
        }
    }

    fn shell(digitado: &str) -> Result<String, Falha> {
        para_o_shell(digitado, &|programa| {
            let perfil = if programa.otimizado {
                "release"
            } else {
                "debug"
            };
            Ok(PathBuf::from(format!(
                "/x y/target/{perfil}/examples/{}",
                programa.nome
            )))
        })
    }

    #[test]
    fn o_que_nao_precisa_de_shell_roda_direto() {
        for (digitado, argumentos) in [
            ("cargo run --example bind", &[] as &[&str]),
            (
                "cargo run -q --example bind -- 127.0.0.1:0 5",
                &["127.0.0.1:0", "5"],
            ),
            (
                "cargo run --quiet --example bind --  'a  b' \"c d\"''",
                &["a  b", "c d"],
            ),
            ("cargo run --example bind ''", &[""]),
            ("./target/debug/examples/bind -- x", &["--", "x"]),
        ] {
            let argumentos = argumentos.iter().map(ToString::to_string).collect();
            assert_eq!(direto(digitado), Some((bind(false), argumentos)));
        }
        for digitado in [
            "cargo run --release --example bind -- 5",
            "cargo run -q --release --example bind -- 5",
        ] {
            assert_eq!(direto(digitado), Some((bind(true), vec!["5".into()])));
        }
    }

    #[test]
    fn o_que_so_um_shell_entende_vai_para_ele() {
        for digitado in [
            "cargo run --example bind | head -1",
            "cargo run --example bind -- $HOME",
            "cargo run --example bind -- \"$HOME\"",
            "cargo run --example bind 'aberto",
            "cargo run --example bind --release",
            "SOCKETS_PORTA=50001 cargo run --example bind",
            "python3 par.py",
            "(ulimit -n 5; target/debug/examples/bind)",
        ] {
            assert_eq!(direto(digitado), None, "{digitado}");
        }
    }

    #[test]
    fn no_shell_todo_programa_do_livro_vira_o_executavel_fresco() {
        let bind = "'/x y/target/debug/examples/bind'";
        for (digitado, esperado) in [
            ("cargo run --example bind | head", format!("{bind} | head")),
            (
                "A=1 cargo run -q --example bind -- x; y",
                format!("A=1 {bind} x; y"),
            ),
            ("yes | cargo run --example bind --", format!("yes | {bind}")),
            (
                "cargo run --release --example bind -- 1 | head",
                "'/x y/target/release/examples/bind' 1 | head".into(),
            ),
            (
                "(ulimit -n 5; target/debug/examples/bind)",
                format!("(ulimit -n 5; {bind})"),
            ),
            (
                "strace ./target/debug/examples/bind 9",
                format!("strace {bind} 9"),
            ),
            ("echo cargo-run", "echo cargo-run".into()),
        ] {
            assert_eq!(shell(digitado).unwrap(), esperado);
        }
    }

    #[test]
    fn os_programas_de_um_comando_sao_achados() {
        for (digitado, programas) in [
            ("cargo run --example bind -- 'a|b'", &[] as &[&str]),
            (
                "A=1 strace -f ./target/debug/examples/bind 2>&1 | tail -1",
                &["strace", "tail"],
            ),
            (
                "(ulimit -n 5; target/debug/examples/bind) && ss -l",
                &["ulimit", "ss"],
            ),
            ("python3 -c \"import x; y | z\" > /dev/null", &["python3"]),
        ] {
            assert_eq!(Comando::ler(digitado).programas(), programas, "{digitado}");
        }
    }

    #[test]
    fn um_cargo_que_sobra_e_recusado() {
        let falha = shell("true; cargo run --frozen --example bind").unwrap_err();
        assert!(falha.to_string().contains("--frozen"), "{falha}");
    }

    #[test]
    fn aspas_no_caminho_nao_quebram_o_comando() {
        assert_eq!(entre_aspas(Path::new("/o'x")), r"'/o'\''x'");
    }
}
