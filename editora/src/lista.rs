//! O que há em uma pasta, e o que dela foi a editora que pôs.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A lista, dentro do livro montado, do que a editora pôs lá. Uma pasta sem ela,
/// ou com algo fora dela, tem algo que não é nosso.
const LISTA: &str = ".arquivos-do-livro";

/// Se `pasta` é um livro montado.
pub fn ha_livro(pasta: &Path) -> bool {
    pasta.join(LISTA).is_file()
}

/// Grava em `livro` a lista do que há nele.
pub fn gravar(livro: &Path) -> io::Result<()> {
    let mut lista = String::new();
    for (caminho, e_pasta) in conteudo(livro)? {
        lista.push_str(&linha(&caminho, e_pasta));
        lista.push('\n');
    }
    fs::write(livro.join(LISTA), lista)
}

/// A primeira coisa em `pasta` que a editora não pôs lá, mesmo que seja só uma
/// pasta vazia; ou o nome dela, quando não é uma pasta.
pub fn primeiro_estranho(pasta: &Path) -> io::Result<Option<PathBuf>> {
    match fs::symlink_metadata(pasta) {
        Ok(metadados) if metadados.is_dir() => {}
        Ok(_) => return Ok(pasta.file_name().map(PathBuf::from)),
        Err(erro) if erro.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(erro) => return Err(erro),
    }
    let lista = fs::read_to_string(pasta.join(LISTA)).unwrap_or_default();
    let mut nossos = BTreeSet::from([LISTA]);
    for linha in lista.lines() {
        nossos.insert(linha);
        nossos.extend(linha.match_indices('/').map(|(barra, _)| &linha[..=barra]));
    }
    Ok(conteudo(pasta)?
        .into_iter()
        .find(|(caminho, e_pasta)| !nossos.contains(linha(caminho, *e_pasta).as_str()))
        .map(|(caminho, _)| caminho))
}

/// Todos os arquivos abaixo de `pasta`, relativos a ela.
pub fn arquivos(pasta: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(conteudo(pasta)?
        .into_iter()
        .filter_map(|(caminho, e_pasta)| (!e_pasta).then_some(caminho))
        .collect())
}

/// Tudo que há abaixo de `pasta`: cada caminho, relativo a ela, e se é uma pasta.
fn conteudo(pasta: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let mut achados = Vec::new();
    let mut por_ver = vec![PathBuf::new()];
    while let Some(relativa) = por_ver.pop() {
        for entrada in fs::read_dir(pasta.join(&relativa))? {
            let entrada = entrada?;
            let caminho = relativa.join(entrada.file_name());
            let e_pasta = entrada.file_type()?.is_dir();
            if e_pasta {
                por_ver.push(caminho.clone());
            }
            achados.push((caminho, e_pasta));
        }
    }
    achados.sort();
    Ok(achados)
}

/// O caminho em uma linha da lista: `/` separa, e no fim diz que é uma pasta. Todo
/// byte que não cabe em uma linha de texto vira `%XX`.
fn linha(caminho: &Path, e_pasta: bool) -> String {
    let mut linha = String::new();
    for &byte in caminho.as_os_str().as_encoded_bytes() {
        match char::from(byte) {
            c if std::path::is_separator(c) => linha.push('/'),
            c if (c.is_ascii_graphic() || c == ' ') && c != '%' => linha.push(c),
            _ => write!(linha, "%{byte:02X}").expect("escrever em uma String não falha"),
        }
    }
    if e_pasta {
        linha.push('/');
    }
    linha
}

#[cfg(test)]
mod testes {
    use super::*;

    #[test]
    fn conhece_o_que_listou_e_nada_mais() {
        let livro = tempfile::tempdir().unwrap();
        let livro = livro.path();
        fs::create_dir_all(livro.join("sub/vazia")).unwrap();
        fs::write(livro.join("sub/index.html"), "").unwrap();
        assert!(!ha_livro(livro));
        gravar(livro).unwrap();
        assert!(ha_livro(livro));
        assert_eq!(primeiro_estranho(livro).unwrap(), None);

        fs::remove_file(livro.join("sub/index.html")).unwrap();
        assert_eq!(primeiro_estranho(livro).unwrap(), None, "apagar é livre");
        fs::create_dir(livro.join("sub/index.html")).unwrap();
        assert_eq!(
            primeiro_estranho(livro).unwrap(),
            Some("sub/index.html".into()),
            "uma pasta com o nome de um arquivo nosso não é nossa"
        );
    }

    #[test]
    fn uma_lista_so_de_arquivos_tambem_diz_quais_pastas_sao_nossas() {
        let livro = tempfile::tempdir().unwrap();
        let livro = livro.path();
        fs::create_dir_all(livro.join("a/b")).unwrap();
        fs::write(livro.join("a/b/c.html"), "").unwrap();
        fs::write(livro.join(LISTA), "a/b/c.html\n").unwrap();
        assert_eq!(primeiro_estranho(livro).unwrap(), None);
    }

    #[cfg(unix)]
    #[test]
    fn um_nome_que_nao_cabe_em_uma_linha_tambem_e_reconhecido() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let livro = tempfile::tempdir().unwrap();
        let livro = livro.path();
        for nome in ["duas\nlinhas", "conexão", "100%", "%0A", "a\\b"] {
            fs::write(livro.join(nome), "").unwrap();
        }
        // No macOS o sistema recusa nomes que não são UTF-8.
        let _ = fs::write(livro.join(OsStr::from_bytes(b"\xff")), "");
        gravar(livro).unwrap();
        assert_eq!(primeiro_estranho(livro).unwrap(), None);
        fs::write(livro.join("duas"), "").unwrap();
        assert_eq!(primeiro_estranho(livro).unwrap(), Some("duas".into()));
    }
}
