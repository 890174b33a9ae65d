//! O atlas de erros: cada erro se reproduz com o comando que a página mostra, e a
//! mensagem, o código, o `ErrorKind` e a tradução que ela diz são os do sistema.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use provas::ferramentas::Ausente;
use provas::{Falha, Filho, exemplo, exigir, raiz};
use toml::{Table, Value};

/// O catálogo com que a glibc traduz as mensagens.
const CATALOGO: &str = "/usr/share/locale/pt_BR/LC_MESSAGES/libc.mo";

/// O que a std põe antes do que o `getaddrinfo` disse.
const DA_STD: &str = "failed to lookup address information: ";

/// Um erro de `book/dados/atlas`.
struct Erro {
    nome: String,
    campos: Table,
}

fn main() {
    let argumentos = Arguments::from_args();
    let mut provas: Vec<Trial> = match erros() {
        Ok(erros) => erros.into_iter().filter_map(reproducao).collect(),
        Err(falha) => vec![Trial::test("le_o_atlas", move || Err(falha.into()))],
    };
    provas.extend([
        Trial::test("o_programa_e_a_tabela_tem_os_mesmos_erros", mesmos_erros),
        Trial::test("as_mensagens_e_os_tipos_sao_os_deste_sistema", do_sistema)
            .with_ignored_flag(!cfg!(target_os = "linux")),
        Trial::ignorable_test("as_excecoes_sao_as_do_python", do_python),
        Trial::ignorable_test("as_traducoes_sao_as_da_glibc", da_glibc),
    ]);
    libtest_mimic::run(&argumentos, provas).exit();
}

/// Todos os erros da tabela.
fn erros() -> Result<Vec<Erro>, Falha> {
    let nao_leu = |o_que: &Path, erro: &dyn std::error::Error| {
        Falha::nova(format!("não foi possível ler {}: {erro}", o_que.display()))
    };
    let pasta = raiz().join("book/dados/atlas");
    let mut erros = Vec::new();
    for arquivo in fs::read_dir(&pasta).map_err(|erro| nao_leu(&pasta, &erro))? {
        let arquivo = arquivo.map_err(|erro| nao_leu(&pasta, &erro))?.path();
        let texto = fs::read_to_string(&arquivo).map_err(|erro| nao_leu(&arquivo, &erro))?;
        let familia: Table = texto.parse().map_err(|erro| nao_leu(&arquivo, &erro))?;
        for (nome, campos) in familia {
            let Value::Table(campos) = campos else {
                return Err(Falha::nova(format!("{nome} não é uma tabela")));
            };
            erros.push(Erro { nome, campos });
        }
    }
    Ok(erros)
}

impl Erro {
    fn texto(&self, chave: &str) -> Option<&str> {
        self.campos.get(chave)?.as_str()
    }

    /// O que o Linux diz dele.
    fn linux(&self, chave: &str) -> Option<&Value> {
        self.campos.get("linux")?.get(chave)
    }

    fn codigo(&self) -> Option<i32> {
        self.linux("codigo")?.as_integer()?.try_into().ok()
    }

    /// A mensagem, como a std a mostra no Linux.
    fn mensagem(&self) -> Option<String> {
        let do_linux = self.linux("mensagem").and_then(Value::as_str);
        let mensagem = do_linux.or(self.texto("mensagem"))?;
        Some(match self.codigo() {
            Some(codigo) => format!("{mensagem} (os error {codigo})"),
            None => mensagem.to_string(),
        })
    }

    fn requer(&self) -> Vec<&str> {
        let lista = self.campos.get("requer").and_then(Value::as_array);
        let lista = lista.into_iter().flatten();
        lista.filter_map(Value::as_str).collect()
    }

    /// O comando que a página mostra.
    fn comando(&self) -> String {
        self.texto("comando").map_or_else(
            || format!("cargo run --example atlas -- {}", self.nome),
            str::to_string,
        )
    }

    /// O que o comando tem de mostrar no Linux.
    fn esperado(&self) -> Vec<String> {
        if let Some(mostra) = self.texto("mostra") {
            return vec![mostra.to_string()];
        }
        let codigo = self
            .codigo()
            .map_or("nenhum; ".into(), |n| format!("{n}\n"));
        let mut esperado = vec![format!("código:    {codigo}")];
        esperado.extend(self.mensagem().map(|m| format!("mensagem:  {m}\n")));
        esperado.extend(self.texto("tipo").map(|t| format!("ErrorKind: {t}\n")));
        esperado
    }
}

/// A prova de que o comando reproduz o erro; nenhuma, se a página diz que não.
fn reproducao(erro: Erro) -> Option<Trial> {
    if erro.texto("sem_prova").is_some() {
        return None;
    }
    let nome = format!("reproduz_{}", erro.nome);
    let prova = move || reproduzir(&erro);
    let prova = Trial::ignorable_test(nome, prova);
    Some(prova.with_ignored_flag(!cfg!(target_os = "linux")))
}

fn reproduzir(erro: &Erro) -> Result<Completion, Failed> {
    let digitado = erro.comando();
    let pede_rede = digitado.starts_with("unshare ");
    let administrador = erro.nome == "eperm" && e_administrador();
    let mut requer = erro.requer();
    if administrador {
        requer.push("setpriv");
    }
    if let Err(ausente) = exigir(&requer) {
        return ausente.concluir();
    }
    if pede_rede && !roda("unshare -rn true") {
        return Ausente::porque("o sistema não deixa fazer uma rede à parte").concluir();
    }
    // O caminho vai por uma variável: serve dentro de qualquer aspa.
    let trocado = digitado
        .replace("cargo run --example atlas --", "\"$ATLAS\"")
        .replace("target/debug/examples/atlas", "\"$ATLAS\"");
    let trocado = if administrador {
        format!("setpriv --bounding-set -net_raw {trocado}")
    } else {
        trocado
    };
    let mut sh = Command::new("sh");
    // O que o comando deixa em uma pasta provisória some com esta.
    let provisoria = tempfile::tempdir()?;
    sh.args(["-c", &trocado])
        .env("ATLAS", exemplo("atlas")?)
        .env("TMPDIR", provisoria.path());
    let mut filho = Filho::rodar(&erro.nome, sh)?;
    filho.esperar_fim()?;
    let mostrado = filho.tudo();
    for esperado in erro.esperado() {
        if !mostrado.contains(&esperado) {
            return Err(filho.falha(&format!("faltou {esperado:?}")).into());
        }
    }
    Ok(Completion::Completed)
}

#[cfg(unix)]
fn e_administrador() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn e_administrador() -> bool {
    false
}

/// Se o comando existe e acaba bem.
fn roda(comando: &str) -> bool {
    let saida = Command::new("sh").args(["-c", comando]).output();
    saida.is_ok_and(|saida| saida.status.success())
}

/// O que o programa sabe provocar e o que a tabela manda pedir a ele.
fn mesmos_erros() -> Result<(), Failed> {
    let mut atlas = Filho::exemplo("atlas", &[] as &[&str])?;
    atlas.esperar_fim()?;
    let lista = atlas.tudo();
    let do_programa: Vec<&str> = lista
        .lines()
        .filter_map(|linha| linha.split_whitespace().next())
        .collect();
    let unicos: BTreeSet<&str> = do_programa.iter().copied().collect();
    assert_eq!(unicos.len(), do_programa.len(), "há um nome repetido");
    let erros = erros()?;
    let com_o_programa = erros.iter().filter(|erro| {
        let comando = erro.comando();
        let do_programa = ["--example atlas ", "examples/atlas "];
        let chama = do_programa.iter().any(|chamada| comando.contains(chamada));
        chama && erro.texto("sem_prova").is_none()
    });
    let da_tabela: BTreeSet<&str> = com_o_programa.map(|erro| erro.nome.as_str()).collect();
    assert_eq!(unicos, da_tabela);
    Ok(())
}

/// A mensagem e o `ErrorKind` de cada código, como a std os dá aqui.
fn do_sistema() -> Result<(), Failed> {
    for erro in erros()? {
        let Some(codigo) = erro.codigo() else {
            continue;
        };
        let visto = io::Error::from_raw_os_error(codigo);
        let nome = &erro.nome;
        assert_eq!(Some(visto.to_string()), erro.mensagem(), "{nome}");
        let tipo = format!("{:?}", visto.kind());
        assert_eq!(Some(tipo.as_str()), erro.texto("tipo"), "{nome}");
    }
    Ok(())
}

/// A exceção que o Python dá a cada código.
fn do_python() -> Result<Completion, Failed> {
    if let Err(ausente) = exigir(&["python3"]) {
        return ausente.concluir();
    }
    let erros = erros()?;
    let ditas = erros
        .iter()
        .filter_map(|erro| Some((erro.codigo()?, erro.texto("excecao")?)));
    let (codigos, excecoes): (Vec<i32>, Vec<&str>) = ditas.unzip();
    let programa = "import sys
for codigo in sys.argv[1:]:
    print(type(OSError(int(codigo), '')).__name__)";
    let codigos: Vec<String> = codigos.iter().map(i32::to_string).collect();
    assert_eq!(python(programa, &codigos)?, excecoes);
    Ok(Completion::Completed)
}

/// O que o catálogo da glibc põe no lugar de cada mensagem.
fn da_glibc() -> Result<Completion, Failed> {
    if let Err(ausente) = exigir(&["python3"]) {
        return ausente.concluir();
    }
    if !Path::new(CATALOGO).exists() {
        let falta = "não há o catálogo pt_BR da glibc (no Debian, o pacote libc-l10n)";
        return Ausente::porque(falta).concluir();
    }
    let erros = erros()?;
    let traduzidas = erros.iter().filter_map(|erro| {
        let portugues = erro.linux("portugues")?.as_str()?;
        let mensagem = erro.linux("mensagem")?.as_str()?;
        let da_glibc = mensagem.strip_prefix(DA_STD).unwrap_or(mensagem);
        Some((da_glibc.to_string(), portugues))
    });
    let (mensagens, traducoes): (Vec<String>, Vec<&str>) = traduzidas.unzip();
    let programa = format!(
        "import gettext, sys
catalogo = gettext.GNUTranslations(open({CATALOGO:?}, 'rb'))
for mensagem in sys.argv[1:]:
    print(catalogo.gettext(mensagem))"
    );
    assert_eq!(python(&programa, &mensagens)?, traducoes);
    Ok(Completion::Completed)
}

/// As linhas que um programa em Python mostra.
fn python(programa: &str, argumentos: &[String]) -> Result<Vec<String>, Falha> {
    let mut comando = Command::new("python3");
    comando.args(["-c", programa]).args(argumentos);
    let mut filho = Filho::rodar("python3", comando)?;
    filho.esperar_fim()?;
    Ok(filho.tudo().lines().map(str::to_string).collect())
}
