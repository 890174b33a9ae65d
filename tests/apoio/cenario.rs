//! As cenas de `book/cenas/`: achar, ler e decidir se rodam nesta máquina.

use std::env::consts::OS;
use std::fs;
use std::path::{Path, PathBuf};

use cena::{Acao, Cena, Entrada, IPV6, Pedaco, REDE_DE_MENTIRA, Teclado};
use libtest_mimic::{Completion, Failed};

use crate::comando::Comando;
use crate::{Falha, exigir, raiz, rede};

/// Os arquivos `.cena` do livro, em ordem alfabética.
///
/// # Errors
/// Quando a pasta não pode ser lida ou não há nenhuma cena: uma prova que não
/// prova nada não passa.
pub fn arquivos() -> Result<Vec<PathBuf>, Falha> {
    arquivos_em(&raiz().join("book/cenas"))
}

fn arquivos_em(pasta: &Path) -> Result<Vec<PathBuf>, Falha> {
    let entradas = fs::read_dir(pasta)
        .map_err(|erro| Falha::nova(format!("não foi possível ler {}: {erro}", pasta.display())))?;
    let mut achados: Vec<PathBuf> = entradas
        .filter_map(|entrada| Some(entrada.ok()?.path()))
        .filter(|caminho| caminho.extension().is_some_and(|fim| fim == "cena"))
        .collect();
    achados.sort();
    if achados.is_empty() {
        return Err(Falha::nova(format!(
            "não há nenhuma cena em {}",
            pasta.display()
        )));
    }
    Ok(achados)
}

/// O nome da cena: o do arquivo, sem `.cena`.
#[must_use]
pub fn nome(arquivo: &Path) -> String {
    arquivo
        .file_stem()
        .map_or_else(String::new, |nome| nome.to_string_lossy().into_owned())
}

/// Lê e interpreta um arquivo de cena; devolve também o texto.
///
/// # Errors
/// Quando o arquivo não pode ser lido, ou com todos os erros de formato dele.
pub fn abrir(arquivo: &Path) -> Result<(String, Cena), Falha> {
    let texto = fs::read_to_string(arquivo).map_err(|erro| {
        Falha::nova(format!(
            "não foi possível ler {}: {erro}",
            arquivo.display()
        ))
    })?;
    let cena = interpretar(&nome(arquivo), &texto)?;
    Ok((texto, cena))
}

pub(crate) fn interpretar(nome: &str, texto: &str) -> Result<Cena, Falha> {
    Cena::ler(texto).map_err(|erros| {
        let linhas: Vec<String> = erros
            .iter()
            .map(|erro| format!("book/cenas/{nome}.cena:{}: {}", erro.linha, erro.texto))
            .collect();
        Falha::nova(linhas.join("\n"))
    })
}

/// Se a cena não roda aqui, como a prova dela termina: ignorada com o motivo, ou
/// falha quando falta uma ferramenta e `EXIGIR_TUDO=1`. `None` se ela roda.
///
/// # Errors
/// Veja [`crate::ferramentas::Ausente::concluir`].
#[must_use]
pub fn nao_roda(cena: &Cena) -> Option<Result<Completion, Failed>> {
    if let Some(sistema) = cena.sistema.as_deref().filter(|sistema| *sistema != OS) {
        let motivo = format!("a cena só vale em {sistema}");
        return Some(Ok(Completion::ignored_with(motivo)));
    }
    if cfg!(not(unix)) && interrompe(cena) {
        let motivo = "Ctrl-C só se imita no Unix";
        return Some(Ok(Completion::ignored_with(motivo)));
    }
    if cfg!(not(unix)) && cena.teclado == Teclado::Terminal {
        let motivo = "o teclado de um terminal só se imita no Unix";
        return Some(Ok(Completion::ignored_with(motivo)));
    }
    let (redes, mut ferramentas): (Vec<_>, Vec<_>) = cena
        .requer
        .iter()
        .cloned()
        .partition(|requisito| [REDE_DE_MENTIRA, IPV6].contains(&requisito.as_str()));
    if usa_shell(cena) {
        ferramentas.push("sh".into());
    }
    let ausente = exigir(&ferramentas).and_then(|()| {
        redes.iter().try_for_each(|rede| match rede.as_str() {
            IPV6 => rede::ha_ipv6(),
            _ => rede::ha_espacos(),
        })
    });
    ausente.err().map(|ausente| ausente.concluir())
}

/// O que se pode usar em um comando sem declarar em `requer`: o que o próprio
/// `sh` faz e os utilitários do POSIX, que existem onde ele existe.
const VEM_COM_O_SH: [&str; 23] = [
    "cat", "cd", "echo", "exec", "exit", "export", "false", "grep", "head", "printf", "read",
    "sed", "set", "sleep", "sort", "tail", "test", "tr", "true", "ulimit", "unset", "wait", "wc",
];

/// Confere que a cena declara em `requer` os programas que ela roda: sem isso,
/// onde eles faltam a prova falharia em vez de ser ignorada.
///
/// # Errors
/// Os programas que faltam declarar.
pub fn conferir_requisitos(cena: &Cena) -> Result<(), Falha> {
    for passo in &cena.passos {
        let Acao::Comando(comando) = &passo.acao else {
            continue;
        };
        let calado = Comando::ler(comando)
            .programas()
            .into_iter()
            .find(|nome| !VEM_COM_O_SH.contains(&nome.as_str()) && !cena.requer.contains(nome));
        if let Some(nome) = calado {
            return Err(Falha::nova(format!(
                "linha {}: o comando roda {nome}, que a cena não declara: falta «requer: {nome}»",
                passo.linha
            )));
        }
    }
    Ok(())
}

fn interrompe(cena: &Cena) -> bool {
    let interrupcao = Pedaco::Digitado(Entrada::Interrupcao);
    cena.passos
        .iter()
        .any(|passo| matches!(&passo.acao, Acao::Saida(p) if p.contains(&interrupcao)))
}

fn usa_shell(cena: &Cena) -> bool {
    cena.passos
        .iter()
        .any(|passo| matches!(&passo.acao, Acao::Comando(c) if Comando::ler(c).precisa_de_shell()))
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn uma_pasta_sem_cenas_e_uma_falha() {
        let pasta = tempfile::tempdir().unwrap();
        let falha = arquivos_em(pasta.path()).unwrap_err();
        assert!(falha.to_string().contains("nenhuma cena"), "{falha}");
        fs::write(pasta.path().join("a.cena"), "").unwrap();
        assert_eq!(arquivos_em(pasta.path()).unwrap().len(), 1);
    }

    #[test]
    fn um_erro_de_formato_traz_arquivo_e_linha() {
        let falha = interpretar("x", "titulo: t\nterminal 1: t\n\n1? y\n").unwrap_err();
        assert!(falha.to_string().contains("x.cena:4:"), "{falha}");
    }

    #[test]
    fn um_programa_que_a_cena_nao_declara_e_pego() {
        let conferir = |requer: &str, comando: &str| {
            let texto = format!("titulo: t\nterminal 1: t\n{requer}\n1$ {comando}\n");
            conferir_requisitos(&Cena::ler(&texto).unwrap())
        };
        let falha = conferir("", "cargo run --example bind | nc localhost 1").unwrap_err();
        assert!(falha.to_string().contains("requer: nc"), "{falha}");
        assert!(conferir("requer: nc\n", "nc -l 1").is_ok());
    }

    #[test]
    fn a_rede_de_mentira_e_o_ipv6_nao_sao_comandos() {
        for (requisito, ha) in [
            (REDE_DE_MENTIRA, rede::ha_espacos().is_ok()),
            (IPV6, rede::ha_ipv6().is_ok()),
        ] {
            let texto = format!(
                "titulo: t\nterminal 1: t\nrequer: {requisito}\n\n1$ cargo run --example x\n"
            );
            let cena = Cena::ler(&texto).unwrap();
            assert!(conferir_requisitos(&cena).is_ok());
            assert_eq!(nao_roda(&cena).is_none(), ha, "{requisito}");
        }
    }

    #[test]
    fn uma_cena_de_outro_sistema_e_ignorada() {
        let outro = if OS == "macos" { "linux" } else { "macos" };
        let cena = format!("titulo: t\nterminal 1: t\nsistema: {outro}\n\n1$ x\n");
        let fim = nao_roda(&Cena::ler(&cena).unwrap());
        assert!(matches!(fim, Some(Ok(Completion::Ignored { .. }))));
    }
}
