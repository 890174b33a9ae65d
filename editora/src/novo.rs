//! O esqueleto de um capítulo: `cargo run -- novo PARTE/NOME "Título"`.
//!
//! Cria a página, o programa, a cena, a figura e as perguntas, e põe o capítulo no
//! sumário. O livro monta e a cena passa logo em seguida: quem escreve parte de algo que
//! funciona e troca uma coisa de cada vez. Se algo falha no meio, nada fica.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::material::Material;
use crate::paginas::sem_acentos;

/// Os modelos, que o livro também prova: o programa compila, e a cena é a dele.
const PAGINA: &str = include_str!("../modelos/esqueleto.md");
const PROGRAMA: &str = include_str!("../modelos/esqueleto.rs");
const CENA: &str = include_str!("../modelos/esqueleto.cena");
const FIGURA: &str = include_str!("../modelos/esqueleto.pikchr");
const PERGUNTAS: &str = include_str!("../modelos/esqueleto.toml");

/// O nome que os modelos usam no lugar do nome do capítulo.
const NO_MODELO: &str = "esqueleto";

const SUMARIO: &str = "book/src/SUMMARY.md";

/// O maior nome: o do programa ainda cabe na linha de um comando.
const MAIOR_NOME: usize = 40;

/// O maior título: o do sumário ainda cabe ao lado da página.
const MAIOR_TITULO: usize = 60;

/// Nomes que o cargo, o Rust ou o Windows não deixam um programa ter.
const RESERVADOS: &str = "\
    abstract alloc as async aux await become box break build com1 com2 com3 com4 com5 com6 com7 \
    com8 com9 con const continue core crate deps do dyn else enum examples extern false final fn \
    for gen if impl in incremental let loop lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 macro \
    match mod move mut nul override priv prn \
    proc-macro pub ref return self sockets static std struct super test trait true try type \
    typeof union unsafe unsized use virtual where while yield";

/// Por que o capítulo não pode ser criado como se pediu, em uma frase.
#[derive(Debug)]
pub struct Recusa(String);

impl fmt::Display for Recusa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Recusa {}

/// O que se criou e o que fazer em seguida, uma linha de cada vez.
///
/// # Errors
/// A [`Recusa`], quando o pedido não serve; ou o que o sistema disse, quando um arquivo
/// não se deixa escrever. Nos dois casos a casa fica como estava.
pub fn criar(raiz: &Path, capitulo: &str, titulo: &str) -> Result<Vec<String>> {
    let (parte, nome) = partir(capitulo)?;
    conferir_nome(nome)?;
    let titulo = conferir_titulo(titulo)?;
    let material = Material::ler(raiz)?;
    let sumario = fs::read_to_string(raiz.join(SUMARIO))
        .with_context(|| format!("não foi possível ler {SUMARIO}"))?;
    let sumario = com_o_capitulo(&sumario, parte, nome, titulo)?;
    let arquivos = arquivos(parte, nome, titulo);
    if let Some((arquivo, _)) = arquivos
        .iter()
        .find(|(arquivo, _)| raiz.join(arquivo).exists())
    {
        return Err(Recusa(format!(
            "já existe {arquivo}: não vou escrever por cima. Escolha outro nome, ou apague-o antes"
        ))
        .into());
    }
    let programa = nome.replace('-', "_");
    if material.ha_exemplo(&programa) {
        return Err(Recusa(format!(
            "já há um programa chamado {programa}, e o do capítulo teria o mesmo nome. Escolha outro nome"
        ))
        .into());
    }
    let mut obra = Obra::em(raiz);
    for (arquivo, texto) in &arquivos {
        obra.escrever(arquivo, texto)
            .with_context(|| format!("não foi possível criar {arquivo}"))?;
    }
    trocar(&raiz.join(SUMARIO), &sumario)
        .with_context(|| format!("não foi possível escrever {SUMARIO}"))?;
    obra.pronta();
    let mut linhas = vec![format!("O capítulo «{titulo}» começou:")];
    linhas.extend(arquivos.iter().map(|(arquivo, _)| format!("  {arquivo}")));
    linhas.push(format!("  {SUMARIO} (uma linha nova)"));
    linhas.extend([
        "O livro já monta com ele. Troque um arquivo de cada vez, e confira:".to_string(),
        "  cargo run".to_string(),
        format!("  cargo test -p provas --test cenas {}", cena(nome)),
        "CONTRIBUINDO.md diz o que cada verificação procura.".to_string(),
    ]);
    Ok(linhas)
}

/// A parte e o nome, de `armadilhas/pressa`.
fn partir(capitulo: &str) -> Result<(&str, &str), Recusa> {
    match capitulo.split_once('/') {
        Some((parte, nome)) if !parte.is_empty() && !nome.contains('/') => Ok((parte, nome)),
        _ => Err(Recusa(format!(
            "«{capitulo}» não diz a parte e o nome do capítulo. Escreva os dois, com uma barra no \
             meio: armadilhas/pressa"
        ))),
    }
}

/// O nome vai para o endereço da página, para o nome do programa e para os ids.
fn conferir_nome(nome: &str) -> Result<(), Recusa> {
    let simples = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let comeca = nome.starts_with(|c: char| c.is_ascii_lowercase());
    if !comeca || nome.ends_with('-') || nome.contains("--") || !nome.chars().all(simples) {
        let sugestao: Vec<String> = nome
            .split(|c: char| !c.is_alphanumeric())
            .filter(|pedaco| !pedaco.is_empty())
            .map(sem_acentos)
            .collect();
        let sugestao = sugestao.join("-");
        let sugestao = if conferir_nome_simples(&sugestao) {
            sugestao
        } else {
            "quem-espera".to_string()
        };
        return Err(Recusa(format!(
            "o nome «{nome}» não serve: use letras minúsculas sem acento, algarismos e hifens, com \
             uma letra no começo, como {sugestao}"
        )));
    }
    if nome.len() > MAIOR_NOME {
        return Err(Recusa(format!(
            "o nome «{nome}» é longo demais: ele vai para o nome de um programa, e cabem \
             {MAIOR_NOME} letras"
        )));
    }
    if RESERVADOS.split(' ').any(|reservado| reservado == nome) {
        return Err(Recusa(format!(
            "«{nome}» é uma palavra do Rust, do cargo ou do sistema, e um programa não pode ter esse \
             nome. Escolha outro"
        )));
    }
    if PAGINA.contains(&format!("{{#{nome}}}")) || nome == NO_MODELO {
        return Err(Recusa(format!(
            "«{nome}» já é o nome de uma seção do modelo. Escolha outro"
        )));
    }
    Ok(())
}

/// Se a sugestão de nome é ela mesma um nome aceitável.
fn conferir_nome_simples(nome: &str) -> bool {
    nome.starts_with(|c: char| c.is_ascii_lowercase()) && nome.len() <= MAIOR_NOME
}

/// O título sem espaços nas pontas. Ele vai para uma ligação do sumário e para um título
/// em Markdown, e por isso não pode ter o que os dois entendem como sinal.
fn conferir_titulo(titulo: &str) -> Result<&str, Recusa> {
    let titulo = titulo.trim();
    let recusa = |motivo: &str| Err(Recusa(format!("o título {motivo}")));
    if titulo.is_empty() {
        return recusa("está vazio. Escreva-o entre aspas: \"Pressa: por que esperar?\"");
    }
    if sockets::visivel(titulo.as_bytes()) != titulo {
        return recusa("tem quebra de linha ou um caractere que não se vê");
    }
    if let Some(sinal) = titulo.chars().find(|c| r"[](){}<>*_`#\|&".contains(*c)) {
        return recusa(&format!(
            "tem o sinal {sinal}, que o Markdown leria de outro modo. Escreva-o sem ele"
        ));
    }
    if titulo.chars().count() > MAIOR_TITULO {
        return recusa(&format!(
            "é longo demais: no sumário cabem {MAIOR_TITULO} letras"
        ));
    }
    Ok(titulo)
}

/// O sumário com o capítulo depois do último da parte.
fn com_o_capitulo(sumario: &str, parte: &str, nome: &str, titulo: &str) -> Result<String, Recusa> {
    let destino = |linha: &str| {
        let (_, resto) = linha.split_once("](")?;
        let (destino, _) = resto.split_once(')')?;
        Some(destino.to_string())
    };
    let parte_de = |linha: &str| Some(destino(linha)?.split_once('/')?.0.to_string());
    let mut partes: Vec<String> = sumario.lines().filter_map(parte_de).collect();
    partes.dedup();
    let linhas: Vec<&str> = sumario.split_inclusive('\n').collect();
    let Some(ultimo) = linhas
        .iter()
        .rposition(|linha| parte_de(linha).as_deref() == Some(parte))
    else {
        return Err(Recusa(format!(
            "o livro não tem a parte «{parte}»: há {}",
            partes.join(", ")
        )));
    };
    if linhas
        .iter()
        .any(|linha| linha.contains(&format!("[{titulo}](")))
    {
        return Err(Recusa(format!(
            "já há um capítulo com o título «{titulo}». Escolha outro"
        )));
    }
    let quebra = if linhas[ultimo].ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let antes = linhas[..=ultimo].concat();
    // A última linha do arquivo pode não ter quebra.
    let emenda = if antes.ends_with('\n') { "" } else { quebra };
    let depois = linhas[ultimo + 1..].concat();
    Ok(format!(
        "{antes}{emenda}- [{titulo}]({parte}/{nome}.md){quebra}{depois}"
    ))
}

/// O nome da cena e da figura do capítulo.
fn cena(nome: &str) -> String {
    format!("{nome}-primeira")
}

/// Cada arquivo do capítulo, a partir da raiz, e o que há nele.
fn arquivos(parte: &str, nome: &str, titulo: &str) -> Vec<(String, String)> {
    let programa = nome.replace('-', "_");
    // Cada troca fica longe da outra: o nome pode conter o do modelo.
    let listagem = format!("{{{{#listagem {NO_MODELO}:");
    let pagina = PAGINA
        .split(&listagem)
        .map(|trecho| trecho.replace(NO_MODELO, nome))
        .collect::<Vec<_>>()
        .join(&format!("{{{{#listagem {programa}:"))
        .replace("TITULO", titulo);
    let cena = cena(nome);
    vec![
        (format!("book/src/{parte}/{nome}.md"), pagina),
        (
            format!("examples/{programa}.rs"),
            PROGRAMA.replace(NO_MODELO, &programa),
        ),
        (
            format!("book/cenas/{cena}.cena"),
            CENA.replace(NO_MODELO, &programa).replace("CENA", &cena),
        ),
        (format!("book/figuras/{cena}.pikchr"), FIGURA.to_string()),
        (
            format!("book/dados/perguntas/{parte}-{nome}.toml"),
            PERGUNTAS.replace("CAPITULO", &format!("{parte}/{nome}.md")),
        ),
    ]
}

/// O que já se criou, que se desfaz se a obra não fica pronta.
struct Obra<'a> {
    raiz: &'a Path,
    feitos: Vec<PathBuf>,
}

impl<'a> Obra<'a> {
    fn em(raiz: &'a Path) -> Self {
        let feitos = Vec::new();
        Self { raiz, feitos }
    }

    /// Cria um arquivo que não existe, e a pasta dele se for preciso.
    fn escrever(&mut self, arquivo: &str, texto: &str) -> io::Result<()> {
        let caminho = self.raiz.join(arquivo);
        if let Some(pasta) = caminho.parent().filter(|pasta| !pasta.exists()) {
            fs::create_dir(pasta)?;
            self.feitos.push(pasta.to_path_buf());
        }
        let mut novo = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&caminho)?;
        self.feitos.push(caminho);
        novo.write_all(texto.as_bytes())
    }

    fn pronta(mut self) {
        self.feitos.clear();
    }
}

impl Drop for Obra<'_> {
    fn drop(&mut self) {
        // O mais novo primeiro: uma pasta só se apaga depois do que há nela. O que não se
        // deixa apagar fica, e a falha que se conta é a que fez parar.
        for caminho in self.feitos.iter().rev() {
            let _ = if caminho.is_dir() {
                fs::remove_dir(caminho)
            } else {
                fs::remove_file(caminho)
            };
        }
    }
}

/// Troca o texto de um arquivo de uma vez só: quem o lê vê o velho ou o novo.
fn trocar(arquivo: &Path, texto: &str) -> io::Result<()> {
    let pasta = arquivo.parent().unwrap_or(Path::new("."));
    let permissoes = fs::metadata(arquivo)?.permissions();
    let mut novo = tempfile::NamedTempFile::new_in(pasta)?;
    novo.write_all(texto.as_bytes())?;
    novo.as_file().set_permissions(permissoes)?;
    novo.persist(arquivo)?;
    Ok(())
}

#[cfg(test)]
mod testes {
    use super::*;

    const SUMARIO_DE_PROVA: &str =
        "# Sumário\n\n# Um\n\n- [A](um/a.md)\n- [B](um/b.md)\n\n# Dois\n\n- [C](dois/c.md)";

    #[test]
    fn a_linha_nova_vai_para_o_fim_da_parte() {
        let novo = com_o_capitulo(SUMARIO_DE_PROVA, "um", "x", "X").unwrap();
        assert!(
            novo.contains("- [B](um/b.md)\n- [X](um/x.md)\n\n# Dois"),
            "{novo}"
        );
        let novo = com_o_capitulo(SUMARIO_DE_PROVA, "dois", "x", "X").unwrap();
        assert!(
            novo.ends_with("- [C](dois/c.md)\n- [X](dois/x.md)\n"),
            "{novo}"
        );
        let do_windows = SUMARIO_DE_PROVA.replace('\n', "\r\n");
        let novo = com_o_capitulo(&do_windows, "um", "x", "X").unwrap();
        assert!(
            novo.contains("(um/b.md)\r\n- [X](um/x.md)\r\n\r\n# Dois"),
            "{novo:?}"
        );
    }

    #[test]
    fn uma_parte_que_nao_ha_traz_as_que_ha() {
        let recusa = com_o_capitulo(SUMARIO_DE_PROVA, "tres", "x", "X").unwrap_err();
        assert_eq!(
            recusa.to_string(),
            "o livro não tem a parte «tres»: há um, dois"
        );
    }

    #[test]
    fn um_nome_que_nao_serve_traz_um_que_serve() {
        for (nome, sugestao) in [
            ("Pressa", "como pressa"),
            ("a pressa", "como a-pressa"),
            ("atenção_já", "como atencao-ja"),
            ("-", "como quem-espera"),
            ("", "como quem-espera"),
            ("../fora", "como fora"),
            ("2-vezes", "como quem-espera"),
            ("dois--hifens", "como dois-hifens"),
        ] {
            let recusa = conferir_nome(nome).unwrap_err().to_string();
            assert!(recusa.ends_with(sugestao), "{nome}: {recusa}");
        }
        for nome in ["pressa", "quem-espera", "tcp2"] {
            assert!(conferir_nome(nome).is_ok(), "{nome}");
        }
    }

    #[test]
    fn os_nomes_de_outros_sao_recusados() {
        assert!(RESERVADOS.split(' ').is_sorted(), "a lista se lê em ordem");
        for nome in [
            "match",
            "test",
            "con",
            "lpt9",
            "exercicios",
            "o-programa",
            NO_MODELO,
        ] {
            assert!(conferir_nome(nome).is_err(), "{nome}");
        }
        assert!(conferir_nome(&"a".repeat(MAIOR_NOME)).is_ok());
        assert!(conferir_nome(&"a".repeat(MAIOR_NOME + 1)).is_err());
    }

    #[test]
    fn um_nome_que_contem_o_do_modelo_nao_se_troca_duas_vezes() {
        let arquivos = arquivos("um", "meu-esqueleto", "Meu");
        let pagina = &arquivos[0].1;
        assert!(
            pagina.contains("{{#listagem meu_esqueleto:principal}}")
                && pagina.contains("# Meu {#meu-esqueleto}")
                && pagina.contains("{{#cena meu-esqueleto-primeira}}"),
            "{pagina}"
        );
    }

    #[test]
    fn o_titulo_cabe_no_sumario_e_nao_tem_sinais() {
        for titulo in [
            "",
            "  ",
            "a\nb",
            "a [b]",
            "a\u{202e}b",
            "`bind`",
            &"a".repeat(61),
        ] {
            assert!(conferir_titulo(titulo).is_err(), "{titulo:?}");
        }
        assert_eq!(
            conferir_titulo(" Pressa: o quê? ").unwrap(),
            "Pressa: o quê?"
        );
    }

    #[test]
    fn o_que_nao_fica_pronto_se_desfaz() {
        let pasta = tempfile::tempdir().unwrap();
        fs::write(pasta.path().join("velho"), "meu").unwrap();
        let mut obra = Obra::em(pasta.path());
        obra.escrever("nova/um", "1").unwrap();
        obra.escrever("nova/dois", "2").unwrap();
        assert!(obra.escrever("velho", "3").is_err());
        drop(obra);
        assert!(!pasta.path().join("nova").exists());
        assert_eq!(
            fs::read_to_string(pasta.path().join("velho")).unwrap(),
            "meu"
        );
    }
}
