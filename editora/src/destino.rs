//! A pasta do livro montado: o que pode ser trocado e o que nunca se toca.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;

/// A lista, dentro do livro montado, dos arquivos que a editora pôs lá. Uma
/// pasta sem ela, ou com um arquivo fora dela, tem algo que não é nosso.
const LISTA: &str = ".arquivos-do-livro";

/// Uma pasta em que o livro pode ser posto.
#[derive(Debug)]
pub struct Destino {
    pasta: PathBuf,
    oficina: TempDir,
}

/// Confere se o livro pode ir para `pasta` e abre ao lado dela a oficina em que
/// ele é montado, no mesmo disco.
///
/// # Errors
/// Uma frase com o motivo: é um arquivo, fica dentro de `book/`, guarda algo que
/// a editora não pôs lá, ou não se pode escrever.
pub fn validar(pasta: &Path, raiz: &Path) -> Result<Destino, String> {
    let pasta = std::path::absolute(pasta)
        .map(|pasta| sem_voltas(&pasta))
        .map_err(|erro| format!("o destino {} não serve: {erro}", pasta.display()))?;
    let mostrada = pasta.display();
    if pasta.exists() && !pasta.is_dir() {
        return Err(format!(
            "o destino {mostrada} é um arquivo. Dê o nome de uma pasta"
        ));
    }
    if dentro_de(&pasta, &raiz.join("book")) {
        return Err(format!(
            "o destino {mostrada} fica dentro de book/, que guarda o original. Escolha outra pasta"
        ));
    }
    if let Some(estranho) = primeiro_arquivo_estranho(&pasta)
        .map_err(|erro| format!("não foi possível ler o destino {mostrada}: {erro}"))?
    {
        return Err(format!(
            "o destino {mostrada} guarda algo que não é do livro montado ({}), e nada ali será \
             apagado. Escolha uma pasta nova ou vazia",
            estranho.display()
        ));
    }
    let nao_escreve = |erro: io::Error| format!("não foi possível escrever em {mostrada}: {erro}");
    let mae = pasta.parent().unwrap_or(&pasta);
    fs::create_dir_all(mae).map_err(nao_escreve)?;
    let oficina = tempfile::Builder::new()
        .prefix(".livro-")
        .tempdir_in(mae)
        .map_err(nao_escreve)?;
    Ok(Destino { pasta, oficina })
}

/// O mesmo caminho com cada `..` resolvido pelo texto.
fn sem_voltas(caminho: &Path) -> PathBuf {
    let mut direto = PathBuf::new();
    for parte in caminho.components() {
        if parte == Component::ParentDir {
            direto.pop();
        } else {
            direto.push(parte);
        }
    }
    direto
}

/// Se `pasta`, que pode ainda não existir, fica em `outra` ou abaixo dela,
/// mesmo por um atalho ou por `..`.
fn dentro_de(pasta: &Path, outra: &Path) -> bool {
    let Ok(outra) = outra.canonicalize() else {
        return false;
    };
    let existente = pasta
        .ancestors()
        .find_map(|p| p.canonicalize().ok().map(|real| (p, real)));
    existente.is_some_and(|(ancestral, real)| {
        let resto = pasta.strip_prefix(ancestral).unwrap_or(Path::new(""));
        real.join(resto).starts_with(&outra)
    })
}

/// O primeiro arquivo em `pasta` que a editora não pôs lá.
fn primeiro_arquivo_estranho(pasta: &Path) -> io::Result<Option<PathBuf>> {
    if !pasta.exists() {
        return Ok(None);
    }
    let nossos: BTreeSet<PathBuf> = match fs::read_to_string(pasta.join(LISTA)) {
        Ok(lista) => lista.lines().map(PathBuf::from).collect(),
        Err(_) => BTreeSet::new(),
    };
    Ok(arquivos(pasta)?
        .into_iter()
        .find(|arquivo| arquivo != Path::new(LISTA) && !nossos.contains(arquivo)))
}

/// Todos os arquivos abaixo de `pasta`, relativos a ela.
pub fn arquivos(pasta: &Path) -> io::Result<Vec<PathBuf>> {
    let mut achados = Vec::new();
    let mut por_ver = vec![PathBuf::new()];
    while let Some(relativa) = por_ver.pop() {
        for entrada in fs::read_dir(pasta.join(&relativa))? {
            let entrada = entrada?;
            let nome = relativa.join(entrada.file_name());
            if entrada.file_type()?.is_dir() {
                por_ver.push(nome);
            } else {
                achados.push(nome);
            }
        }
    }
    achados.sort();
    Ok(achados)
}

impl Destino {
    /// A pasta em que o livro fica quando está pronto.
    pub fn pasta(&self) -> &Path {
        &self.pasta
    }

    /// Se já há um livro montado ali.
    pub fn existe(&self) -> bool {
        self.pasta.join(LISTA).is_file()
    }

    /// A pasta em que o livro novo é montado antes de ir para o lugar.
    pub fn em_obras(&self) -> PathBuf {
        self.oficina.path().join("novo")
    }

    /// Uma pasta para o que a montagem precisa e o livro não leva.
    pub fn rascunho(&self) -> PathBuf {
        self.oficina.path().join("rascunho")
    }

    /// Põe o livro montado em [`Self::em_obras`] no lugar do anterior. Se a troca
    /// não der certo, o anterior volta.
    ///
    /// # Errors
    /// Quando o sistema recusa uma das mudanças de nome.
    pub fn publicar(&self) -> Result<()> {
        let novo = self.em_obras();
        let mut lista = String::new();
        for arquivo in arquivos(&novo)? {
            lista.push_str(&arquivo.to_string_lossy());
            lista.push('\n');
        }
        fs::write(novo.join(LISTA), lista).context("não foi possível terminar o livro")?;
        let anterior = self.oficina.path().join("anterior");
        let havia = self.pasta.exists();
        if havia {
            fs::rename(&self.pasta, &anterior).with_context(|| {
                format!(
                    "não foi possível trocar o livro em {}: algum programa o mantém aberto?",
                    self.pasta.display()
                )
            })?;
        }
        fs::rename(&novo, &self.pasta)
            .inspect_err(|_| {
                if havia {
                    let _ = fs::rename(&anterior, &self.pasta);
                }
            })
            .with_context(|| format!("não foi possível pôr o livro em {}", self.pasta.display()))
    }
}

#[cfg(test)]
mod testes {
    use super::*;

    fn projeto() -> TempDir {
        let pasta = tempfile::tempdir().unwrap();
        fs::create_dir_all(pasta.path().join("book/src")).unwrap();
        pasta
    }

    fn publicar(pasta: &Path, raiz: &Path, texto: &str) {
        let destino = validar(pasta, raiz).unwrap();
        fs::create_dir_all(destino.em_obras().join("sub")).unwrap();
        fs::write(destino.em_obras().join("sub/index.html"), texto).unwrap();
        destino.publicar().unwrap();
    }

    #[test]
    fn troca_o_livro_anterior_e_nao_deixa_oficina_para_tras() {
        let raiz = projeto();
        let pasta = raiz.path().join("fora/livro");
        publicar(&pasta, raiz.path(), "um");
        publicar(&pasta, raiz.path(), "dois");
        assert_eq!(
            fs::read_to_string(pasta.join("sub/index.html")).unwrap(),
            "dois"
        );
        assert_eq!(fs::read_dir(raiz.path().join("fora")).unwrap().count(), 1);
    }

    #[test]
    fn recusa_um_arquivo_e_o_que_fica_abaixo_de_um_arquivo() {
        let raiz = projeto();
        let arquivo = raiz.path().join("arquivo");
        fs::write(&arquivo, "meu").unwrap();
        assert!(
            validar(&arquivo, raiz.path())
                .unwrap_err()
                .contains("é um arquivo")
        );
        assert!(
            validar(&arquivo.join("livro"), raiz.path())
                .unwrap_err()
                .contains("escrever")
        );
        assert_eq!(fs::read_to_string(&arquivo).unwrap(), "meu");
    }

    #[test]
    fn recusa_book_e_o_que_fica_dentro_mesmo_por_caminhos_tortos() {
        let raiz = projeto();
        for torto in [
            "book",
            "book/saida",
            "book/src/../novo/x",
            "target/../book/x",
        ] {
            let erro = validar(&raiz.path().join(torto), raiz.path()).unwrap_err();
            assert!(erro.contains("book/"), "{torto}: {erro}");
        }
        assert!(!raiz.path().join("book/saida").exists());
    }

    #[test]
    fn nunca_toca_em_uma_pasta_com_coisas_de_outra_pessoa() {
        let raiz = projeto();
        let pasta = raiz.path().join("documentos");
        fs::create_dir(&pasta).unwrap();
        assert!(
            validar(&pasta, raiz.path()).is_ok(),
            "uma pasta vazia serve"
        );
        fs::write(pasta.join("tese.txt"), "única cópia").unwrap();
        assert!(
            validar(&pasta, raiz.path())
                .unwrap_err()
                .contains("tese.txt")
        );
        assert!(
            validar(raiz.path(), raiz.path()).is_err(),
            "a raiz do projeto não serve"
        );
    }

    #[test]
    fn um_arquivo_alheio_dentro_do_livro_montado_tambem_e_respeitado() {
        let raiz = projeto();
        let pasta = raiz.path().join("livro");
        publicar(&pasta, raiz.path(), "um");
        fs::write(pasta.join("sub/anotacoes.txt"), "minhas").unwrap();
        assert!(
            validar(&pasta, raiz.path())
                .unwrap_err()
                .contains("anotacoes.txt")
        );
    }
}
